"""How fast the joint search is on an invented catalogue of any size: python -m bench.search [--size 100k].

vocabulary → generator → catalogue (a database of its own, kept between runs) → queries → measure → outcome;
tantivy_peer and zebra_peer answer the same queries on the same records. README.md says what is measured and how.
"""

"""Whether two records describe the same edition: keys, vetoes, acceptance. Decides on keys alone, without a database.

A wrong merge ships the wrong volume, so everything in doubt stays apart (design: precision before recall). The
editions that a doubtful pair leaves apart can be merged by the center later; nothing here guesses.
"""

from catalog.merging.editions import edition_key
from catalog.merging.judgement import Judgement, Verdict, doubtful, judge, same_book, vetoed
from catalog.merging.keys import Keys, keys_of, plain, title_parts, unified_key
from catalog.merging.names import author_key, publisher_key
from catalog.merging.titles import similarity
from catalog.merging.volumes import split_title, volume_key

# Raise when the same record would now have other keys: the next import then reads it again instead of skipping.
KEYS_VERSION = 5

__all__ = [
    "KEYS_VERSION", "Judgement", "Keys", "Verdict", "author_key", "doubtful", "edition_key", "judge", "keys_of",
    "plain", "publisher_key", "same_book", "similarity", "split_title", "title_parts", "unified_key", "vetoed",
    "volume_key",
]  # fmt: skip

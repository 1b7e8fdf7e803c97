"""`python -m balis.run`: the whole portal under one supervisor, from an empty folder to a served page."""

"""The search index: one row per visible edition, what the nightly count knows, and what changed since."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from catalog.models.bibliography import Edition


class SearchEntry(models.Model):
    """Search index of one edition, written in the same transaction as the edition and its holdings.

    Only `tokens` is indexed, so that a change of holdings alone (`facts`) costs no index work. See docs/search.md.
    """

    edition = models.OneToOneField(Edition, primary_key=True, on_delete=models.CASCADE, related_name="search_entry")
    grams = models.SmallIntegerField()
    rank_class = models.SmallIntegerField(default=0, db_default=0)
    # What is read of every matching row stands before the tokens, which are long.
    facts = models.BinaryField()  # what a hit counts for, packed: catalog/search/facts.py
    folded_title = models.TextField()
    # Hashed grams (catalog/search/tokens.py): the first `grams` are what the edition is found by, after them the same
    # once more for each class of rows it belongs to (catalog/search/classes.py).
    tokens = ArrayField(models.IntegerField())
    folded_rest = models.TextField(default="", db_default="")  # authors, subjects, publisher, series
    pinyin_title = models.TextField(default="", db_default="")

    class Meta:
        indexes = [
            # With a list of pending entries, which is not let grow long: pending() in catalog/search/index.py.
            GinIndex(fields=["tokens"], name="search_tokens"),
        ]

    def __str__(self) -> str:
        return f"search entry of edition {self.edition_id}"


class FrequentToken(models.Model):
    """A token that many editions have, as of the last nightly count: how many, where, and which.

    Of tokens that are less frequent only the number and the ids are kept.
    """

    token = models.IntegerField(primary_key=True)
    editions = models.IntegerField()
    # catalog.search.facts.Counts.as_json(): exact as of the nightly count; none of the less frequent ones.
    counts = models.JSONField(null=True)
    # The lists (catalog/search/lists.py): a Roaring bitmap; facts and titles (packed), in the order of the ids, only of
    # tokens of which all hits are counted.
    ids = models.BinaryField(default=b"", db_default=b"")
    facts = models.BinaryField(null=True)
    titles = models.BinaryField(null=True)
    # For searches of one word (catalog/search/champions.py): its gram, as far as it is a reader's word; facts and tiers
    # of its first hits, in order; facts of a sample.
    word = models.TextField(default="", db_default="")
    champions = models.BinaryField(default=b"", db_default=b"")
    champion_tiers = models.BinaryField(default=b"", db_default=b"")
    sample = models.BinaryField(default=b"", db_default=b"")

    def __str__(self) -> str:
        return f"{self.token}: {self.editions}"


class SearchChange(models.Model):
    """Editions whose entry was written since the last nightly count; one row per refresh, only added."""

    edition_ids = ArrayField(models.BigIntegerField())
    kept = models.BooleanField()  # whether SearchBefore has what stood there before

    def __str__(self) -> str:
        return f"{len(self.edition_ids)} editions"


class SearchBefore(models.Model):
    """An entry as it was before a change since the last nightly count; the first of an edition is what was counted."""

    edition_id = models.BigIntegerField()
    tokens = ArrayField(models.IntegerField())  # without those of its classes; none where there was no entry
    facts = models.BinaryField()

    def __str__(self) -> str:
        return f"search entry of edition {self.edition_id}, before"


class SearchState(models.Model):
    """One row: how the entries are divided into classes, and when they were counted last."""

    singleton = models.BooleanField(primary_key=True, default=True)
    # Smallest rank (catalog.search.facts.rank) of each class, from the widest to the narrowest.
    rank_cutoffs = ArrayField(models.IntegerField(), default=list)
    counted_at = models.DateTimeField(null=True)
    version = models.CharField(max_length=20, default="")  # catalog.search.rebuild.VERSION of the code that built it

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(singleton=True), name="search_state_is_one_row")]

    def __str__(self) -> str:
        return f"counted {self.counted_at}"

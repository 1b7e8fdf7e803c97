"""One narrow row per visible edition: the tokens it is found by and what the result page counts."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from catalog.models.bibliography import Edition


class SearchEntry(models.Model):
    """Search index of one edition, written in the same transaction as the edition and its holdings.

    `tokens` are hashed, route-prefixed bigrams and words (catalog/search/tokens.py); `library_ids`
    and the facet columns stand in no index, so that a change of holdings stays cheap.
    """

    edition = models.OneToOneField(Edition, primary_key=True, on_delete=models.CASCADE, related_name="search_entry")
    tokens = ArrayField(models.IntegerField())
    folded_title = models.TextField()
    pinyin_title = models.TextField(default="", db_default="")
    year = models.SmallIntegerField(default=0, db_default=0)
    language = models.CharField(max_length=3, default="", db_default="")
    material_type = models.CharField(max_length=20, default="", db_default="")
    clc_class = models.CharField(max_length=1, default="", db_default="")
    library_ids = ArrayField(models.IntegerField(), default=list)

    class Meta:
        indexes = [
            GinIndex(fields=["tokens"], name="search_tokens", fastupdate=False),
        ]

    def __str__(self) -> str:
        return f"search entry of edition {self.edition_id}"

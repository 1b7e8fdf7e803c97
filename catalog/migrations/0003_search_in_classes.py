"""The search index in its new form. It is derived from the catalogue: `manage.py rebuild_search --if-needed` fills it."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_library_slots")]

    operations = [
        migrations.DeleteModel("SearchEntry"),
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "edition",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="search_entry",
                        serialize=False, to="catalog.edition",
                    ),
                ),
                ("tokens", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ("grams", models.SmallIntegerField()),
                ("rank_class", models.SmallIntegerField(db_default=0, default=0)),
                ("facts", models.BinaryField()),
                ("folded_title", models.TextField()),
                ("folded_rest", models.TextField(db_default="", default="")),
                ("pinyin_title", models.TextField(db_default="", default="")),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False, fields=["tokens"], name="search_tokens"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="FrequentToken",
            fields=[
                ("token", models.IntegerField(primary_key=True, serialize=False)),
                ("editions", models.IntegerField()),
                ("counts", models.JSONField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SearchChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "edition_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SearchState",
            fields=[
                ("singleton", models.BooleanField(default=True, primary_key=True, serialize=False)),
                (
                    "rank_cutoffs",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
                ("counted_at", models.DateTimeField(null=True)),
                ("version", models.CharField(default="", max_length=20)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("singleton", True)), name="search_state_is_one_row"
                    )
                ]
            },
        ),
    ]

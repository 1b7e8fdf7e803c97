import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """What a search reads of each matching row stands before the long list of tokens, in the memory read first.

    The index is derived from the catalogue: `manage.py rebuild_search --if-needed` fills it.
    """

    dependencies = [("catalog", "0006_search_tokens_in_bulk")]

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
                ("grams", models.SmallIntegerField()),
                ("rank_class", models.SmallIntegerField(db_default=0, default=0)),
                ("facts", models.BinaryField()),
                ("folded_title", models.TextField()),
                ("tokens", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ("folded_rest", models.TextField(db_default="", default="")),
                ("pinyin_title", models.TextField(db_default="", default="")),
            ],
            options={
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["tokens"], name="search_tokens")]
            },
        ),
        migrations.RunSQL("UPDATE catalog_searchstate SET version = ''", migrations.RunSQL.noop),
    ]

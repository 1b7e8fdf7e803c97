import django.contrib.postgres.indexes
from django.db import migrations


def index(field: str, name: str, **storage: bool) -> django.contrib.postgres.indexes.GinIndex:
    return django.contrib.postgres.indexes.GinIndex(fields=[field], name=name, **storage)


class Migration(migrations.Migration):
    """An import looks up every number of a batch; a GIN index with pending entries reads them all for each.

    Nothing looks for title and publisher together.
    """

    dependencies = [("catalog", "0004_search_before")]

    operations = [
        migrations.RemoveIndex("edition", "edition_title_publisher"),
        migrations.RemoveIndex("edition", "edition_isbns"),
        migrations.RemoveIndex("edition", "edition_foreign_ids"),
        migrations.AddIndex("edition", index("isbns", "edition_isbns", fastupdate=False)),
        migrations.AddIndex("edition", index("foreign_ids", "edition_foreign_ids", fastupdate=False)),
    ]

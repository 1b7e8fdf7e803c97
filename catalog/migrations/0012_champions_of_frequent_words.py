from django.db import migrations, models

ADDED = ("titles", "champions", "champion_tiers", "sample")


class Migration(migrations.Migration):
    dependencies = [("catalog", "0011_lists_of_frequent_words")]

    operations = [
        migrations.RemoveField(model_name="frequenttoken", name="titles"),
        migrations.AddField(model_name="frequenttoken", name="titles", field=models.BinaryField(null=True)),
        migrations.AddField(
            model_name="frequenttoken", name="word", field=models.TextField(db_default="", default="")
        ),
        *(
            migrations.AddField(
                model_name="frequenttoken", name=name, field=models.BinaryField(db_default=b"", default=b"")
            )
            for name in ("champions", "champion_tiers", "sample")
        ),
        # Read often and written once a night, as the columns of 0011. Titles are kept otherwise than before: until the
        # next night's count searches ask the entries.
        migrations.RunSQL(
            "UPDATE catalog_frequenttoken SET ids = '', facts = NULL", migrations.RunSQL.noop
        ),
        migrations.RunSQL(
            "ALTER TABLE catalog_frequenttoken " + ", ".join(f"ALTER {name} SET STORAGE EXTERNAL" for name in ADDED),
            migrations.RunSQL.noop,
        ),
    ]

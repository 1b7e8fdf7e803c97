import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_search_in_classes")]

    operations = [
        migrations.AddField("searchchange", "kept", models.BooleanField(default=False), preserve_default=False),
        migrations.CreateModel(
            name="SearchBefore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("edition_id", models.BigIntegerField()),
                ("tokens", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ("facts", models.BinaryField()),
            ],
        ),
    ]

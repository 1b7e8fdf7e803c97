from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0007_facts_before_tokens")]

    operations = [
        migrations.AddField(
            "memberlibrary",
            "arrival_days",
            models.PositiveSmallIntegerField(editable=False, null=True, verbose_name="通常到馆天数"),
        ),
    ]

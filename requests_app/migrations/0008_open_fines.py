from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0007_oldest_open")]

    operations = [
        migrations.AddField(
            "loanrequest",
            "has_open_fine",
            models.BooleanField(db_default=False, default=False, editable=False),
        ),
    ]

from django.db import migrations


class Migration(migrations.Migration):
    """What the ledger holds already, written onto the requests."""

    dependencies = [("notices", "0003_html_is_drawn_when_it_is_sent"), ("requests_app", "0008_open_fines")]

    operations = [
        migrations.RunSQL(
            "UPDATE requests_app_loanrequest SET has_open_fine = true"
            " WHERE id IN (SELECT request_id FROM notices_fine WHERE state = 'open')",
            migrations.RunSQL.noop,
        ),
    ]

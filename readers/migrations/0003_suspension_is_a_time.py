"""The state 已暂停 becomes a suspension from today until it is lifted; who was approved counts as verified."""

from django.db import migrations
from django.db.models import F
from django.utils import timezone


def suspended_from_today(apps, schema_editor):
    reader = apps.get_model("readers", "Reader")
    reader.objects.filter(state="suspended").update(
        state="approved", suspended_on=timezone.localdate(), suspension_reason="请与本馆馆际互借员联系"
    )
    reader.objects.filter(state="approved", email_verified_at=None).update(email_verified_at=F("decided_at"))


def suspended_as_state(apps, schema_editor):
    reader = apps.get_model("readers", "Reader")
    reader.objects.filter(suspended_on__isnull=False).update(
        state="suspended", suspended_on=None, suspended_until=None, suspension_reason=""
    )


class Migration(migrations.Migration):
    dependencies = [("readers", "0002_reader_types_standing_and_cards")]

    operations = [migrations.RunPython(suspended_from_today, suspended_as_state)]

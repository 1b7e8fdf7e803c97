from django.db import migrations, models


def give_slots(apps, schema_editor):
    for slot, library in enumerate(apps.get_model("catalog", "MemberLibrary").objects.order_by("pk")):
        library.slot = slot
        library.save(update_fields=["slot"])


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [
        migrations.AddField("memberlibrary", "slot", models.PositiveSmallIntegerField(null=True, editable=False)),
        migrations.RunPython(give_slots, migrations.RunPython.noop),
        migrations.AlterField("memberlibrary", "slot", models.PositiveSmallIntegerField(unique=True, editable=False)),
        migrations.AddConstraint(
            "memberlibrary",
            models.CheckConstraint(condition=models.Q(slot__lt=128), name="library_slot_in_the_index"),
        ),
    ]

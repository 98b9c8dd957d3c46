from django.db import migrations, models
from django.db.models import F


def answers_so_far_are_read(apps, schema_editor):
    """They went out by mail; nobody shall find years of answers marked as new."""
    entries = apps.get_model("members", "ContactEntry")._base_manager
    entries.filter(kind="answer", read_at=None).update(read_at=F("at"))


class Migration(migrations.Migration):
    dependencies = [("members", "0007_proofs_and_consents")]

    operations = [
        migrations.AddField(
            model_name="contactentry",
            name="read_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="read"),
        ),
        migrations.RunPython(answers_so_far_are_read, migrations.RunPython.noop),
    ]

"""Its steps are part of 0001_initial, where SQLite does them without rebuilding each table; installations know it as done."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]
    operations = []

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0020_indexes_for_pages'),
        ('members', '0009_merged_members'),
    ]

    operations = [
        migrations.AddField(
            model_name='historicalrunsettings',
            name='months_ahead',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, help_text='1: a run in December bills until the end of January. 0: until the end of December, for runs on the first of a month.', validators=[django.core.validators.MaxValueValidator(12)], verbose_name='months ahead that a run bills'),
        ),
        migrations.AddField(
            model_name='runsettings',
            name='months_ahead',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, help_text='1: a run in December bills until the end of January. 0: until the end of December, for runs on the first of a month.', validators=[django.core.validators.MaxValueValidator(12)], verbose_name='months ahead that a run bills'),
        ),
        migrations.AddConstraint(
            model_name='runsettings',
            constraint=models.CheckConstraint(condition=models.Q(('months_ahead__lte', 12)), name='run_bills_a_year_ahead_at_most'),
        ),
    ]


import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0008_answers_read'),
    ]

    operations = [
        migrations.AddField(
            model_name='historicalmember',
            name='merged_into',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='members.member', verbose_name='was the same as'),
        ),
        migrations.AddField(
            model_name='member',
            name='merged_into',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='doubles', to='members.member', verbose_name='was the same as'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('merged_into__isnull', True), models.Q(models.Q(('merged_into', models.F('id')), _negated=True), ('left_on__isnull', False), ('payer__isnull', True)), _connector='OR'), name='member_merged_into_another_has_left', violation_error_message='A record that was merged into another one has left and pays for itself.'),
        ),
    ]

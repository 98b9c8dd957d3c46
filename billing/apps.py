from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _

from billing.guards import check_guards, install_guards, lift_guards
from billing.schedule import ensure_schedule
from billing.word_index import install_index


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Billing")

    def ready(self) -> None:
        # A table rebuild on SQLite drops that table's triggers without a word: so they are put back after every migrate.
        pre_migrate.connect(lift_guards, dispatch_uid="billing.lift_guards")
        post_migrate.connect(install_guards, dispatch_uid="billing.guards")
        post_migrate.connect(install_index, dispatch_uid="billing.word_index")
        post_migrate.connect(ensure_schedule, dispatch_uid="billing.schedule")
        register(check_guards, Tags.database)

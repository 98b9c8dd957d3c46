"""`manage.py audit`: proves the books of every organisation, or of one."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import override
from django_scopes import scope

from billing.models import Collection, Invoice, Posting
from billing.services.audit import audit
from members.models import Organisation


class Command(BaseCommand):
    help = "Proves: numbers without gaps, hash chain whole, postings equal documents, one live collection per claim, guards."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisation", help="short name; without it, every organisation")

    def handle(self, *args: Any, **options: Any) -> None:
        organisations = Organisation.objects.order_by("slug")
        if options["organisation"]:
            organisations = organisations.filter(slug=options["organisation"])
        faults = [self.prove(organisation) for organisation in organisations]
        if sum(faults):
            sys.exit(1)

    def prove(self, organisation: Organisation) -> int:
        """Prints what was looked at and what is wrong; gives the number of faults."""
        with scope(organisation=organisation), override(organisation.language):
            faults = audit(organisation)
            for fault in faults:
                self.stderr.write(f"{organisation.slug}: {fault.check}: {fault.where}: {fault.message}")
            counts = {
                "invoices": Invoice.objects.count(),
                "postings": Posting.objects.count(),
                "debits": Collection.objects.count(),
            }
            looked = _("%(invoices)s documents, %(postings)s postings, %(debits)s direct debits") % counts
            self.stdout.write(
                f"{organisation.slug}: {looked}: "
                + (_("%(count)s faults") % {"count": len(faults)} if faults else _("all in order"))
            )
            return len(faults)

"""The letter of a reminder: drawn from what was frozen, whenever somebody asks for it, and all letters of a run in one file."""

from django.db.models import QuerySet

from billing.documents.dunning_pdf import render_notice
from billing.models import DunningNotice, DunningRun, Mail
from members.models import Organisation


def notice_pdf(notice: DunningNotice, organisation: Organisation | None = None) -> bytes:
    """Always the same words and figures; logo and colour are today's."""
    house = organisation or notice.organisation
    return render_notice(notice.snapshot, bytes(house.logo) if house.logo else None, house.colour)


def notice_name(notice: DunningNotice) -> str:
    """What the file is called."""
    snapshot = notice.snapshot
    return f"{snapshot['on']}-{snapshot['heading']}.pdf".replace("/", "-").replace(" ", "-").replace('"', "")


def letters_of(run: DunningRun) -> QuerySet[Mail]:
    """Those of a run that go by post, posted or not."""
    rows = Mail.objects.filter(notice__run=run, state__in=(Mail.State.PRINT, Mail.State.PRINTED))
    return rows.select_related("member", "invoice", "notice")

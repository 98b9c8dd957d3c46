"""The series of document numbers, each with its gaps: there are none, and this page shows it to an auditor."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from billing.models import Invoice, Receipt
from billing.office.access import office, organisation_of, page
from billing.services.number_report import RECEIPT, number_report


@office("billing.view_invoice")
def numbers(request: HttpRequest) -> HttpResponse:
    """Every series and year."""
    kinds = dict(Invoice.Kind.choices) | {RECEIPT: Receipt._meta.verbose_name}
    rows = [(kinds.get(one.kind, one.kind), one) for one in number_report(organisation_of(request))]
    context = {"rows": rows, "missing": any(one.missing for _kind, one in rows)}
    return page(request, "office/numbers.html", _("Document numbers"), context)

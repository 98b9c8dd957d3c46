"""Why the law forbids a term of a tariff: which paragraph, and what to write instead."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from billing.pricing.law import Breach, breaches, resolution_faults
from billing.pricing.periods import Span

C9A, C9B, C9C, P39 = "§ 309 Nr. 9 a BGB", "§ 309 Nr. 9 b BGB", "§ 309 Nr. 9 c BGB", "§ 39 Abs. 2 BGB"

RULES: dict[str, tuple[str, Any]] = {
    "basis": ("", _("The legal basis must be membership, consumer or b2b.")),
    "consumer_term": (C9A, _(
        "A consumer may be bound for two years at most, here it would be %(length)s (%(paragraph)s). "
        "Set it to 24 months or less.")),
    "consumer_renewal": (C9B, _(
        "After its first term a consumer contract only goes on for an indefinite time and can be ended within a month; "
        "a renewal for %(length)s is void (%(paragraph)s). Set the renewal to one month.")),
    "consumer_renewal_old": (C9B, _(
        "A consumer contract made before 1 March 2022 renews for a year at most, here it would be %(length)s "
        "(%(paragraph)s, old version). Set the renewal to 12 months or less.")),
    "consumer_rhythm": (C9B, _(
        "After its minimum term a consumer contract can be ended within a month; without a renewal it would only end with "
        "a billing period of %(length)s (%(paragraph)s). Set the renewal to one month: what was paid ahead comes back.")),
    "consumer_notice": (C9C, _(
        "A consumer gives notice of one month at most, here it would be %(length)s (%(paragraph)s). "
        "Set the notice to one month or less.")),
    "consumer_notice_old": (C9C, _(
        "In a contract made before 1 March 2022 a consumer gives notice of three months at most, here it would be %(length)s "
        "(%(paragraph)s, old version). Set the notice to 3 months or less.")),
    "membership_notice": (P39, _(
        "A member who leaves is out after two years at most; a notice of %(length)s is void (%(paragraph)s). "
        "Set the notice to 24 months or less.")),
    "membership_minimum_term": (P39, _(
        "A member may leave within two years; a minimum term of %(length)s is void (%(paragraph)s). "
        "Set the minimum term to 24 months or less.")),
    "membership_renewal": (P39, _(
        "A member may leave within two years; a renewal for %(length)s is void (%(paragraph)s). "
        "Set the renewal to 24 months or less.")),
    "membership_interval": (P39, _(
        "A member may leave within two years; here they could only leave with a billing period of %(length)s (%(paragraph)s). "
        "Shorten the period, or let the membership end on any day.")),
    "membership_together": (P39, _(
        "A member may leave within two years; the notice of %(length)s and the term together bind longer (%(paragraph)s). "
        "Shorten one of them.")),
}  # fmt: skip


class LegalFault(NamedTuple):
    """A term that the law forbids: where it stands, the paragraph, and a sentence that says what to do."""

    path: str
    paragraph: str
    message: str


def legal_fault(breach: Breach) -> LegalFault:
    """A breach in words."""
    paragraph, sentence = RULES[breach.rule]
    return LegalFault(breach.path, paragraph, str(sentence) % {"length": length(breach.span), "paragraph": paragraph})


def legal_faults(terms: Mapping[str, Any], made_on: date | None) -> list[LegalFault]:
    """Everything in a tariff's terms that the law forbids, and a resolution that is not written down rightly."""
    written = _("A resolution is written as its body, its day and a reference (%(fault)s).")
    odd = [LegalFault(one.path, "", str(written) % {"fault": one}) for one in resolution_faults(terms)]
    return [legal_fault(breach) for breach in breaches(terms, made_on)] + odd


def length(span: Span) -> str:
    """`25 months`, `35 days`."""
    if span.months:
        return ngettext("%(count)s month", "%(count)s months", span.months) % {"count": span.months}
    return ngettext("%(count)s day", "%(count)s days", span.days) % {"count": span.days}

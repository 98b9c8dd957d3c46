"""What the law forbids in tariffs and contracts, refused with the paragraph."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from billing.models import Contract, TariffVersion
from billing.models.law_words import LegalFault, legal_faults
from members.models import Member

__all__ = ["LegalFault", "refuse_unlawful", "resolution_fault", "tariff_faults"]


def tariff_faults(terms: Mapping[str, Any], valid_from: date | None = None) -> list[LegalFault]:
    """Everything in a tariff's terms that the law forbids, and a resolution that is not written down rightly."""
    return legal_faults(terms, valid_from)


def resolution_fault(terms: Mapping[str, Any]) -> LegalFault | None:
    """A tariff for members names the resolution that it rests on (BGB 58 no. 2); asked for where tariffs are made by hand."""
    if terms.get("legal_basis") != "membership" or terms.get("resolution"):
        return None
    message = _(
        "Dues rest on a resolution (§ 58 Nr. 2 BGB). Please say which body decided on them and when, as in the minutes."
    )
    return LegalFault("resolution", "§ 58 Nr. 2 BGB", message)


def refuse_unlawful(contract: Contract) -> None:
    """Refuses terms that are void for a contract made on its first day.

    A tariff from before March 2022 may renew for a year, a contract made today may not. Terms that only companies may
    agree to are not for a person.
    """
    version = version_on(contract)
    if version is None:
        return
    terms = version.terms
    if terms.get("legal_basis") == "b2b" and contract.member.kind == Member.Kind.PERSON:
        faults = legal_faults({**terms, "legal_basis": "consumer"}, contract.start)
        reason = _("This tariff is for companies only, and %(member)s is entered as a person.")
    else:
        faults = legal_faults(terms, contract.start)
        reason = _("The terms of this tariff may no longer be agreed to.")
    if faults:
        sentences = [reason % {"member": contract.member.name}, *(fault.message for fault in faults)]
        raise ValidationError(" ".join(sentences), code="unlawful")


def version_on(contract: Contract) -> TariffVersion | None:
    """The terms that the contract begins with."""
    versions = list(
        TariffVersion.objects.filter(organisation=contract.organisation_id, tariff=contract.tariff).order_by("number")
    )
    begun = [one for one in versions if one.valid_from is None or one.valid_from <= contract.start]
    return begun[-1] if begun else None

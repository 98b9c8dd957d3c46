"""What all receipts of a day rest on: the notice that holds, the settings, and who must sign by hand."""

from datetime import date
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from billing.models import ReceiptSettings, TaxNotice
from billing.services.branding import look_of
from billing.services.exemption import notice_on
from billing.services.receipt_plan import Wanted
from members.models import Organisation


class House(NamedTuple):
    """What is the same on every receipt of a day."""

    organisation: Organisation
    notice: TaxNotice
    settings: ReceiptSettings
    look: dict[str, str]


def house_on(organisation: Organisation, on: date) -> House:
    """Refuses a day on which no receipts may be made, and an organisation without an address."""
    notice = notice_on(organisation, on)
    if not (organisation.street and organisation.postal_code and organisation.city):
        message = _("Enter the organisation's address first (Settings, Organisation): a receipt must name it.")
        raise ValidationError(message, code="no_address")
    settings = ReceiptSettings.objects.filter(organisation=organisation).first()
    return House(organisation, notice, settings or ReceiptSettings(organisation=organisation), look_of(organisation))


def by_machine(house: House, wanted: Wanted, on: date) -> bool:
    """Without a signature by hand: the tax office was told before, and it is about money alone (R 10b.1 (4) EStR)."""
    notified = house.settings.notified_on
    return notified is not None and notified <= on and not wanted.by_hand

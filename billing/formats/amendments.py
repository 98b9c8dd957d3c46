"""What a debtor's bank must be told of a mandate that changed, with the next collection and once (EPC130-08, 2.104 ff.).

The bank knows a mandate as it stood at the last collection it did not reject. Recorded changes that no collection has
told yet say what was before; the earliest of them is what the bank still has.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from billing.formats.iban import same_bank, same_creditor
from billing.formats.pain008_parts import Amendment


@dataclass(frozen=True, slots=True)
class Terms:
    """What identifies a mandate to a bank. In a recorded change: what was before, empty where it stayed."""

    reference: str = ""
    iban: str = ""
    creditor_identifier: str = ""
    creditor_name: str = ""


def amendment_of(untold: Sequence[Terms], now: Terms) -> Amendment | None:
    """The amendment for the next collection, from the changes that are not told yet (oldest first); nothing if none is left.

    A change that was taken back meanwhile needs no word. A former account at the same bank is named by its IBAN, any other
    is only called another one (`SMNDA`). The business code of a creditor identifier is no part of it.
    """
    known = {name: next((getattr(one, name) for one in untold if getattr(one, name)), "") for name in Terms.__slots__}
    before = Terms(**{name: "" if value == getattr(now, name) else value for name, value in known.items()})
    stays = same_creditor(before.creditor_identifier, now.creditor_identifier)
    moved = bool(before.iban) and not same_bank(before.iban, now.iban)
    found = Amendment(
        original_reference=before.reference,
        original_iban="" if moved else before.iban,
        other_bank=moved,
        original_creditor_identifier="" if stays else before.creditor_identifier,
        original_creditor_name=before.creditor_name,
    )
    return None if found == Amendment() else found

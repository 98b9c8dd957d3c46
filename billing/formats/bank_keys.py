"""What names a booking, so that the same or an overlapping statement adds nothing while two equal payments both stay.

The bank's own reference names it where there is one; otherwise everything that is told of it. Of several bookings in one
statement that are told in the same words each has its number. Both an intraday report and the statement of the day call it
the same.
"""

import hashlib
from collections import Counter
from decimal import Decimal

from billing.formats.bank_lines import Booking, Detail
from billing.formats.camt_details import ABSENT


class Keys:
    """The keys of one statement's bookings, in their order."""

    def __init__(self) -> None:
        self.seen: Counter[bytes] = Counter()

    def next(self, booking: Booking) -> str:
        """64 hexadecimal digits."""
        digest = hashlib.sha256(told(booking).encode()).digest()
        self.seen[digest] += 1
        return hashlib.sha256(digest + str(self.seen[digest]).encode()).hexdigest()


def told(booking: Booking) -> str:
    """Everything that is told of a booking, in a fixed order."""
    start = f"{booking.booked_on.isoformat()}|{booking.amount:.2f}"
    if booking.bank_reference.upper() not in ABSENT:
        return f"{start}|{booking.bank_reference}"
    return "|".join((start, booking.batch_reference, *(told_of(one) for one in booking.details)))


def told_of(detail: Detail) -> str:
    """One single amount. Blanks and line breaks differ between reports of one bank; they do not count."""
    amount = Decimal(detail.amount)
    parts = (detail.end_to_end_id, detail.mandate_reference, detail.name, detail.iban, detail.remittance)
    return f"{amount:.2f}" + "/".join("".join(part.split()).upper() for part in parts)

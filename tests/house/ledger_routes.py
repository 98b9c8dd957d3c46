"""The rooms of the books and of the accountant, for the matrix of routes. The board has a test of its own."""

from datetime import date

from billing.services import ledger_export
from members.models import Organisation
from tests.services.club import noon

STAFF = frozenset({"office", "treasurer", "accountant"})
EXPORT, MONEY = frozenset({"treasurer", "accountant"}), frozenset({"treasurer"})
NONE: frozenset[str] = frozenset()
LEDGER_ROUTES = {
    "office_downloads": (EXPORT, NONE, ""),
    "office_package": (NONE, EXPORT, ""),
    "office_datev_file": (EXPORT, NONE, "datev"),
    "office_images_make": (NONE, EXPORT, "datev_pk"),
    "office_ledger_make": (NONE, EXPORT, ""),
    "office_ledger_file": (EXPORT, NONE, "ledger_file"),
    "office_books": (STAFF, NONE, ""),
    "office_books_lock": (NONE, MONEY, ""),
    "office_books_unlock": (NONE, NONE, ""),
    "office_books_year": (NONE, MONEY, ""),
    "office_books_release": (NONE, MONEY, ""),
    "office_accounts": (STAFF, MONEY, ""),
    "opening_upload": (MONEY, MONEY, ""),
    "opening_take": (NONE, MONEY, ""),
}


def ledger_things(organisation: Organisation) -> dict[str, int]:
    """A file of the ledger."""
    on = date(2026, 12, 15)
    file = ledger_export.make(organisation, "csv", date(2026, 1, 1), date(2027, 1, 1), None, noon(on))
    return {"ledger_file": file.pk}

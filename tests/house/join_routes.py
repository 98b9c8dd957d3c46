"""The rooms of the sign-up, for the matrix of routes."""

from datetime import date
from typing import Any

from billing.models import Application, Tariff
from members.models import Organisation
from tests.services.club import noon

ON = date(2026, 12, 15)
TREASURER = frozenset({"treasurer"})
STAFF, CLERKS = frozenset({"office", "treasurer", "accountant"}), frozenset({"office", "treasurer"})
NONE: frozenset[str] = frozenset()
# Open to strangers who want to become members: tests/portal/test_join.py.
JOIN_DOORS = {
    "join",
    "join_sent",
    "join_framed",
    "join_sent_framed",
    "join_widget",
    "join_logo",
    "join_style",
    "join_iban",
    "join_text",
    "join_confirm",
}
JOIN_ROUTES = {
    "office_sign_up": (STAFF, TREASURER, ""),
    "office_sign_up_code": (STAFF, NONE, ""),
    "office_sign_up_qr": (STAFF, NONE, ""),
    "office_sign_up_text": (STAFF, TREASURER, "join_text"),
    "office_sign_up_offer": (STAFF, TREASURER, "tariff_pk"),
    "office_applications": (STAFF, NONE, ""),
    "office_application": (STAFF, NONE, "application"),
    "office_application_admit": (NONE, CLERKS, "application"),
    "office_application_ask": (NONE, CLERKS, "application"),
    "office_application_refuse": (NONE, CLERKS, "application"),
}


def application_of(organisation: Organisation, canary: str) -> int:
    """Somebody who waits for the office."""
    person = {"first_name": "", "last_name": canary, "company": "", "date_of_birth": "", "street": "A 1", "postal_code": "1", "city": "B", "email": "a@example.org", "phone": ""}  # fmt: skip
    data: dict[str, Any] = {
        "kind": "person", "person": person, "guardian": "", "household": [], "household_tariff": "", "start": "2027-01-01",
        "payment": {"method": "transfer", "months": None, "iban": "", "holder": "", "bank": ""},
    }  # fmt: skip
    shown = {
        "answer": {},
        "button": "x",
        "tariff": canary,
        "people": [],
        "payment": [],
        "facts": [],
        "texts": [],
        "instruction": [],
    }
    row = Application.objects.create(
        organisation=organisation, tariff=Tariff.objects.filter(organisation=organisation)[0], key=canary, received_at=noon(ON),
        name=canary, email="a@example.org", language="de", data=data, shown=shown, text=canary, confirmed_at=noon(ON),
    )  # fmt: skip
    return row.pk

"""The file that describes an organisation: which keys it knows, and everything that is wrong with it before any row is made."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import available_timezones

from django.utils.translation import gettext as _

from billing import pricing
from billing.formats.pain008 import VERSIONS
from billing.models.fault_words import fault_words

Data = Mapping[str, Any]
ADDRESS = ("street", "postal_code", "city", "country")
TOP = frozenset(
    {
        *("slug", "name", "kind", "language", "time_zone", "email", "phone", "website"),
        *("tax_number", "vat_id", "register_entry", "board", "colour"),
    }
)
CREDITOR = (
    *("identifier", "iban", "bic", "name", "bank_profile", "cut_off"),
    *("lead_days", "prenotification_days", "pain_version", "max_debits", "max_total", "earliest_days", "closed_days"),
    *("mandate_pattern", "electronic_mandates_since"),
)
LEDGER = (
    *("chart", "account_length", "consultant_number", "client_number"),
    *("fiscal_year_start", "first_debtor", "accounts"),
)
SECTIONS: dict[str, frozenset[str]] = {
    "address": frozenset(ADDRESS),
    "creditor": frozenset(CREDITOR),
    "ledger": frozenset(LEDGER),
    "series": frozenset({"invoice", "cancellation"}),
    "run": frozenset(
        {
            *("day_of_month", "collect_after_days", "months_ahead", "automatic", "unusual_factor", "mail_invoices"),
            *("four_eyes", "combine_debits"),
        }
    ),
    "member_import": frozenset({"Beitragsgruppe", "Abteilungen", "Zahlungsrhythmus"}),
}
NOT_PLAIN = {("member_import", key) for key in SECTIONS["member_import"]} | {("ledger", "accounts")}
DAYS = ("valid_from", "existing_from")
LONGEST_RHYTHM, LONGEST_ACCOUNT = 120, 8


def file_faults(data: Data) -> list[str]:
    """Every fault of the file, each with its path; nothing else is looked at while its shape is wrong."""
    return [*shape_faults(data)] or [
        *plain_faults(data), *value_faults(data), *account_faults(data), *tariff_faults(data), *word_faults(data)
    ]  # fmt: skip


def shape_faults(data: Data) -> Iterator[str]:
    """Keys that nobody knows, and those that must be there."""
    for key in sorted(set(data) - TOP - set(SECTIONS) - {"tariffs"}):
        yield _("$.%(key)s: this key is not known") % {"key": key}
    for key in ("slug", "name"):
        if not isinstance(data.get(key), str) or not data[key].strip():
            yield _("$.%(key)s: a text is needed") % {"key": key}
    for section, known in SECTIONS.items():
        part = data.get(section, {})
        if not isinstance(part, dict):
            yield _("$.%(key)s: a JSON object is expected") % {"key": section}
            continue
        for key in sorted(set(part) - known):
            yield _("$.%(key)s: this key is not known") % {"key": f"{section}.{key}"}
    yield from tariff_shape_faults(data.get("tariffs", []))


def tariff_shape_faults(tariffs: object) -> Iterator[str]:
    """Tariffs are a list, each with a code of its own and a name."""
    if not isinstance(tariffs, list):
        yield _("$.tariffs: a list is expected")
        return
    seen: set[str] = set()
    for place, one in enumerate(tariffs):
        named = isinstance(one, dict) and all(isinstance(one.get(key), str) and one[key] for key in ("code", "name"))
        if not named:
            yield _("$.tariffs[%(place)s]: code and name are needed") % {"place": place}
        elif one["code"] in seen:
            yield _("$.tariffs[%(place)s].code: %(code)s stands here twice") % {"place": place, "code": one["code"]}
        else:
            seen.add(one["code"])


def plain_faults(data: Data) -> Iterator[str]:
    """Where a text or a whole number belongs stands nothing else."""
    cells = [("", key, data[key]) for key in sorted(TOP & set(data))]
    cells += [(section, key, value) for section in SECTIONS for key, value in data.get(section, {}).items()]
    for section, key, value in cells:
        plain = isinstance(value, str | int) and "\0" not in str(value)
        if not plain and (section, key) not in NOT_PLAIN:
            yield _("$.%(key)s: a text or a whole number is expected") % {"key": f"{section}.{key}".lstrip(".")}


def account_faults(data: Data) -> Iterator[str]:
    """`accounts`: the role of a ledger account to its number."""
    accounts = data.get("ledger", {}).get("accounts", {})
    if not isinstance(accounts, dict):
        yield _("$.%(key)s: a JSON object is expected") % {"key": "ledger.accounts"}
        return
    for role, number in accounts.items():
        if not (isinstance(number, str) and number.isascii() and number.isdigit() and len(number) <= LONGEST_ACCOUNT):
            yield _("$.%(key)s: an account number as text is expected") % {"key": f"ledger.accounts.{role}"}


def value_faults(data: Data) -> Iterator[str]:
    """Values that no field of the database would notice."""
    zone = data.get("time_zone", "Europe/Berlin")
    if zone not in available_timezones():
        yield _("$.time_zone: there is no time zone %(zone)s") % {"zone": zone}
    version = data.get("creditor", {}).get("pain_version", "pain.008.001.08")
    if not VERSIONS.get(str(version)):
        yield _("$.creditor.pain_version: banks do not take %(version)s") % {"version": version}
    for section, key in (("run", name) for name in ("automatic", "mail_invoices", "four_eyes", "combine_debits")):
        if not isinstance(data.get(section, {}).get(key, False), bool):
            yield _("$.%(key)s: true or false is expected") % {"key": f"{section}.{key}"}
    if "\\u0000" in json.dumps(data.get("tariffs", [])):
        yield _("$.tariffs: NUL is no letter")


def tariff_faults(data: Data) -> Iterator[str]:
    """What the pricing core says of the tariffs; a trial may name any of them."""
    tariffs = data.get("tariffs", [])
    places = {one["code"]: f"$.tariffs[{place}]" for place, one in enumerate(tariffs)}
    try:
        pricing.parse_tariffs({one["code"]: one for one in tariffs})
    except pricing.PricingFaults as refused:
        for one in refused.faults:
            code = max((code for code in places if one.path.startswith(code)), key=len, default="")
            place = f"{places[code]}{one.path[len(code) :]}" if code else f"$.tariffs: {one.path}"
            yield f"{place}: {fault_words(one)}"


def word_faults(data: Data) -> Iterator[str]:
    """The words of a member list stand for tariffs of this file, or for months."""
    codes = {one["code"] for one in data.get("tariffs", [])}
    for key, words in data.get("member_import", {}).items():
        path = f"member_import.{key}"
        if not isinstance(words, dict):
            yield _("$.%(key)s: a JSON object is expected") % {"key": path}
            continue
        for word, meaning in words.items():
            if key == "Zahlungsrhythmus" and not is_rhythm(meaning):
                yield _("$.%(key)s: a number of months is expected") % {"key": f"{path}.{word}"}
            elif key != "Zahlungsrhythmus" and (not isinstance(meaning, str) or meaning not in codes):
                yield _("$.%(key)s: no tariff has the code %(code)s") % {"key": f"{path}.{word}", "code": meaning}


def is_rhythm(value: object) -> bool:
    """Whole months; `true` is no number of them."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LONGEST_RHYTHM

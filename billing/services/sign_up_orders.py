"""One order: what is shown above the button is computed here, frozen with the application, and said in text form afterwards."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from billing.documents import mandate_words, withdrawal_words
from billing.documents.mails import listed
from billing.formats.iban import bank_name_of
from billing.models import Tariff
from billing.services import mandate_forms, quote_words, sign_up_words
from billing.services.numbering import canonical
from billing.services.quote_answers import Answer
from billing.services.sign_up import MEMBERSHIP, House, Offered, debit_creditor, is_minor
from billing.services.sign_up_quotes import Counter, Wish, allows, quote
from members.models import Member, Organisation

TO_WITHDRAW = timedelta(days=14)
Data = dict[str, Any]


def start_of(data: Mapping[str, Any]) -> date:
    """The first day of what was ordered."""
    return date.fromisoformat(data["start"])


def born(person: Mapping[str, Any]) -> date | None:
    """The date of birth that was typed, if one was."""
    return date.fromisoformat(person["date_of_birth"]) if person["date_of_birth"] else None


def signer(data: Mapping[str, Any]) -> str:
    """Who signs and pays: the guardian of somebody under 18, else the first one who joins."""
    return data["guardian"] or sign_up_words.full_name(dict(data))


def member_of(organisation: Organisation, data: Mapping[str, Any], language: str) -> Member:
    """The first one who joins, as a member that is not stored. Letters to somebody under 18 go to their guardian."""
    person, start = data["person"], start_of(data)
    return Member(
        organisation=organisation, kind=data["kind"], first_name=person["first_name"], last_name=person["last_name"],
        company=person["company"], date_of_birth=born(person), street=person["street"], postal_code=person["postal_code"],
        city=person["city"], email=person["email"], phone=person["phone"], language=language, joined_on=start,
        address_extra=_("c/o %(name)s") % {"name": data["guardian"]} if data["guardian"] else "",
    )  # fmt: skip


def household_of(organisation: Organisation, data: Mapping[str, Any], language: str) -> list[Member]:
    """The further people, at the same address, without an e-mail address of their own."""
    person = data["person"]
    return [
        Member(
            organisation=organisation, first_name=one["first_name"], last_name=one["last_name"], date_of_birth=born(one),
            street=person["street"], postal_code=person["postal_code"], city=person["city"], language=language,
            joined_on=start_of(data), delivery=Member.Delivery.LETTER,
        )
        for one in data["household"]
    ]  # fmt: skip


def wishes(tariff: Tariff, household: Tariff | None, data: Mapping[str, Any]) -> list[Wish]:
    """The contracts that the order asks for; the payer's comes first, and all are paid in one rhythm."""
    start, months = start_of(data), data["payment"]["months"]
    found = [Wish(tariff, start, months, sign_up_words.full_name(dict(data)))]
    names = [f"{person['first_name']} {person['last_name']}" for person in data["household"]]
    return found + [Wish(household, start, months, name) for name in names if household]


def shown(house: House, counter: Counter, one: Offered, data: Data) -> Data:
    """Everything that stands on the page above the button. Refuses what the run could not price."""
    if not allows(one.version, data["payment"]["months"]):
        raise ValidationError(_("This tariff cannot be paid in that rhythm."), code="months")
    mandate = mandate_of(house, counter, data)
    if data["payment"]["method"] == "debit" and mandate is None:
        raise ValidationError(_("Direct debit is not possible here any more. Please begin again."), code="no_debit")
    answer = quote(counter, wishes(one.row.tariff, one.row.household_tariff, data))
    language = counter.language
    withdrawal = sign_up_words.has_withdrawal(one.basis, data["kind"])
    return {
        "organisation": house.organisation.name, "basis": one.basis, "tariff": one.row.tariff.name, "text": one.row.text,
        "button": sign_up_words.button(one.basis), "answer": answer, "language": language,
        "facts": [[fact.label, fact.value, fact.note] for fact in sign_up_words.facts(answer)],
        "people": [list(row) for row in sign_up_words.people(data)],
        "payment": [list(row) for row in sign_up_words.payment(data)],
        "mandate": mandate, "texts": sign_up_words.texts(house, one.basis),
        "instruction": sign_up_words.instruction(house) if withdrawal else [],
        "model_form": withdrawal_words.model_form(house.organisation, language, one.row.tariff.name, counter.today.isoformat()) if withdrawal else [],
        "instruction_version": withdrawal_words.VERSION if withdrawal else "",
        "asks_early": withdrawal and start_of(data) < counter.today + TO_WITHDRAW,
        "sentences": sentences(house, one, data, withdrawal),
    }  # fmt: skip


def mandate_of(house: House, counter: Counter, data: Data) -> Data | None:
    """The mandate, if one is given."""
    paid = data["payment"]
    creditor = debit_creditor(house.organisation, counter.today)
    if paid["method"] != "debit" or creditor is None:
        return None
    member = member_of(house.organisation, data, counter.language)
    terms = mandate_forms.offered(creditor, member, paid["holder"], paid["iban"], counter.language)
    return sign_up_words.mandate_text(terms) | {"version": mandate_words.VERSION, "creditor": creditor.pk}


def sentences(house: House, one: Offered, data: Data, withdrawal: bool) -> dict[str, str]:
    """The declarations of the one who signs, in the first person; those of `people`, `mandate` and `early` are ticked."""
    name = house.organisation.name
    found = {"order": _("I order %(tariff)s of %(name)s.") % {"tariff": one.row.tariff.name, "name": name}}
    if one.basis == MEMBERSHIP:
        found["order"] = _("I declare that I join %(name)s under its statutes.") % {"name": name}
    minors = [full for full, birth in everybody(data) if is_minor(birth, start_of(data))]
    if minors and data["guardian"]:
        found["order"] = (
            _("As legal guardian I declare that %(minors)s joins %(name)s under its statutes.")
            if one.basis == MEMBERSHIP
            else _("As legal guardian I order for %(minors)s.")
        ) % {"minors": ", ".join(minors), "name": name}  # fmt: skip
    if spoken := people_sentence(data, minors):
        found["people"] = spoken
    if data["payment"]["method"] == "debit":
        found["mandate"] = _("I give this SEPA direct debit mandate for my own account.")
    if withdrawal:
        found["early"] = _(
            "I ask you to begin before the withdrawal period is over. I know that I then owe a share for what was provided, if I "
            "withdraw after you informed me of my right."
        )  # fmt: skip
    return found


def people_sentence(data: Data, minors: Sequence[str]) -> str:
    """What the one who signs says about the others: guardianship (BGB 1629), agreement, and that they pay."""
    parts = []
    if minors:
        parts.append(
            _(
                "I am a legal guardian of %(minors)s, consent to their joining, also on behalf of a second guardian, and pay the dues for them."
            )
            % {"minors": ", ".join(minors)}
        )
    adults = [f"{one['first_name']} {one['last_name']}" for one in data["household"]]
    adults = [name for name in adults if name not in minors]
    if adults:
        parts.append(_("%(adults)s agreed that I sign them up and pay for them.") % {"adults": ", ".join(adults)})
    return " ".join(parts)


def everybody(data: Mapping[str, Any]) -> list[tuple[str, date | None]]:
    """Name and date of birth of all who join."""
    rows = [(sign_up_words.full_name(dict(data)), born(data["person"]))]
    return rows + [(f"{one['first_name']} {one['last_name']}", born(one)) for one in data["household"]]


def digest(seen: Data) -> str:
    """Recognises what was on the page: another price or text makes another digest."""
    return hashlib.sha256(canonical(seen).encode()).hexdigest()


def words_of(seen: Data, agreed: Sequence[str]) -> str:
    """The order in text form: what was ordered, on which terms, with which declarations (BGB 312f Abs. 2, 312i Abs. 1 Nr. 4)."""
    facts = [(label, " – ".join(part for part in (value, note) if part)) for label, value, note in seen["facts"]]
    parts = [
        f"{seen['tariff']} – {seen['organisation']}", seen["text"], listed(facts), listed([(row[0], row[1]) for row in seen["people"]]),
        listed([(row[0], row[1]) for row in seen["payment"]]), *first_lines(seen["answer"]),
        seen["sentences"]["order"], *(seen["sentences"][name] for name in agreed),
        *(text_words(one) for one in seen["texts"]), *seen["instruction"], *form_words(seen),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def first_lines(answer: Answer) -> list[str]:
    """The lines of the first invoice, as they will be printed."""
    if not answer["first"]:
        return []
    rows = [f"  {name}: {text}: {quote_words.euro(amount)}" for name, text, amount in answer["first"]["lines"]]
    return ["\n".join([_("On your first invoice this reads:"), *rows])]


def text_words(one: Data) -> str:
    """A text with its version: its address, or all of it."""
    head = _("%(title)s, version of %(version)s") % {"title": one["title"], "version": one["version"]}
    return f"{head}: {one['url']}" if one["url"] and not one["text"] else f"{head}\n\n{one['text'].strip()}"


def form_words(seen: Data) -> list[str]:
    """The model form, its blanks below each other."""
    return ["\n".join(seen["model_form"])] if seen["model_form"] else []


def bank_of(iban: str) -> str:
    """The bank's name, where it is known."""
    return bank_name_of(iban) or ""

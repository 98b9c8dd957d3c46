"""What happens to a proof by the calendar: a reminder before it lapses, and the normal fee from the next period on after it.

The normal fee comes by an event of the contract, like every other change of tariff: quoted, stored, confirmed in writing.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.models import Contract, ContractEvent, Tariff
from billing.services import quote_words, quotes
from billing.services.invoicing import shown
from billing.services.mailing import tell_office
from billing.services.member_notes import note_change, tell_member
from billing.services.quote_answers import Answer, answer_to
from billing.services.quote_desk import course, open_desk
from members.models import Member, Organisation, Proof

CHANGE = str(ContractEvent.Kind.CHANGE_TARIFF)


def open_proofs(organisation: Organisation) -> QuerySet[Proof]:
    """Accepted, not yet lapsed, and not followed by one that holds longer."""
    later = Proof.objects.filter(member=OuterRef("member"), accepted=True, valid_until__gt=OuterRef("valid_until"))
    rows = Proof.objects.filter(organisation=organisation, accepted=True, lapsed_at=None)
    return rows.filter(~Exists(later)).select_related("member__organisation", "member__payer").order_by("pk")


def to_remind(organisation: Organisation, today: date) -> QuerySet[Proof]:
    """Those that lapse within the days that the organisation has set."""
    edge = today + timedelta(days=organisation.proof_reminder_days)
    return open_proofs(organisation).filter(valid_until__lte=edge, reminded_on=None)


def to_lapse(organisation: Organisation, today: date) -> QuerySet[Proof]:
    """Those that are over, whose member was told on an earlier day, and has no new proof waiting for the office."""
    waits = Proof.objects.filter(member=OuterRef("member"), decided_at=None)
    return open_proofs(organisation).filter(~Exists(waits), valid_until__lt=today, reminded_on__lt=today)


def is_due(organisation: Organisation, today: date) -> bool:
    """Whether there is anything to do today."""
    return to_remind(organisation, today).exists() or to_lapse(organisation, today).exists()


def remind(organisation: Organisation, today: date, now: datetime) -> int:
    """Tells each member what lapses, and what it then costs; gives how many."""
    rows = list(to_remind(organisation, today))
    for proof in rows:
        with transaction.atomic():
            if Proof.objects.filter(pk=proof.pk, reminded_on=None).update(reminded_on=today):
                write_reminder(proof, today, now)
    return len(rows)


def write_reminder(proof: Proof, today: date, now: datetime) -> None:
    """In time to send another proof."""
    member = proof.member
    with override(member.language):
        text = _("your proof “%(what)s” holds until %(day)s.") % {
            "what": proof.what_for,
            "day": shown(proof.valid_until),
        }
        after = "\n".join(what_follows(proof, today))
        offer = _("If you still have a claim to it, please send a new proof here: %(address)s") % {
            "address": f"{settings.PUBLIC_URL}/proofs/"}  # fmt: skip
        parts = [text, after, offer]
        subject = _("Your proof holds until %(day)s") % {"day": shown(proof.valid_until)}
        tell_member(member, "proof", f"proof:{proof.pk}:ends", subject, "\n\n".join(one for one in parts if one), now)


def what_follows(proof: Proof, today: date) -> Iterator[str]:
    """For each reduced contract: from when it costs what."""
    for contract, tariff in reduced(proof.member, today):
        answer = fallback_answer(contract, tariff, proof.valid_until, today)
        if answer:
            yield _("Without a new proof the tariff %(tariff)s holds from %(day)s on: %(amount)s.") % {
                "tariff": tariff.name, "amount": quote_words.steps(answer["new"]["steps"]),
                "day": quote_words.day(answer["effective"])}  # fmt: skip


def reduced(member: Member, today: date) -> list[tuple[Contract, Tariff]]:
    """The running contracts of a member whose tariff needs a proof, each with the tariff that it falls back to."""
    rows = list(Contract.objects.filter(member=member).select_related("organisation", "tariff", "member__payer"))
    standing = quotes.standings(member.organisation, rows, today) if rows else {}
    return [
        (one, held.tariff.falls_back_to)
        for one in rows
        for held in [standing[one.pk]]
        if held.tariff.falls_back_to and (held.ends is None or held.ends > today)
    ]


def fallback_answer(contract: Contract, tariff: Tariff, last_day: date, today: date) -> Answer | None:
    """What the change would bring; nothing if it cannot be."""
    try:
        return answer_to(contract, wish(tariff), max(last_day, contract.start), today)
    except ValidationError:
        return None


def wish(tariff: Tariff) -> dict[str, str]:
    """The normal tariff from the next period on."""
    return {CHANGE: tariff.code, "when": "period_end"}


def lapse(organisation: Organisation, today: date, now: datetime) -> int:
    """The normal fee for those whose proof is over; gives how many contracts changed. Proofs that a later one follows are closed."""
    followed = Proof.objects.filter(organisation=organisation, accepted=True, lapsed_at=None, valid_until__lt=today)
    followed.exclude(pk__in=open_proofs(organisation).values("pk")).update(lapsed_at=now)
    return sum(lapse_one(proof, today, now) for proof in list(to_lapse(organisation, today)))


@transaction.atomic
def lapse_one(proof: Proof, today: date, now: datetime) -> int:
    """Once per proof, all its contracts or none."""
    if not Proof.objects.filter(pk=proof.pk, lapsed_at=None).update(lapsed_at=now):
        return 0
    return sum(fall_back(proof, contract, tariff, today, now) for contract, tariff in reduced(proof.member, today))


def fall_back(proof: Proof, contract: Contract, tariff: Tariff, today: date, now: datetime) -> int:
    """The event on one contract. Where another change waits, or it cannot be entered, a person decides."""
    desk = open_desk(contract, today)
    if quotes.waits(course(desk, desk.events), today):
        told(proof, contract, _("Another change of tariff waits on it already."), now)
        return 0
    try:
        quote = quotes.quote_for(contract, wish(tariff), max(proof.valid_until, contract.start), now)
        quotes.confirm(quote, None, now)
    except ValidationError as refused:
        told(proof, contract, " ".join(refused.messages), now)
        return 0
    words = f"{quote_words.headline(quote.answer)}, {quote_words.day(quote.answer['effective'])}"
    note_change(proof.member, _("Proof lapsed: %(what)s") % {"what": proof.what_for}, words, None, now)
    return 1


def told(proof: Proof, contract: Contract, why: str, now: datetime) -> None:
    """The treasurers, where the normal fee could not be entered."""
    subject = _("Proof lapsed, fee unchanged: %(member)s") % {"member": proof.member}
    text = f"{contract.tariff.name}: {why}\n\n{settings.PUBLIC_URL}/office/contracts/{contract.pk}/\n"
    tell_office(proof.organisation, f"lapsed:{proof.pk}:{contract.pk}", subject[:200], text, now)

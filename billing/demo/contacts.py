"""What was said in the demo: a call, an answered question, one that waits, and an address that takes no mail."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from billing.models import Mail
from billing.services import bounces, contact_history, questions
from members.models import ContactEntry, Member, Organisation, User

UNKNOWN = "550 5.1.1 user unknown"


def seed_contacts(organisation: Organisation, users: Mapping[str, User], now: datetime) -> None:
    """Through the same doors as in the product."""
    member = Member.objects.filter(organisation=organisation, user=users["member"]).order_by("pk")[0]
    talk(member, users, now)
    gone = Member.objects.filter(organisation=organisation, user=None).exclude(email="").order_by("pk")[0]
    latest = Mail.objects.filter(member=gone, state="sent").order_by("-pk").first()
    bounces.record(organisation, gone.email, UNKNOWN, now - timedelta(days=2), latest)


def talk(member: Member, users: Mapping[str, User], now: datetime) -> None:
    """One member, three conversations."""
    office, asks = users["office"], users["member"]
    contact_history.note(
        member, ContactEntry.Kind.CALL, "Wechsel der Sparte",
        "Möchte ab Frühjahr vom Turnen zum Handball. Unterlagen zugesagt.", office, now - timedelta(days=20),
    )  # fmt: skip
    answered = questions.ask(
        member, asks, "Neue Anschrift", "Guten Tag, wir sind umgezogen. Können Sie die neue Anschrift eintragen?\n\nHafenstraße 12",
        "", now - timedelta(days=9),
    )  # fmt: skip
    questions.answer(
        answered, office, "Vielen Dank, die neue Anschrift steht jetzt bei uns.", answered.pk, now - timedelta(days=8)
    )
    questions.ask(
        member, asks, "Beitrag meiner Tochter", "Ab wann gilt der Beitrag für Jugendliche? Sie wird im März 14.", "",
        now - timedelta(days=3),
    )  # fmt: skip

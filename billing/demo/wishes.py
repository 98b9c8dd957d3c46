"""What the demo's members sent and are asked: a proof that holds, one that waits for the office, and consents."""

import io
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from reportlab.lib.pagesizes import A5
from reportlab.pdfgen.canvas import Canvas

from billing.models import Contract
from billing.services import proofs
from members import consenting
from members.models import Consent, ConsentText, Member, Organisation, Proof, User

SOON, A_YEAR = timedelta(days=21), timedelta(days=300)
PHOTOS = (
    "Fotos auf der Website",
    "Ich bin einverstanden, dass der Verein Fotos von Regatten und Festen, auf denen ich zu erkennen bin, auf seiner Website zeigt. "
    "Ich kann das jederzeit hier zurücknehmen; die Fotos werden dann entfernt.",
)
NEWS = (
    "Neuigkeiten per E-Mail",
    "Ich möchte etwa einmal im Monat von neuen Tarifen und Angeboten lesen. Ich kann das jederzeit hier zurücknehmen.",
)
AGREED = 12


def seed_wishes(organisation: Organisation, users: Mapping[str, User], today: date, now: datetime) -> None:
    """Through the same doors as in the product."""
    one = Member.objects.filter(organisation=organisation, user=users["member"]).order_by("pk")[0]
    accepted = send(one, "Ausbildung", today + SOON, now - timedelta(days=160))
    proofs.accept(accepted, accepted.valid_until, users["office"], now - timedelta(days=158))
    reduced = Contract.objects.filter(organisation=organisation, tariff__code="STU").exclude(member=one).order_by("pk")
    send(reduced.select_related("member")[0].member, "Studium", today + A_YEAR, now - timedelta(days=2))
    ask_for(organisation, PHOTOS, now - timedelta(days=90))


def send(member: Member, what: str, until: date, at: datetime) -> Proof:
    """A paper with a stamp."""
    return proofs.send(member, what, until, [("Bescheinigung.pdf", paper(what, member.name))], member.user, at)


def paper(what: str, name: str) -> bytes:
    """An invented certificate of one page."""
    out = io.BytesIO()
    canvas = Canvas(out, A5, invariant=True)
    canvas.setFont("Helvetica-Bold", 16)
    canvas.drawString(50, 520, f"Bescheinigung: {what}")
    canvas.setFont("Helvetica", 11)
    canvas.drawString(50, 480, f"Hiermit wird bestätigt, dass {name} eingeschrieben ist.")
    canvas.drawString(50, 460, "Eine erfundene Bescheinigung zur Probe.")
    canvas.save()
    return out.getvalue()


def ask_for(organisation: Organisation, what: tuple[str, str], since: datetime) -> None:
    """A purpose that members are asked about; some of those without a sign-in have agreed on paper."""
    purpose = consenting.write(organisation, *what, since)
    text = ConsentText.objects.get(purpose=purpose)
    people = Member.objects.filter(organisation=organisation, user=None, payer=None).order_by("pk")[:AGREED]
    Consent.objects.bulk_create(
        Consent(
            organisation=organisation, member=one, purpose=purpose, text=text, given_at=since + timedelta(days=place),
            given_how={"by": "office", "how": "auf dem Aufnahmeantrag"},
        )
        for place, one in enumerate(people)
    )  # fmt: skip

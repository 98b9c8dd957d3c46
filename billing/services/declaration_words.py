"""What a sender is told in text form: the receipt with content, day and time (BGB 312k Abs. 4, 356a Abs. 4), and the office's answer."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.figures import long_day
from billing.documents.mails import listed
from billing.models import Declaration, Mail
from billing.services import quote_words
from billing.services.quote_answers import Answer
from members.models import Organisation

CANCEL = Declaration.Kind.CANCEL


def title(declaration: Declaration) -> str:
    """What it is, in the active language."""
    if declaration.kind == CANCEL:
        return _("Cancellation for good cause") if declaration.extraordinary else _("Cancellation")
    return _("Withdrawal")


def moment(at: datetime) -> tuple[str, str]:
    """Day and time of receipt, to the second."""
    local = timezone.localtime(at)
    return str(date_format(local, "DATE_FORMAT")), str(time_format(local, "H:i:s"))


def facts(declaration: Declaration) -> list[tuple[str, str]]:
    """Everything that was stated, and when it was received."""
    day, time = moment(declaration.received_at)
    found = [
        (_("Declaration"), title(declaration)), (_("Declared to"), declaration.organisation.name), (_("Name"), declaration.name),
        (_("Contract"), declaration.about), (_("End"), end(declaration)), (_("Reason"), declaration.reason),
        (_("Confirmation to"), declaration.email), (_("Received on"), day), (_("Received at"), time),
    ]  # fmt: skip
    return [(label, value) for label, value in found if value]


def end(declaration: Declaration) -> str:
    """The day that was wished for; without one a cancellation means the earliest possible."""
    if declaration.kind != CANCEL:
        return ""
    return (
        shown(declaration.wished_on, declaration.language)
        if declaration.wished_on
        else _("at the earliest possible time")
    )


def shown(day: date, language: str) -> str:
    """A day, written out."""
    return long_day(day.isoformat(), language)


def frozen(declaration: Declaration) -> str:
    """The text that is kept and confirmed, in the sender's language."""
    with override(declaration.language):
        return listed(facts(declaration)) + "\n"


def receipt(declaration: Declaration) -> Mail:
    """The receipt, sent at once; the same words for everybody, whether a contract is found or not."""
    with override(declaration.language):
        subject = _("Received: %(what)s – %(organisation)s") % {
            "what": title(declaration), "organisation": declaration.organisation.name}  # fmt: skip
        text = "\n\n".join([
            _("Hello %(name)s,") % {"name": declaration.name}, _("we confirm that we have received this declaration:"),
            declaration.text.rstrip("\n"), what_follows(declaration), _("Kind regards"), declaration.organisation.name,
        ])  # fmt: skip
    return mail(declaration, "receipt", subject, text + "\n")


def what_follows(declaration: Declaration) -> str:
    """What the sender may expect."""
    if declaration.kind == CANCEL:
        return _("We tell you the day on which the contract ends as soon as your declaration is assigned to it.")
    return _("We tell you what comes back as soon as your declaration is assigned to your contract.")


def entered(declaration: Declaration, answer: Answer) -> Mail:
    """What became of it, to an address that the member is not known by: the contract and its end, and nothing more."""
    with override(declaration.language):
        subject = _("Your declaration of %(day)s – %(organisation)s") % {
            "day": moment(declaration.received_at)[0], "organisation": declaration.organisation.name}  # fmt: skip
        end = quote_words.facts(answer)[0]
        text = "\n\n".join([
            _("Hello %(name)s,") % {"name": declaration.name}, _("we have entered your declaration: %(what)s.") % {
                "what": quote_words.headline(answer)}, listed([(end.label, end.value)]), _("You had declared:"),
            declaration.text.rstrip("\n"), _("Kind regards"), declaration.organisation.name,
        ])  # fmt: skip
    return mail(declaration, "entered", subject, text + "\n")


def answered(declaration: Declaration) -> Mail:
    """What the office answers instead of entering it."""
    with override(declaration.language):
        subject = _("Your declaration of %(day)s – %(organisation)s") % {
            "day": moment(declaration.received_at)[0], "organisation": declaration.organisation.name}  # fmt: skip
        text = "\n\n".join([
            _("Hello %(name)s,") % {"name": declaration.name}, declaration.answer, _("You had declared:"),
            declaration.text.rstrip("\n"), _("Kind regards"), declaration.organisation.name,
        ])  # fmt: skip
    return mail(declaration, "answer", subject, text + "\n")


def mail(declaration: Declaration, what: str, subject: str, text: str) -> Mail:
    """To the address that the sender gave; once for each cause."""
    at = declaration.settled_at or declaration.received_at
    return Mail(
        organisation=declaration.organisation, key=f"declaration:{declaration.pk}:{what}", kind="declaration",
        recipient=declaration.email, subject=" ".join(subject.split())[:200], text=text, created_at=at, next_at=at,
    )  # fmt: skip


def waits(organisation: Organisation, count: int, address: str) -> tuple[str, str]:
    """What the office reads when something waits for it."""
    with override(organisation.language):
        subject = _("A cancellation or withdrawal waits for you")
        text = _("%(count)s declarations wait to be assigned to a contract or answered: %(address)s\n") % {
            "count": count, "address": address}  # fmt: skip
    return subject, text

"""In place of a mail server: every message is kept and shown in the office. For the demo and for tests."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from billing.services import caught


class CatchingBackend(BaseEmailBackend):
    """Sends nothing."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keeps each message as its bytes would have gone to the server."""
        now = timezone.now()
        for message in email_messages:
            caught.keep(message, now)
        return len(email_messages)

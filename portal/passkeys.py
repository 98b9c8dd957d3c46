"""Adding a passkey: what most people want is ticked, and in words that need no knowledge of keys."""

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django.utils.translation import gettext_lazy


class PasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A passkey signs in by itself unless its owner wants it as second factor only; the box is ticked from the start."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        name, alone = self.fields["name"], self.fields["passwordless"]
        name.label = gettext_lazy("What shall we call it?")
        name.help_text = gettext_lazy("So that you know it again in the list, such as: my phone")
        alone.initial = True
        alone.label = gettext_lazy("Sign in with it alone, without code and password")
        alone.help_text = gettext_lazy(
            "Your device then asks for your finger, your face or a PIN. Not ticked, it only counts after code or password."
        )

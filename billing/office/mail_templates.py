"""The organisation's own words for its mails, with a preview on its own data that follows while somebody writes."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from billing.documents.mail_words import KINDS, Words
from billing.models import MailTemplate
from billing.office.access import office, organisation_of, page
from billing.services import mail_samples, mail_templates
from members.models import Organisation, User

LANGUAGES = dict(Organisation._meta.get_field("language").choices or ())


class WordsForm(forms.Form):
    """Subject and text; every rule is the service's, so that it is told the same way everywhere."""

    subject = forms.CharField(
        label=gettext_lazy("Subject"), required=False, strip=False, widget=forms.TextInput(attrs={"class": "entry wide"})
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("Text"), required=False, strip=False, widget=forms.Textarea(attrs={"class": "entry wide", "rows": 18})
    )  # fmt: skip

    @property
    def words(self) -> Words:
        """What was written."""
        return Words(self.cleaned_data["subject"], self.cleaned_data["text"])


@office("billing.view_mailtemplate")
def texts(request: HttpRequest) -> HttpResponse:
    """Every kind of mail in every language, and whose words apply."""
    own = mail_templates.templates_of(organisation_of(request))
    labels = dict(MailTemplate.Kind.choices)
    rows = [
        (kind, labels[kind], [(code, name, (kind, code) in own) for code, name in LANGUAGES.items()]) for kind in KINDS
    ]
    return page(request, "office/mail_texts.html", _("Texts of mails"), {"rows": rows})


def refuse_unknown(kind: str, language: str) -> None:
    """A mail that does not exist has no text."""
    if kind not in KINDS or language not in LANGUAGES:
        raise Http404


@office("billing.view_mailtemplate")
def text(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """One text with its placeholders and its preview."""
    refuse_unknown(kind, language)
    organisation = organisation_of(request)
    words = mail_templates.words_of(organisation, kind, language)
    form = WordsForm(request.POST or None, initial={"subject": words.subject, "text": words.text})
    if request.method == "POST" and stored(request, kind, language, form):
        messages.success(request, _("Stored. Every mail that is written from now on says this."))
        return redirect("office_mail_text", kind, language)
    seen = form.words if form.is_bound and form.is_valid() else words
    context: dict[str, Any] = {
        "form": form, "kind": kind, "language_of_mail": language, "mail_name": dict(MailTemplate.Kind.choices)[kind],
        "language_name": LANGUAGES[language], "own": MailTemplate.objects.filter(organisation=organisation, kind=kind, language=language).exists(),
        "placeholders": placeholders_of(kind), **seen_as(organisation, kind, language, seen),
    }  # fmt: skip
    return page(request, "office/mail_text.html", _("Texts of mails"), context)


def placeholders_of(kind: str) -> list[tuple[str, Any, bool]]:
    """Each with what it stands for, and whether it must stay."""
    known = KINDS[kind]
    return [(f"{{{name}}}", label, name in known.needed) for name, label in known.placeholders.items()]


def stored(request: HttpRequest, kind: str, language: str, form: WordsForm) -> bool:
    """Stores the words; a refusal is shown at the form."""
    if not request.user.has_perm("billing.change_mailtemplate"):
        raise PermissionDenied
    if not form.is_valid():
        return False
    user = request.user if isinstance(request.user, User) else None
    try:
        mail_templates.store(organisation_of(request), kind, language, form.words, user)
    except ValidationError as refused:
        form.add_error(None, refused)
        return False
    return True


def seen_as(organisation: Organisation, kind: str, language: str, words: Words) -> dict[str, Any]:
    """What the preview shows: the mail, or what is wrong with the words."""
    sample = mail_samples.sample(organisation, kind, language)
    try:
        mail_templates.refuse_faulty(kind, words)
        mail = mail_templates.written({(kind, language): words}, kind, language, sample.values)
    except ValidationError as refused:
        return {"faults": refused.messages, "sample": sample}
    return {"mail": mail, "sample": sample}


@require_POST
@office("billing.view_mailtemplate")
def preview(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """The preview alone, of words that are not stored."""
    refuse_unknown(kind, language)
    form = WordsForm(request.POST)
    words = form.words if form.is_valid() else Words("", "")
    return render(request, "office/_mail_preview.html", seen_as(organisation_of(request), kind, language, words))


@require_POST
@office("billing.change_mailtemplate")
def forget(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """Back to our words."""
    refuse_unknown(kind, language)
    mail_templates.forget(organisation_of(request), kind, language)
    messages.success(request, _("The standard text applies again."))
    return redirect("office_mail_text", kind, language)

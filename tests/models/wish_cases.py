"""How each rule about the wishes of members is broken once; `test_constraints` does it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import Model

from billing.models import Tariff
from members.models import Consent, ConsentPurpose, ConsentText, DataChange, ErasureRequest, Proof, ProofFile
from tests.models.rows import LATER, NOON, row

Step = Callable[[], object]


def twice(model: type[Model], *names: str) -> Callable[[], Step]:
    """The second row equals the first in these fields."""

    def prepare() -> Step:
        first = row(model)
        return lambda: row(model, **{name: getattr(first, name) for name in names})

    return prepare


def wrong(model: type[Model], **broken: Any) -> Callable[[], Step]:
    """The same row without the broken fields is accepted."""

    def prepare() -> Step:
        row(model)
        return lambda: row(model, **broken)

    return prepare


def falls_back_to_itself() -> Step:
    tariff = row(Tariff)
    return lambda: Tariff.objects.filter(pk=tariff.pk).update(falls_back_to=tariff.pk)


WISH_CASES: dict[str, Callable[[], Step]] = {
    "tariff_falls_back_to_another": falls_back_to_itself,
    "data_change_one_waits_per_kind": twice(DataChange, "member"),
    "data_change_gives_its_reason": wrong(DataChange, reason=""),
    "data_change_refused_with_an_answer": wrong(DataChange, decided_at=NOON, accepted=False),
    "proof_says_what_for": wrong(Proof, what_for=""),
    "proof_refused_with_an_answer": wrong(Proof, decided_at=NOON, accepted=False),
    "proof_lapses_only_if_accepted": wrong(Proof, lapsed_at=NOON),
    "proof_file_once": twice(ProofFile, "proof", "sha256"),
    "erasure_request_one_waits": twice(ErasureRequest, "member"),
    "erasure_request_decided_with_an_answer": wrong(ErasureRequest, decided_at=NOON, accepted=True),
    "erasure_request_purges_what_was_accepted": wrong(
        ErasureRequest, decided_at=NOON, accepted=False, answer="No.", purge_on=LATER
    ),
    "consent_purpose_once": twice(ConsentPurpose, "name"),
    "consent_text_number_once": twice(ConsentText, "purpose"),
    "consent_text_says_something": wrong(ConsentText, text=""),
    "consent_one_holds_per_purpose": twice(Consent, "member", "purpose"),
    "consent_is_withdrawn_after_it_was_given": wrong(Consent, withdrawn_at=NOON - timedelta(days=1)),
}

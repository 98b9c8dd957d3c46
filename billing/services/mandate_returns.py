"""What a debit that failed means for its mandate (table in `formats/return_reasons.py`), and how that is taken back.

A return and a rejection with the same code mean the same: a closed account is closed whoever says so.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import QuerySet

from billing.formats.return_reasons import ends_mandate, reason_of
from billing.models import Collection, Mandate

Failure = tuple[int, str, date]  # debit, the bank's code, its day
FAILED = ("returned", "rejected")


def change_mandates(failures: Sequence[Failure]) -> None:
    """A mandate ends or waits, as the code says; one that ended before stays as it is. The debits are noted as failed already."""
    rows = Collection.objects.filter(pk__in=[debit for debit, _code, _day in failures])
    mandates = dict(rows.values_list("pk", "mandate_id"))
    codes = codes_of(set(mandates.values()))
    for debit, code, day in failures:
        alive = Mandate.objects.filter(pk=mandates[debit], ended_on=None)
        if ends_mandate([known for _pk, known in codes[mandates[debit]]]):
            alive.update(ended_on=day, ended_as=Mandate.End.RETURNED)
        elif reason_of(code).mandate == "suspend":
            alive.filter(suspended_on=None).update(suspended_on=day)


def codes_of(mandates: Iterable[int]) -> dict[int, list[tuple[int, str]]]:
    """By mandate: the codes with which its debits failed so far, oldest first."""
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    rows = Collection.objects.filter(mandate__in=list(mandates), failed_as__in=FAILED, part_of=None)
    for mandate, pk, code in rows.order_by("failed_on", "pk").values_list("mandate_id", "pk", "return_reason"):
        found[mandate].append((pk, code))
    return found


def give_back(debits: QuerySet[Collection]) -> None:
    """These debits did not come back after all: what their return did to a mandate is undone, unless another return did it too.

    A mandate whose payer has given another one since stays ended. Asked before the debits are noted as alive again.
    """
    returned = list(debits.filter(part_of=None).values_list("pk", "mandate_id", "invoice__payer_id", "failed_on"))
    codes = codes_of({mandate for _pk, mandate, _payer, _day in returned})
    back = {pk for pk, _mandate, _payer, _day in returned}
    for _pk, mandate, _payer, day in returned:
        rest = [code for pk, code in codes[mandate] if pk not in back]
        rows = Mandate.objects.filter(pk=mandate)
        if not any(ends_mandate(rest[: place + 1]) for place in range(len(rest))):
            taken = Mandate.objects.filter(member__in=rows.values("member"), ended_on=None).exclude(pk=mandate)
            ended = rows.filter(ended_as=Mandate.End.RETURNED, ended_on=day)
            if not taken.exists():
                ended.update(ended_on=None, ended_as="")
        if not any(reason_of(code).mandate == "suspend" for code in rest):
            rows.filter(suspended_on=day).update(suspended_on=None)

"""Which claim a line of the bank statement pays. Pure: it sees only what it is given, and every line once, in order.

EndToEndId, then mandate and amount, then the reference of an instalment agreement, then creditor reference or invoice number
in the text, then account and amount, then name. A `certain` proposal books itself; every other one says by which rule it was found and waits for a person. What a
proposal takes is gone for the next line, so two payments never pay the same claim.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal

from billing.pricing.money import ZERO
from billing.services.matching_facts import Claim, Debit, Due, Known, Line, Part, Proposal
from billing.services.text_search import carried_in, numbers_in, words_of

BOOKED_WITHIN = timedelta(days=5)
DEBITS_CREDITED = ("+171+", "+174+", "+192+", "+196+", "IDDT-")
OWN_FEES = ("+805+", "+808+", "+809+", "CHRG", "COMM", "FEES")


def propose_all(lines: Iterable[Line], known: Known) -> Iterator[Proposal]:
    """A proposal per line for which there is one; the certain ones first, so that a guess never takes what somebody else proves."""
    waiting = []
    for line in lines:
        found = propose(line, known)
        if found is None or not found.certain:
            waiting.append(line)
            continue
        known.take(found)
        yield found
    for line in waiting:
        found = propose(line, known)
        if found is not None:
            known.take(found)
            yield found


def propose(line: Line, known: Known) -> Proposal | None:
    """What a line settles, or nothing."""
    rules = INCOMING if line.amount > 0 else OUTGOING
    return next((found for rule in rules if (found := rule(line, known)) is not None), None)


def by_debit(line: Line, known: Known) -> Proposal | None:
    """One direct debit that was credited by itself: its EndToEndId, or its mandate and amount."""
    rule, found = "end_to_end_id", known.debits.get(line.end_to_end_id)
    if found is None:
        rule = "mandate"
        same = [one for one in known.debits_by_mandate.get(line.mandate_reference, ()) if one.amount == line.amount]
        waiting = [one for one in same if not one.credited and ("payment", one.pk) not in known.used]
        found = waiting[0] if len(waiting) == 1 else None
    if found is None or line.returned or found.amount != line.amount:
        return None
    if found.credited or ("payment", found.pk) in known.used:
        return None
    parts = (Part("payment", one.amount, found.payer, one.invoice, collection=one.collection) for one in found.shares)
    return Proposal(line.pk, rule, True, tuple(parts))


def by_file(line: Line, known: Known) -> Proposal | None:
    """A whole file that was credited as one sum, named by its message id."""
    named = line.batch_reference.removesuffix("P1")
    found = next((one for one in known.files if named and one.message_id == named), None)
    return Proposal(line.pk, "file", True, file=found.pk) if found and found.amount == line.amount else None


def by_file_sum(line: Line, known: Known) -> Proposal | None:
    """A whole file by its sum and day; certain if the bank says that debits were credited and only one file fits."""
    near = [
        one for one in known.files if one.amount == line.amount and abs(one.collection_date - line.booked_on) <= BOOKED_WITHIN
    ]  # fmt: skip
    if len(near) != 1 or line.iban or line.returned:
        return None
    certain = line.batch_count is not None or any(code in f"{line.bank_code}+" for code in DEBITS_CREDITED)
    return Proposal(line.pk, "file_sum", certain, file=near[0].pk)


def by_agreement(line: Line, known: Known) -> Proposal | None:
    """An instalment: its agreement is named in the text. Certain if it is the next one to the cent."""
    text = " ".join((line.creditor_reference, line.end_to_end_id, line.remittance)).upper()
    found = next((one for one in known.agreements.values() if one.reference in text), None)
    return None if found is None or line.returned else instalment(line, "agreement", found, known)


def instalment(line: Line, rule: str, due: Due, known: Known) -> Proposal | None:
    """A payment on an agreement: it pays the agreement's claims in order, costs first; the rest stands to the payer's credit."""
    left, parts = line.amount, list[Part]()
    claims = [known.claims[pk] for pk in due.invoices if pk in known.claims]
    for claim in claims:
        these = list(parts_of(claim, True, left)) if left > 0 else []
        left -= sum((part.amount for part in these), ZERO)
        parts += these
    if not parts:
        return None
    hints = hints_of(claims)
    if left > 0:
        parts.append(Part("advance", left, due.payer))
        hints = ("more", *hints)
    certain = line.amount == due.amount and not hints
    return Proposal(line.pk, rule, certain, tuple(parts), hints=hints)


def by_lost(line: Line, known: Known) -> Proposal | None:
    """Money after all: the text names one claim of which nothing is owed any more but what was written off."""
    text = " ".join((line.creditor_reference, line.end_to_end_id, line.remittance))
    numbers = [number for number in numbers_in(text, known.number_pattern) if number in known.by_number]
    claim = known.claims[known.by_number[numbers[0]]] if len(numbers) == 1 else None
    if claim is None or line.returned or claim.owed or not claim.lost:
        return None
    left, parts = line.amount, list[Part]()
    for cost, lost in claim.lost:
        amount = min(left, lost)
        left -= amount
        if amount > 0:
            parts.append(Part("payment", amount, claim.payer, claim.invoice, ancillary=cost))
    if left > 0:
        parts.append(Part("advance", left, claim.payer))
    return Proposal(line.pk, "written_off", False, tuple(parts), hints=("more",) if left > 0 else ())


def by_number(line: Line, known: Known) -> Proposal | None:
    """Creditor reference or invoice numbers in the text. Certain if the amount is what these invoices come to."""
    text = " ".join((line.creditor_reference, line.end_to_end_id, line.remittance))
    numbers = dict.fromkeys([*numbers_in(text, known.number_pattern), *carried_in(text, known.carried)])
    claims = [known.claims[known.by_number[number]] for number in numbers if number in known.by_number]
    if not claims or line.returned:
        return None
    return exactly(line, "number", claims, True) or spread(line, "number", claims, known)


def exactly(line: Line, rule: str, claims: list[Claim], certain: bool) -> Proposal | None:
    """The amount is what these claims come to, with their costs or (the payer chose so) without."""
    hints = hints_of(claims)
    for costs in (True, False):
        if sum((claim.owed if costs else claim.open for claim in claims), ZERO) == line.amount:
            parts = tuple(part for claim in claims for part in parts_of(claim, costs))
            return Proposal(line.pk, rule, certain and not hints, parts, hints=hints) if parts else None
    return None


def hints_of(claims: Iterable[Claim]) -> tuple[str, ...]:
    """What a person must see before accepting."""
    return ("in_collection",) if any(claim.in_collection for claim in claims) else ()


def parts_of(claim: Claim, costs: bool, most: Decimal | None = None) -> Iterator[Part]:
    """The parts that pay a claim, costs and interest before the principal; at most `most` EUR."""
    left = claim.owed if most is None else most
    for cost in claim.costs if costs else ():
        amount = min(left, cost.amount)
        left -= amount
        if amount:
            yield Part("payment", amount, claim.payer, claim.invoice, ancillary=cost.pk)
    if min(left, claim.open) > 0:
        yield Part("payment", min(left, claim.open), claim.payer, claim.invoice)


def spread(line: Line, rule: str, claims: list[Claim], known: Known) -> Proposal | None:
    """Less or more than these claims: pays them in order, then what else the payer owes; the rest stands to their credit."""
    payers = {claim.payer for claim in claims}
    if len(payers) > 1 and sum((claim.owed for claim in claims), ZERO) < line.amount:
        return None
    others = [claim for claim in known.open_of(payers) if claim not in claims]
    left, parts = line.amount, list[Part]()
    for claim in [claim for claim in claims if claim.owed > 0] + others:
        these = list(parts_of(claim, True, left)) if left > 0 else []
        left -= sum((part.amount for part in these), ZERO)
        parts += these
    if left > 0:
        parts.append(Part("advance", left, claims[0].payer))
    hint = "more" if left > 0 else "less" if len(parts) == 1 else "several"
    return Proposal(line.pk, rule, False, tuple(parts), hints=(hint, *hints_of(claims)))


def by_account(line: Line, known: Known) -> Proposal | None:
    """The account is known: one claim of this amount, or all that is owed from there; otherwise in order, to be looked at."""
    payers = known.payers_by_iban.get(line.iban, []) if line.iban else []
    return None if line.returned else from_payers(line, "account", payers, known, certain=True)


def by_name(line: Line, known: Known) -> Proposal | None:
    """The payer's name, or a name in the text."""
    if line.returned:
        return None
    for text in (line.name, line.remittance):
        words = words_of(text)
        payers = [
            payer for first in words for second in words if first < second
            for payer in known.payers_by_name.get(frozenset((first, second)), ())
        ]  # fmt: skip
        found = from_payers(line, "name", payers, known, certain=False)
        if found:
            return found
    return None


def from_payers(line: Line, rule: str, payers: list[int], known: Known, certain: bool) -> Proposal | None:
    """What a payment of these payers settles."""
    owed = known.open_of(payers)
    if not owed:
        return credit_of(line, rule, payers)
    agreed = known.agreed_by.get(payers[0]) if len(set(payers)) == 1 else None
    if agreed and line.amount == agreed.amount:
        found = instalment(line, rule, agreed, known)
        return found._replace(certain=found.certain and certain) if found else None
    same = [claim for claim in owed if line.amount in (claim.owed, claim.open)]
    if len(same) == 1:
        return exactly(line, rule, same, certain)
    if same:
        found = exactly(line, rule, same[:1], False)
        namesakes = len({claim.payer for claim in same}) > 1
        return found._replace(hints=(*found.hints, "namesakes")) if found and namesakes else found
    everything = exactly(line, rule, owed, False)
    if everything:
        return everything
    return spread(line, rule, owed, known) if len(set(payers)) == 1 else None


def credit_of(line: Line, rule: str, payers: list[int]) -> Proposal | None:
    """Nothing is owed: the money stands to the payer's credit, if somebody agrees."""
    if len(set(payers)) != 1:
        return None
    return Proposal(line.pk, rule, False, (Part("advance", line.amount, payers[0]),), hints=("nothing_owed",))


def payout_back(line: Line, known: Known) -> Proposal | None:
    """A payout that could not be carried out comes back."""
    found = known.payouts.get(line.end_to_end_id) if line.returned else None
    if found is None or found.amount != line.amount:
        return None
    return Proposal(line.pk, "payout_back", False, (Part("payout", line.amount, found.payer, payout=found.pk),))


def by_return(line: Line, known: Known) -> Proposal | None:
    """A debit comes back: the claim, and what the bank keeps for it. Only whole debits come back; less is left to a person."""
    found = returned_debit(line, known)
    if found is None:
        return None
    rule, debit = found
    if debit.amount > -line.amount or debit.returned or ("return", debit.pk) in known.used:
        return None
    parts = tuple(return_parts(line, debit))
    return Proposal(line.pk, rule, False, parts, reason=line.return_reason, hints=("return",))


def return_parts(line: Line, debit: Debit) -> Iterator[Part]:
    """The whole debit, claim by claim, and the rest of the line as the bank's one fee for it."""
    for share in debit.shares:
        yield Part("return", -share.amount, debit.payer, share.invoice, collection=share.collection)
    if line.amount + debit.amount:
        yield Part("fee", line.amount + debit.amount, debit.payer, collection=debit.pk)


def returned_debit(line: Line, known: Known) -> tuple[str, Debit] | None:
    """Which debit: by its EndToEndId, there or in the text; else by mandate and amount; one that was credited first."""
    words = (line.end_to_end_id, *line.remittance.replace("+", " ").split())
    named = next((known.debits[word] for word in words if word in known.debits), None)
    if named is not None:
        return "end_to_end_id", named
    if not line.returned:
        return None
    amount = line.original_amount or -line.amount - (line.charges or ZERO)
    same = [one for one in known.debits_by_mandate.get(line.mandate_reference, ()) if one.amount == amount]
    open_ones = [one for one in same if not one.returned and ("return", one.pk) not in known.used]
    return ("mandate", open_ones[-1]) if open_ones else None


def by_payout(line: Line, known: Known) -> Proposal | None:
    """A payout, or a whole file of them."""
    one = known.payouts.get(line.end_to_end_id)
    if one and one.amount == -line.amount and ("payout", one.pk) not in known.used:
        return Proposal(line.pk, "payout", True, (Part("payout", line.amount, one.payer, payout=one.pk),))
    file = known.payout_files.get(line.batch_reference) or known.payout_files.get(
        line.batch_reference.removesuffix("P1")
    )
    if file is None:
        same = [one for one in known.payout_files.values() if one.amount == -line.amount and not line.iban]
        file = same[0] if len(same) == 1 else None
    if file is None or file.amount != -line.amount:
        return None
    return Proposal(line.pk, "payout_file", bool(line.batch_reference), payouts=file.pk)


def by_fee(line: Line, known: Known) -> Proposal | None:
    """The bank's own fee: its code says so, and nobody else is named."""
    if line.iban or not any(code in f"{line.bank_code}+" for code in OWN_FEES):
        return None
    return Proposal(line.pk, "fee", False, (Part("fee", line.amount),))


INCOMING = (payout_back, by_debit, by_file, by_agreement, by_lost, by_number, by_file_sum, by_account, by_name)
OUTGOING = (by_return, by_payout, by_fee)

"""The report of a run: totals, the difference from the last run, and everything that blocks or looks wrong.

A preview tallies drafts; an issued run is told from what is stored. Both give the same keys, amounts as strings.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum
from django.utils.translation import gettext as _

from billing.models import BillingRun, Invoice, ParkedContract, SetOff
from billing.pricing.money import total
from billing.services.drafts import Chunk, Draft, parked_text
from billing.services.vat import ZERO

Report = dict[str, Any]
MANY = 500


@dataclass(slots=True)
class Tally:
    """Adds up the drafts of a preview, chunk by chunk, so that its memory stays flat."""

    run: BillingRun
    collection_date: date
    amounts: dict[str, str] = field(default_factory=dict)
    sums: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    findings: list[Report] = field(default_factory=list)
    names: dict[int, tuple[str, str]] = field(default_factory=dict)

    def add(self, chunk: Chunk) -> None:
        """Tallies a chunk."""
        for row, reason in chunk.parked:
            self.counts["parked"] += 1
            member = (row["member_id"], row["member__last_name"] or row["member__company"], row["member__number"])
            self.find("parked", "block", member, parked_text(reason))
        for draft in chunk.drafts:
            self.add_draft(draft)

    def add_draft(self, draft: Draft) -> None:
        """One payer."""
        if not draft.lines:
            self.counts["nothing"] += bool(draft.contracts)
            return
        self.amounts[str(draft.payer["id"])] = draft.approved_as
        self.counts[draft.method] += 1
        self.sums[draft.method] += draft.gross
        self.sums[f"payable.{draft.method}"] += draft.payable
        self.sums["set_off"] += draft.gross - draft.payable
        self.names[draft.payer["id"]] = (short_name(draft.payer), draft.payer["number"])
        self.look_at(draft)

    def look_at(self, draft: Draft) -> None:
        """What is worth a look about one payer."""
        who = (draft.payer["id"], short_name(draft.payer), draft.payer["number"])
        if draft.method == "transfer" and draft.lapsed:
            self.counts["lapsed"] += 1
            self.sums["lapsed"] += draft.payable
            text = _(
                "The mandate %(reference)s lapsed: nothing was collected for 36 months. The invoice asks for a transfer; get a new mandate."
            )
            self.find("mandate_lapsed", "warning", who, text % {"reference": draft.lapsed["reference"]})
        elif draft.method == "transfer":
            self.find("no_mandate", "info", who, _("No mandate: the invoice asks for a transfer."))
        if not (draft.payer["street"] and draft.payer["city"]):
            self.find(
                "no_address",
                "warning",
                who,
                _("The address is incomplete: an invoice names the recipient's full address."),
            )

    def find(self, code: str, level: str, who: tuple[int, str, str], text: str) -> None:
        """Notes a finding; beyond the first few hundred of a kind they are only counted."""
        self.counts[f"finding.{code}"] += 1
        if self.counts[f"finding.{code}"] <= MANY:
            member, name, number = who
            self.findings.append(
                {"code": code, "level": level, "member": member, "name": name, "number": number, "text": text}
            )

    def report(self, factor: int) -> Report:
        """The finished report, unusual amounts included."""
        self.find_unusual(factor)
        values = [amount for amount in map(gross_of, self.amounts.values()) if amount > 0]
        counts, sums = self.counts, self.sums
        invoiced = sums["debit"] + sums["transfer"] + sums["none"]
        figures = {
            "payers_invoiced": counts["debit"] + counts["transfer"] + counts["none"], "invoiced_total": invoiced,
            "direct_debits": counts["debit"], "direct_debit_total": sums["payable.debit"], "set_off_total": sums["set_off"],
            "by_transfer": counts["transfer"] - counts["lapsed"], "by_transfer_total": sums["payable.transfer"] - sums["lapsed"],
            "mandate_lapsed": counts["lapsed"], "credits": counts["credit"], "credits_total": sums["credit"],
            "nothing_to_pay": counts["nothing"], "parked": counts["parked"],
            "largest": max(values, default=ZERO), "smallest": min(values, default=ZERO),
        }  # fmt: skip
        return (
            heading(self.run, self.collection_date)
            | as_text(figures)
            | compared(self.run, invoiced)
            | {"findings": self.findings}
        )

    def find_unusual(self, factor: int) -> None:
        """Amounts far from what the payer usually pays; without a past, far from what everyone pays now."""
        values = [gross_of(amount) for amount in self.amounts.values()]
        usual_of_all = median(values) if values else ZERO
        past = usual_amounts(self.run, [int(payer) for payer in self.amounts]) if len(self.amounts) <= 50_000 else {}
        for payer, amount in self.amounts.items():
            usual, limit = past.get(int(payer)), factor
            if usual is None:
                usual, limit = usual_of_all, factor * 10
            if usual > 0 and gross_of(amount) > limit * usual:
                text = _("%(amount)s EUR is far from the usual %(usual)s EUR.") % {
                    "amount": gross_of(amount),
                    "usual": usual,
                }
                self.find("unusual_amount", "warning", (int(payer), *self.names[int(payer)]), text)


def gross_of(approved: str) -> Decimal:
    """The amount of what was approved; what is set off stands behind it."""
    return Decimal(approved.partition(" ")[0])


def usual_amounts(run: BillingRun, payers: list[int]) -> dict[int, Decimal]:
    """The largest of each payer's invoices of the last 400 days."""
    own = Invoice.objects.exclude(kind=Invoice.Kind.OPENING)
    past = own.filter(organisation=run.organisation, gross__gt=0).exclude(run=run)
    rows = past.values("payer").annotate(largest=Max("gross")).values_list("payer", "largest")
    wanted = set(payers)
    return {payer: total([largest]) for payer, largest in rows.iterator() if payer in wanted}


def short_name(payer: dict[str, Any]) -> str:
    """How a list names a payer."""
    return ", ".join(part for part in (payer["last_name"], payer["first_name"]) if part) or payer["company"]


def report_of(run: BillingRun) -> Report:
    """The report of an issued run, from what is stored; findings are those of its preview and what was parked."""
    stored = run.preview or {}
    figures = issued_figures(run) | {"nothing_to_pay": stored.get("nothing_to_pay", 0)}
    figures["mandate_lapsed"] = stored.get("mandate_lapsed", 0)
    figures["by_transfer"] -= figures["mandate_lapsed"]
    figures["by_transfer_total"] = Decimal(stored.get("by_transfer_total", "0"))
    parked = parked_findings(run)
    findings = [one for one in stored.get("findings", []) if one["code"] != "parked"] + parked
    day = date.fromisoformat(stored["collection_date"]) if stored else run.collect_on
    return (
        heading(run, day)
        | as_text(figures | {"parked": len(parked)})
        | compared(run, figures["invoiced_total"])
        | {"findings": findings}
    )


def issued_figures(run: BillingRun) -> dict[str, Any]:
    """Counts and sums of a run's documents. What is collected is less than what is invoiced where credits are set off."""
    debit, transfer, covered, credit = (Q(method=name) for name in ("debit", "transfer", "none", "credit"))
    found = run.invoices.aggregate(
        debits=Count("pk", filter=debit), debit_sum=Sum("gross", filter=debit), transfers=Count("pk", filter=transfer),
        transfer_sum=Sum("gross", filter=transfer), covered=Count("pk", filter=covered), covered_sum=Sum("gross", filter=covered),
        credits=Count("pk", filter=credit), credit_sum=Sum("gross", filter=credit), largest=Max("gross"),
        smallest=Min("gross", filter=Q(gross__gt=0)),
    )  # fmt: skip
    sums = ("debit_sum", "transfer_sum", "covered_sum", "credit_sum", "largest", "smallest")
    money = {key: total([found[key] or ZERO]) for key in sums}
    set_off, collected = set_off_in(run)
    return {
        "payers_invoiced": found["debits"] + found["transfers"] + found["covered"], "set_off_total": set_off,
        "invoiced_total": money["debit_sum"] + money["transfer_sum"] + money["covered_sum"],
        "direct_debits": found["debits"], "direct_debit_total": money["debit_sum"] - collected, "by_transfer": found["transfers"],
        "credits": found["credits"], "credits_total": money["credit_sum"], "largest": money["largest"], "smallest": money["smallest"],
    }  # fmt: skip


def set_off_in(run: BillingRun) -> tuple[Decimal, Decimal]:
    """What a run set off in all, and of it against documents that are debited."""
    rows = SetOff.objects.filter(invoice__run=run)
    found = rows.aggregate(all=Sum("amount"), debited=Sum("amount", filter=Q(invoice__method="debit")))
    return total([found["all"] or ZERO]), total([found["debited"] or ZERO])


def parked_findings(run: BillingRun) -> list[Report]:
    """Contracts that the run left out."""
    rows = ParkedContract.objects.filter(run=run).select_related("contract__member")
    return [
        {
            "code": "parked", "level": "block", "member": row.contract.member_id, "name": row.contract.member.name,
            "number": row.contract.member.number, "text": parked_text(row.reason),
        }
        for row in rows[:MANY]
    ]  # fmt: skip


def heading(run: BillingRun, collection_date: date) -> Report:
    """Which run this is."""
    return {
        "organisation": run.organisation.slug, "run": run.pk, "on": run.on.isoformat(), "until": run.until.isoformat(),
        "collect_on": run.collect_on.isoformat(), "collection_date": collection_date.isoformat(),
    }  # fmt: skip


def compared(run: BillingRun, invoiced: Decimal) -> Report:
    """The run before this one, and by how much this one differs."""
    before = (
        BillingRun.objects.filter(organisation=run.organisation, issued_at__isnull=False, on__lt=run.on)
        .order_by("on", "sequence")
        .last()
    )
    if before is None:
        return {"previous": None, "difference": None}
    figures = issued_figures(before)
    previous = {
        "payers_invoiced": figures["payers_invoiced"],
        "invoiced_total": str(figures["invoiced_total"]),
        "on": before.on.isoformat(),
    }
    return {"previous": previous, "difference": str(invoiced - figures["invoiced_total"])}


def as_text(figures: dict[str, Any]) -> Report:
    """Amounts as text with two decimals: JSON knows no decimal numbers."""
    return {key: f"{value:.2f}" if isinstance(value, Decimal) else value for key, value in figures.items()}

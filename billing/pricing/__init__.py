"""The pricing core: what a contract costs. Pure: no database, no clock, no settings."""

from billing.pricing.advice import Advice, best_tariff, cost
from billing.pricing.charges import Charge, charges, ends_on
from billing.pricing.contracts import Contract, check_references, parse_contract
from billing.pricing.due import next_bill_on, open_period
from billing.pricing.faults import Fault, PricingFaults
from billing.pricing.reading import read_json
from billing.pricing.settlement import Billed, Line, settle
from billing.pricing.simulation import Issued, daily_runs, quote
from billing.pricing.tariffs import Tariff, Versions, parse_tariffs
from billing.pricing.usage import Column, Usage, UsageEvent, parse_instant, parse_usage

__all__ = [
    "Advice",
    "Billed",
    "Charge",
    "Column",
    "Contract",
    "Fault",
    "Issued",
    "Line",
    "PricingFaults",
    "Tariff",
    "Usage",
    "UsageEvent",
    "Versions",
    "best_tariff",
    "charges",
    "check_references",
    "cost",
    "daily_runs",
    "ends_on",
    "next_bill_on",
    "open_period",
    "parse_contract",
    "parse_instant",
    "parse_tariffs",
    "parse_usage",
    "quote",
    "read_json",
    "settle",
]

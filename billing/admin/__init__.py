"""Master data and look-up, on Django's admin. Issued things are read-only here; the treasurer's steps are in `billing.office`."""

from billing.admin import contracts, donations, mandates, members, money, people, settings, tariffs, usage

__all__ = ["contracts", "donations", "mandates", "members", "money", "people", "settings", "tariffs", "usage"]

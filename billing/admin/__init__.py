"""Master data and look-up, on Django's admin. Issued things are read-only here; the treasurer's steps are in `billing.office`."""

from billing.admin import contracts, mandates, members, money, people, settings, tariffs, usage

__all__ = ["contracts", "mandates", "members", "money", "people", "settings", "tariffs", "usage"]

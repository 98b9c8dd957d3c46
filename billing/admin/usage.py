"""Meters: what is counted, in which unit, and whether members are told when their quota runs out."""

from billing.admin.base import OrganisationAdmin, register
from billing.models import Meter


@register(Meter)
class MeterAdmin(OrganisationAdmin):
    """Meters; tariffs name them by their codes."""

    list_display = ("name", "code", "unit", "quota_mails")
    search_fields = ("name", "code")
    fields = ("name", "code", "unit", "digits", "quota_mails")

"""Whose data I may change: my own, and that of the children I pay for."""

from datetime import date

from django.db.models import QuerySet
from django.http import Http404

from billing.services.member_data import is_minor
from members.models import Member
from members.tenancy import household_members
from portal.access import MemberRequest


def people(request: MemberRequest) -> QuerySet[Member]:
    """My own records, then everybody I pay for; a record that was merged into another one is closed."""
    rows = household_members(request).filter(merged_into=None)
    return rows.select_related("organisation", "payer").order_by("payer", "number")


def in_my_care(request: MemberRequest, on: date) -> list[Member]:
    """Myself and the minors of my household; adults look after their own data, whoever pays."""
    return [one for one in people(request) if one.user_id == request.user.pk or is_minor(one, on)]


def cared_for(request: MemberRequest, pk: int, on: date) -> Member:
    """One of them; anybody else's record and one that does not exist are refused alike."""
    for one in in_my_care(request, on):
        if one.pk == pk:
            return one
    raise Http404

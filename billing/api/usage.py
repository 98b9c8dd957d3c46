"""`POST /api/usage/events`: one event, or up to 1,000; the answer says of each what happened to it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scope
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.api.access import KeyAuthentication, MayUse, OfficeSession, PerKey, organisation_of
from billing.api.parsing import ExactJson, TooLarge
from billing.models import Meter
from billing.pricing import parse_instant
from billing.pricing.faults import exact
from billing.services import metering
from billing.services.metering import Incoming, Outcome

CODES = {metering.STORED: 201, metering.DUPLICATE: 200, metering.CONFLICT: 409, metering.REFUSED: 422}
KEYS = frozenset({"key", "meter", "at", "contract", "member", "value", "text", "reading", "initial"})


class Door(APIView):
    """What all addresses of the API have in common."""

    authentication_classes = [KeyAuthentication, OfficeSession]
    permission_classes = [MayUse]
    throttle_classes = [PerKey]
    parser_classes = [ExactJson]


class Events(Door):
    """Usage comes in."""

    def post(self, request: Request) -> Response:
        """Stores what is new. 200: all is stored or known; 207: something was not, see each event's code."""
        data: Any = request.data
        many = isinstance(data, list)
        items: list[Any] = data if many else [data]
        if len(items) > metering.AT_ONCE:
            raise TooLarge(_("Send at most %(count)s events at once.") % {"count": metering.AT_ONCE})
        if not items or not all(isinstance(item, Mapping) for item in items):
            raise ParseError(_("Send one event as an object, or a list of them."))
        organisation = organisation_of(request)
        with scope(organisation=organisation):
            answers = answered(organisation, items)
        if many:
            return Response(answers, status=200 if all(one["code"] < 300 for one in answers) else 207)
        return Response(answers[0], status=answers[0]["code"])


def answered(organisation: Any, items: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What happened to each item: those that can be read go on together."""
    read = [incoming(item) for item in items]
    outcomes = iter(metering.record(organisation, [one for one in read if isinstance(one, Incoming)], timezone.now()))
    found = (next(outcomes) if isinstance(one, Incoming) else one for one in read)
    return [as_data(one) for one in found]


def as_data(outcome: Outcome) -> dict[str, Any]:
    """One event's answer."""
    data: dict[str, Any] = {"key": outcome.key, "status": outcome.status, "code": CODES[outcome.status]}
    return data | ({"message": outcome.message} if outcome.message else {}) | ({"late": True} if outcome.late else {})


def incoming(item: Mapping[str, Any]) -> Incoming | Outcome:
    """An item as an event, or what is wrong with it."""
    key = item.get("key")
    key = key if isinstance(key, str) else ""
    unknown = sorted(set(item) - KEYS)
    if unknown:
        return refusal(key, _("Unknown: %(names)s.") % {"names": ", ".join(f"`{name[:40]}`" for name in unknown[:5])})
    for name in ("meter", "member", "text"):
        if not isinstance(item.get(name, ""), str):
            return refusal(key, _("`%(name)s` must be a text.") % {"name": name})
    contract, initial = item.get("contract"), item.get("initial", False)
    if not (
        contract is None or (isinstance(contract, int) and not isinstance(contract, bool) and 0 < contract < 2**63)
    ):
        return refusal(key, _("`contract` must be the number of a contract."))
    if not isinstance(initial, bool):
        return refusal(key, _("`initial` must be true or false."))
    return with_amount(item, key, contract, initial)


def with_amount(item: Mapping[str, Any], key: str, contract: int | None, initial: bool) -> Incoming | Outcome:
    """An item whose texts are sound: its moment and its amount."""
    at = instant(item.get("at"))
    if at is None:
        return refusal(key, _("`at` must be an instant with its offset, like 2026-03-31T21:59:59Z."))
    amounts: dict[str, Decimal | None] = {}
    for name in ("value", "reading"):
        amounts[name] = exact(item[name]) if item.get(name) is not None else None
        if item.get(name) is not None and amounts[name] is None:
            return refusal(key, _('`%(name)s` must be a number such as "12.5".') % {"name": name})
    return Incoming(
        key, item.get("meter", ""), at, contract, item.get("member", ""), amounts["value"], item.get("text", ""),
        amounts["reading"], initial,
    )  # fmt: skip


def instant(text: object) -> datetime | None:
    """An RFC 3339 instant."""
    return parse_instant(text) if isinstance(text, str) else None


def refusal(key: str, message: str) -> Outcome:
    """An item that is no event."""
    return Outcome(key[:120], metering.REFUSED, message)


class Meters(Door):
    """What can be counted."""

    def get(self, request: Request) -> Response:
        """Every meter with its code, name and unit."""
        organisation = organisation_of(request)
        with scope(organisation=organisation):
            rows = Meter.objects.filter(organisation=organisation).values("code", "name", "unit")
            return Response(list(rows))

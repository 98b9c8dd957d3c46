"""“Become a member”: choose, who, how it is paid, look at everything, order. Without scripts, without cookies, without signing in.

No session is read here, so that it works inside another website as it does on a page of its own; therefore the forms carry a
signed state instead of a token of the session.
"""

from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from django_scopes import scope

from billing.services import applications, sign_up, sign_up_orders, sign_up_words
from billing.services.sign_up import Offered
from members.models import Organisation
from portal.join_forms import DeclareForm, HouseholdForm, PaymentForm, PersonForm
from portal.join_state import State, begin, is_quick, opened
from portal.join_visit import Visit, data_of, kind_of, language, rhythm_choices, shown, ways_to_pay

LONGEST_AGENT = 400


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, slug: str) -> HttpResponse:
    """The page of its own."""
    return answer(request, slug, framed=False)


def answer(request: HttpRequest, slug: str, *, framed: bool) -> HttpResponse:
    """Every step has the same address; which one is asked for stands in the form."""
    organisation = get_object_or_404(Organisation, slug=slug)
    with scope(organisation=organisation):
        visit = Visit(request, sign_up.house_of(organisation), framed, timezone.now())
        if not visit.house.settings.is_open:
            return visit.page("closed", {})
        if request.method != "POST":
            return arrive(visit)
        state = opened(visit.slug, request.POST.get("state", ""))
        step = STEPS.get(request.POST.get("go", ""))
        one = visit.offer(str(state.get("tariff", ""))) if state else None
        if state is None or step is None or one is None or not step.needs <= state.keys():
            return choose(visit, _("This form was open for too long, or the tariff is gone. Please begin again."), 422)
        return step.take(visit, one, state)


def arrive(visit: Visit) -> HttpResponse:
    """All tariffs beside each other, or the one that a link has chosen."""
    code = visit.request.GET.get("tariff", "")
    if not code:
        return choose(visit)
    one = visit.offer(code)
    if one is None:
        return choose(visit, _("This tariff is not open for sign-up. Please choose one of these."), 404)
    return person_page(visit, one, begin(code, visit.now), PersonForm(None, one, visit.start), blank_rows(one, 1))


def choose(visit: Visit, notice: str = "", status: int = 200) -> HttpResponse:
    """The comparison."""
    rows = [(one, sign_up_words.facts(one.answer), sign_up_words.who_may(one.row)) for one in visit.offers]
    context = {
        "rows": rows,
        "notice": notice,
        "ways": ways_to_pay(visit),
        "texts": visit.text_links("statutes", "conditions"),
    }
    return visit.page("choose", context, status)


def blank_rows(one: Offered, count: int, typed: list[dict[str, Any]] | None = None) -> list[HouseholdForm]:
    """Rows for further people: those that were typed, and empty ones."""
    found = list(typed or [])
    wanted = min(one.row.household, max(count, len(found)))
    return [
        HouseholdForm(None, prefix=f"h{place}", initial=found[place] if place < len(found) else {}) for place in range(wanted)
    ]  # fmt: skip


def person_page(
    visit: Visit, one: Offered, state: State, form: PersonForm, rows: list[HouseholdForm], fault: str = ""
) -> HttpResponse:
    """Who joins."""
    faulty = bool(fault) or form.is_bound
    context = {
        "one": one, "facts": sign_up_words.facts(one.answer), "form": form, "rows": rows, "fault": fault, "state": visit.seal(state),
        "more": len(rows) < one.row.household, "count": len(rows), "who": sign_up_words.who_may(one.row),
    }  # fmt: skip
    return visit.page("person", context, 422 if faulty else 200)


def take_person(visit: Visit, one: Offered, state: State) -> HttpResponse:
    """Keeps who joins and goes on to the payment."""
    posted = visit.request.POST
    count = sum(1 for name in posted if name.startswith("h") and name.endswith("-last_name"))
    form = PersonForm(posted, one, visit.start)
    if count > one.row.household:
        return person_page(visit, one, state, form, blank_rows(one, 1), _("So many people cannot join together here."))
    rows = [HouseholdForm(posted, prefix=f"h{place}") for place in range(count)]
    good = [row.is_valid() for row in rows]
    if not form.is_valid() or not all(good):
        return person_page(visit, one, state, form, rows)
    people = [row.typed() for row in rows if row.is_somebody]
    if form.cleaned_data["guardian"] and not all(is_young(visit, person) for person in people):
        fault = _("Somebody of age who also joins pays for the others: please enter them first.")
        return person_page(visit, one, state, form, rows, fault)
    state |= {
        "person": form.typed(),
        "guardian": form.cleaned_data["guardian"],
        "household": people,
        "guardian_parts": parts(form),
    }
    state.pop("digest", None)  # what was shown before was of somebody else
    return show_payment(visit, one, state)


def parts(form: PersonForm) -> dict[str, str]:
    """The guardian's names, to be shown again."""
    return {name: form.cleaned_data.get(name, "") for name in ("guardian_first", "guardian_last")}


def is_young(visit: Visit, person: dict[str, Any]) -> bool:
    """Under 18 on the first day."""
    return sign_up.is_minor(sign_up_orders.born(person), visit.start)


def more_people(visit: Visit, one: Offered, state: State) -> HttpResponse:
    """One row more; what was typed stays, and nothing is judged yet."""
    posted = visit.request.POST
    count = min(sum(1 for name in posted if name.startswith("h") and name.endswith("-last_name")), one.row.household)
    typed = [{name: posted.get(f"h{place}-{name}", "") for name in HouseholdForm.base_fields} for place in range(count)]
    form = PersonForm(None, one, visit.start, initial={name: posted.get(name, "") for name in PersonForm.base_fields})
    return person_page(visit, one, state, form, blank_rows(one, count + 1, typed))


def back_to_person(visit: Visit, one: Offered, state: State) -> HttpResponse:
    """What was typed, to be mended."""
    known = state["person"] | state["guardian_parts"] | {"of_age": not state["person"]["date_of_birth"]}
    form = PersonForm(None, one, visit.start, initial=known)
    return person_page(visit, one, state, form, blank_rows(one, 1, state["household"]))


def payment_form(visit: Visit, one: Offered, state: State, data: Any = None) -> PaymentForm:
    """The form with what is open to this newcomer."""
    creditor = sign_up.debit_creditor(visit.house.organisation, visit.today)
    ways = sign_up.methods(visit.house, visit.today, kind_of(state))
    own = creditor.iban if creditor else ""
    return PaymentForm(data, rhythm_choices(visit, one), ways, own, initial=state.get("payment"))


def show_payment(visit: Visit, one: Offered, state: State) -> HttpResponse:
    """How it is paid."""
    return payment_page(visit, one, state, payment_form(visit, one, state))


def payment_page(visit: Visit, one: Offered, state: State, form: PaymentForm) -> HttpResponse:
    """The account belongs to the one who signs."""
    holder = state["guardian"] or sign_up_words.full_name({"person": state["person"]})
    context = {
        "one": one,
        "form": form,
        "holder": holder,
        "state": visit.seal(state),
        "only": form.methods if len(form.methods) == 1 else [],
    }
    return visit.page("payment", context, 422 if form.is_bound else 200)


def take_payment(visit: Visit, one: Offered, state: State) -> HttpResponse:
    """Keeps how it is paid and shows everything."""
    form = payment_form(visit, one, state, visit.request.POST)
    if not form.is_valid():
        return payment_page(visit, one, state, form)
    typed = form.cleaned_data
    state["payment"] = {"method": typed["method"], "months": typed.get("months"), "iban": typed.get("iban", "")}
    return check_page(visit, one, state)


def check_page(
    visit: Visit, one: Offered, state: State, form: DeclareForm | None = None, notice: str = ""
) -> HttpResponse:
    """Everything that matters, directly above the button (BGB 312j Abs. 2)."""
    try:
        seen = visit.seen or shown(visit, one, state)
    except ValidationError as refused:
        return choose(visit, " ".join(refused.messages), 422)
    form = form or DeclareForm(None, seen["sentences"], seen["asks_early"])
    state = state | {"digest": sign_up_orders.digest(seen)}
    context = {
        "seen": seen,
        "form": form,
        "state": visit.seal(state),
        "notice": notice,
        "privacy_link": visit.text_links("privacy"),
    }
    return visit.page("check", context, 422 if form.is_bound or notice else 200)


def take_order(visit: Visit, one: Offered, state: State) -> HttpResponse:
    """The button was pressed: what was shown is what is ordered, or it is shown anew."""
    try:
        seen = shown(visit, one, state)
    except ValidationError as refused:
        return choose(visit, " ".join(refused.messages), 422)
    form = DeclareForm(visit.request.POST, seen["sentences"], seen["asks_early"])
    if sign_up_orders.digest(seen) != state["digest"]:
        return check_page(visit, one, state, None, _("Something has changed meanwhile. Please look at it once more."))
    if not form.is_valid():
        return check_page(visit, one, state, form)
    if is_quick(state, visit.now):
        return check_page(visit, one, state, None, _("Please press the button once more."))
    if not within_limits(visit):
        return visit.page("limit", {}, 429)
    applications.receive(visit.house.organisation, order_of(visit, one, state, form.agreed), visit.now)
    return redirect(visit.address("join_sent"))


def within_limits(visit: Visit) -> bool:
    """So many orders from one connection, and to one organisation, in an hour; whose they are is not asked."""
    return bool(
        ratelimit.consume(visit.request, action="join")
        and ratelimit.consume(visit.request, action="join_house", key=visit.slug)
    )


def order_of(visit: Visit, one: Offered, state: State, agreed: list[str]) -> applications.Order:
    """The order with where it came from."""
    data, seen = data_of(visit, one, state), visit.seen
    origin = {
        "ip": get_adapter().get_client_ip(visit.request), "user_agent": visit.request.headers.get("User-Agent", "")[:LONGEST_AGENT],
        "framed": visit.framed, "agreed": agreed,
    }  # fmt: skip
    return applications.Order(
        tariff=one.row.tariff, key=state["key"], name=sign_up_words.full_name(data), language=language(), data=data,
        shown=seen | {"origin": origin}, text=sign_up_orders.words_of(seen, agreed),
    )  # fmt: skip


class Step:
    """What a button leads to, and what must be known before."""

    def __init__(self, take: Callable[[Visit, Offered, State], HttpResponse], *needs: str) -> None:
        self.take, self.needs = take, frozenset(needs)


STEPS = {
    "person": Step(take_person),
    "more": Step(more_people),
    "back_to_person": Step(back_to_person, "person", "household"),
    "payment": Step(take_payment, "person", "household"),
    "back_to_payment": Step(show_payment, "person", "household"),
    "order": Step(take_order, "person", "household", "payment", "digest"),
}

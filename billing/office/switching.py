"""Choosing the organisation to work for, among those where one has a role."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from members.tenancy import SESSION_KEY, organisations_of, works_in_office


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Takes the organisation into the session; one of somebody else is not found."""
    if not request.user.is_authenticated:
        raise Http404
    chosen = request.POST.get("organisation", "")
    for organisation in organisations_of(request.user):
        if str(organisation.pk) == chosen and works_in_office(request.user, organisation):
            request.session[SESSION_KEY] = organisation.pk
            return redirect("admin:index")
    raise Http404

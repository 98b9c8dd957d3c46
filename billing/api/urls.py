"""The addresses of the API."""

from django.urls import path

from billing.api.quote import Quote
from billing.api.usage import Events, Meters

urlpatterns = [
    path("usage/events", Events.as_view(), name="api_events"),
    path("usage/meters", Meters.as_view(), name="api_meters"),
    path("quote", Quote.as_view(), name="api_quote"),
]

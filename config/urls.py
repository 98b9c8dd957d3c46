"""Every address of the house, on one page."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from portal import mail_address

urlpatterns: list[URLPattern | URLResolver] = [
    path("office/", include("billing.office.urls")),
    path("office/", admin.site.urls),
    path("api/", include("billing.api.urls")),
    path("accounts/email/", mail_address.moved, name="account_email"),
    path("accounts/", include("allauth.urls")),
    path("", include("portal.urls")),
]

"""Every address of the house, on one page."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("office/", include("billing.office.urls")),
    path("office/", admin.site.urls),
    path("api/", include("billing.api.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("portal.urls")),
]

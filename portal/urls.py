"""The addresses of the portal."""

from django.urls import include, path

from portal import views

urlpatterns = [
    path("", views.home, name="home"),
    path("invoices/", views.invoices, name="invoices"),
    path("invoices/<path:number>/pdf", views.invoice_pdf, name="invoice_pdf"),
    path("invoices/<path:number>/", views.invoice, name="invoice"),
    path("security/", views.security, name="security"),
    path("switch/", views.switch_organisation, name="switch_organisation"),
    path("logo", views.logo, name="logo"),
    path("i18n/", include("django.conf.urls.i18n")),
]

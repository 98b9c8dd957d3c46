"""The addresses of the portal."""

from django.urls import include, path

from portal import price_changes, receipts, tariff_change, usage, views

urlpatterns = [
    path("", views.home, name="home"),
    path("invoices/", views.invoices, name="invoices"),
    path("invoices/<path:number>/pdf", views.invoice_pdf, name="invoice_pdf"),
    path("invoices/<path:number>/", views.invoice, name="invoice"),
    path("receipts/", receipts.receipts, name="receipts"),
    path("receipts/<path:number>/pdf", receipts.receipt_pdf, name="receipt_pdf"),
    path("usage/", usage.usage, name="usage"),
    path("contracts/<int:pk>/tariff/", tariff_change.tariff_choices, name="tariff_choices"),
    path("contracts/<int:pk>/tariff/quote/", tariff_change.tariff_quote, name="tariff_quote"),
    path("quotes/<int:pk>/confirm/", tariff_change.tariff_confirm, name="tariff_confirm"),
    path("price-changes/", price_changes.price_changes, name="price_changes"),
    path("price-changes/<int:pk>/object/", price_changes.price_object, name="price_object"),
    path("price-changes/<int:pk>/agree/", price_changes.price_agree, name="price_agree"),
    path("security/", views.security, name="security"),
    path("switch/", views.switch_organisation, name="switch_organisation"),
    path("logo", views.logo, name="logo"),
    path("i18n/", include("django.conf.urls.i18n")),
]

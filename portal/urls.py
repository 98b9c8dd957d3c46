"""The addresses of the portal."""

from django.urls import include, path

from portal import bank_details, declarations, leaving, my_data, price_changes, questions, tariff_change, usage, views

urlpatterns = [
    path("", views.home, name="home"),
    path("invoices/", views.invoices, name="invoices"),
    path("invoices/<path:number>/pdf", views.invoice_pdf, name="invoice_pdf"),
    path("invoices/<path:number>/xml", views.invoice_xml, name="invoice_xml"),
    path("invoices/<path:number>/", views.invoice, name="invoice"),
    path("usage/", usage.usage, name="usage"),
    path("contracts/<int:pk>/tariff/", tariff_change.tariff_choices, name="tariff_choices"),
    path("contracts/<int:pk>/tariff/quote/", tariff_change.tariff_quote, name="tariff_quote"),
    path("quotes/<int:pk>/confirm/", tariff_change.tariff_confirm, name="tariff_confirm"),
    path("price-changes/", price_changes.price_changes, name="price_changes"),
    path("price-changes/<int:pk>/object/", price_changes.price_object, name="price_object"),
    path("price-changes/<int:pk>/agree/", price_changes.price_agree, name="price_agree"),
    path("help/", questions.help_page, name="help"),
    path("help/<int:pk>/", questions.conversation, name="conversation"),
    path("bank-details/", bank_details.bank_details, name="bank_details"),
    path("bank-details/check/", bank_details.bank_check, name="bank_check"),
    path("bank-details/<int:pk>/", bank_details.bank_change, name="bank_change"),
    path("bank-details/<int:pk>/confirm/", bank_details.bank_confirm, name="bank_confirm"),
    path("mandates/<int:pk>/copy/", bank_details.mandate_copy, name="mandate_copy"),
    path("contracts/<int:pk>/cancel/", leaving.leave, name="leave"),
    path("cancel/", declarations.cancel, name="declare_cancel"),
    path("cancel/<slug:slug>/", declarations.cancel, name="declare_cancel_at"),
    path("withdraw/", declarations.withdraw, name="declare_withdraw"),
    path("withdraw/<slug:slug>/", declarations.withdraw, name="declare_withdraw_at"),
    path("received/<str:token>/", declarations.received, name="declaration_received"),
    path("received/<str:token>/pdf/", declarations.received_pdf, name="declaration_received_pdf"),
    path("my-data/", my_data.my_data, name="my_data"),
    path("my-data/file/", my_data.my_data_file, name="my_data_file"),
    path("security/", views.security, name="security"),
    path("switch/", views.switch_organisation, name="switch_organisation"),
    path("logo", views.logo, name="logo"),
    path("i18n/", include("django.conf.urls.i18n")),
]

"""The treasurer's pages."""

from django.urls import path

from billing.office import files, imports, run_steps, runs, switching

urlpatterns = [
    path("runs/", runs.run_list, name="office_runs"),
    path("runs/new/", runs.new_run, name="office_run_new"),
    path("runs/<int:pk>/", runs.run_page, name="office_run"),
    path("runs/<int:pk>/preview/", run_steps.preview, name="office_run_preview"),
    path("runs/<int:pk>/approve/", run_steps.approve, name="office_run_approve"),
    path("runs/<int:pk>/issue/", run_steps.issue, name="office_run_issue"),
    path("runs/<int:pk>/collect/", run_steps.collect, name="office_run_collect"),
    path("runs/<int:pk>/export/", run_steps.export, name="office_run_export"),
    path("runs/<int:pk>/printed/", run_steps.printed, name="office_run_printed"),
    path("runs/<int:pk>/discard/", run_steps.discard, name="office_run_discard"),
    path("runs/<int:pk>/letters/", runs.letters, name="office_run_letters"),
    path("runs/<int:pk>/progress/", runs.progress, name="office_run_progress"),
    path("files/<int:pk>/", files.sepa_file, name="office_sepa_file"),
    path("files/<int:pk>/submit/", files.submit, name="office_submit"),
    path("files/<int:pk>/withdraw/", files.withdraw, name="office_withdraw"),
    path("downloads/", files.downloads, name="office_downloads"),
    path("downloads/<str:month>/export/", files.export_month, name="office_export_month"),
    path("downloads/datev/<int:pk>/<str:kind>/", files.datev_file, name="office_datev_file"),
    path("invoices/<int:pk>/pdf/", files.invoice_pdf, name="office_invoice_pdf"),
    path("imports/", imports.upload, name="import_upload"),
    path("imports/<int:pk>/", imports.preview, name="import_preview"),
    path("imports/<int:pk>/take/", imports.take, name="import_take"),
    path("switch/", switching.switch, name="office_switch"),
]

from django.contrib.admin.apps import AdminConfig


class OfficeConfig(AdminConfig):
    """Django's admin with the office's own site in place of the default one."""

    default_site = "billing.office.site.OfficeSite"

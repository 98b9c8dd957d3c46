"""How the office looks, and its navigation."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

PETROL = {
    "50": "238 246 248", "100": "211 231 236", "200": "170 208 217", "300": "121 178 191", "400": "74 144 160", "500": "45 116 133",
    "600": "27 93 110", "700": "27 77 92", "800": "22 63 76", "900": "17 49 60", "950": "9 31 39",
}  # fmt: skip


def sees(permission: str) -> Any:
    """Shows an entry to those who may see what it leads to."""

    def allowed(request: HttpRequest) -> bool:
        return bool(request.user.has_perm(permission))

    return allowed


def catching(request: HttpRequest) -> bool:
    """Where mails are kept in place of being sent."""
    return settings.MAIL_CATCHER and bool(request.user.has_perm("billing.view_caughtmail"))


def own_name(request: HttpRequest) -> str:
    """Whose books these are, below the product's name."""
    return str(getattr(request, "organisation", None) or "")


def entry(title: Any, icon: str, address: str, permission: str) -> dict[str, Any]:
    """One line of the navigation."""
    return {"title": title, "icon": icon, "link": reverse_lazy(address), "permission": sees(permission)}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Kassenwart",
    "SITE_HEADER": "Kassenwart",
    "SITE_SUBHEADER": own_name,
    "SITE_SYMBOL": "account_balance",
    "SITE_URL": "/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("kassenwart.svg")}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "ACCOUNT": {"navigation": [{"title": _("Sign-in and security"), "link": reverse_lazy("security")}]},
    "COLORS": {"primary": PETROL},
    "STYLES": [lambda request: static("office.css")],
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    {"title": _("Start"), "icon": "home", "link": reverse_lazy("admin:index")},
                    entry(_("Billing runs"), "event_repeat", "office_runs", "billing.view_billingrun"),
                    entry(_("Bank and accountant"), "download", "office_downloads", "billing.export_postingbatch"),
                ],
            },
            {
                "title": _("People and contracts"),
                "separator": True,
                "items": [
                    entry(_("Members"), "group", "admin:members_member_changelist", "members.view_member"),
                    entry(_("Contracts"), "contract", "admin:billing_contract_changelist", "billing.view_contract"),
                    entry(_("Mandates"), "signature", "admin:billing_mandate_changelist", "billing.view_mandate"),
                    entry(_("Tariffs"), "sell", "office_tariffs", "billing.view_tariff"),
                    entry(_("Applications"), "person_add", "office_applications", "billing.view_application"),
                    entry(_("Wishes from the portal"), "edit_square", "office_wishes", "members.view_datachange"),
                    entry(_("Proofs"), "verified", "office_proofs", "members.view_proof"),
                    entry(_("Consents"), "thumb_up", "office_consents", "members.view_consentpurpose"),
                    entry(_("Cancellations"), "logout", "office_declarations", "billing.view_declaration"),
                    entry(_("Price changes"), "price_change", "price_change_list", "billing.view_pricechange"),
                    entry(_("Import members"), "upload_file", "import_upload", "billing.add_memberimport"),
                ],
            },
            {
                "title": _("Money"),
                "separator": True,
                "items": [
                    entry(_("Invoices"), "receipt_long", "admin:billing_invoice_changelist", "billing.view_invoice"),
                    entry(_("Direct debit files"), "outbox", "office_batches", "billing.view_collection"),
                    entry(
                        _("Direct debits"),
                        "account_balance",
                        "admin:billing_collection_changelist",
                        "billing.view_collection",
                    ),
                    entry(_("Document numbers"), "format_list_numbered", "office_numbers", "billing.view_invoice"),
                    entry(
                        _("Bank statements"), "account_balance_wallet", "statement_upload", "billing.add_statementfile"
                    ),
                    entry(_("Open lines"), "rule", "clearing", "billing.view_statemententry"),
                    entry(_("Open claims"), "pending", "office_debts", "billing.view_discharge"),
                    entry(_("Instalments"), "calendar_month", "office_instalments", "billing.view_instalmentplan"),
                    entry(_("Reminders"), "notifications_active", "office_dunning", "billing.view_dunningrun"),
                    entry(_("Open items by age"), "hourglass_bottom", "office_aging", "billing.view_dunningrun"),
                    entry(_("Credits"), "undo", "office_credits", "billing.view_payoutbatch"),
                    entry(
                        _("Donations"),
                        "volunteer_activism",
                        "admin:billing_donation_changelist",
                        "billing.view_donation",
                    ),
                    entry(_("Donation receipts"), "workspace_premium", "office_receipts", "billing.view_receipt"),
                    entry(_("Postings"), "menu_book", "admin:billing_posting_changelist", "billing.view_posting"),
                    entry(_("Fiscal years"), "lock_clock", "office_books", "billing.view_periodlock"),
                    entry(_("VAT"), "percent", "office_vat", "billing.view_posting"),
                ],
            },
            {
                "title": _("Post"),
                "separator": True,
                "items": [
                    entry(_("Questions"), "forum", "office_questions", "members.view_contactentry"),
                    entry(_("All contacts"), "manage_search", "office_contact_search", "members.view_contactentry"),
                    entry(_("Letters"), "print", "office_letters", "billing.view_mail"),
                    entry(_("Messages"), "mail", "admin:billing_mail_changelist", "billing.view_mail"),
                    entry(_("Returned e-mail"), "unsubscribe", "office_bounces", "billing.view_bounce"),
                    {
                        "title": _("Mail catcher"),
                        "icon": "inbox",
                        "link": reverse_lazy("office_caught"),
                        "permission": catching,
                    },
                ],
            },
            {
                "title": _("What usage tells"),
                "separator": True,
                "items": [
                    entry(_("Near their quota"), "data_usage", "office_quotas", "billing.view_usageevent"),
                    entry(_("Usage and readings"), "speed", "usage_upload", "billing.add_usageimport"),
                    entry(_("Best tariffs"), "savings", "best_tariffs", "billing.view_scenario"),
                    entry(_("What if?"), "compare_arrows", "what_ifs", "billing.view_scenario"),
                    entry(_("Forecast"), "trending_up", "forecast", "billing.view_scenario"),
                ],
            },
            {
                "title": _("Settings"),
                "separator": True,
                "collapsible": True,
                "items": [
                    entry(
                        _("Organisation"),
                        "apartment",
                        "admin:members_organisation_changelist",
                        "members.view_organisation",
                    ),
                    entry(_("Letterhead and colours"), "palette", "office_branding", "members.view_organisation"),
                    entry(
                        _("People of the office"),
                        "badge",
                        "admin:members_officerole_changelist",
                        "members.view_officerole",
                    ),
                    entry(_("Creditor"), "savings", "admin:billing_creditor_changelist", "billing.view_creditor"),
                    entry(
                        _("Monthly run"), "schedule", "admin:billing_runsettings_changelist", "billing.view_runsettings"
                    ),
                    entry(
                        _("Rules for open claims"),
                        "pending_actions",
                        "admin:billing_debtsettings_changelist",
                        "billing.view_debtsettings",
                    ),
                    entry(
                        _("Books and DATEV"),
                        "calculate",
                        "admin:billing_ledgersettings_changelist",
                        "billing.view_ledgersettings",
                    ),
                    entry(_("Accounts"), "format_list_bulleted", "office_accounts", "billing.view_ledgersettings"),
                    entry(_("Opening balances"), "move_to_inbox", "opening_upload", "billing.change_ledgersettings"),
                    entry(_("Sign-up"), "how_to_reg", "office_sign_up", "billing.view_signupsettings"),
                    entry(_("Texts of mails"), "edit_note", "office_mail_texts", "billing.view_mailtemplate"),
                    entry(
                        _("Notices of the tax office"),
                        "account_balance",
                        "admin:billing_taxnotice_changelist",
                        "billing.view_taxnotice",
                    ),
                    entry(
                        _("Signing of receipts"),
                        "draw",
                        "admin:billing_receiptsettings_changelist",
                        "billing.view_receiptsettings",
                    ),
                    entry(_("Number series"), "tag", "admin:billing_series_changelist", "billing.view_series"),
                    entry(
                        _("Words of imports"),
                        "translate",
                        "admin:billing_importsettings_changelist",
                        "billing.view_importsettings",
                    ),
                    entry(_("Meters"), "speed", "admin:billing_meter_changelist", "billing.view_meter"),
                    entry(_("Access for programs"), "key", "office_api_keys", "billing.view_apikey"),
                    entry(_("Due work"), "pending_actions", "admin:billing_duework_changelist", "billing.view_duework"),
                ],
            },
        ],
    },
}

"""The roles of an office, as groups of permissions; `migrate` creates them and keeps them true.

Office: members and contracts. Treasurer: all of it and the money. Accountant: reads everything, changes nothing.
Board: all that the treasurer may, and opens locked books again.
"""

from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions

OFFICE, TREASURER, ACCOUNTANT, BOARD = "office", "treasurer", "accountant", "board"
ROLES = (OFFICE, TREASURER, ACCOUNTANT, BOARD)

OFFICE_CHANGES = {
    "member", "contract", "contractevent", "mandate", "memberimport", "contractquote", "usageevent", "usageimport",
    "priceobjection", "contactentry", "bounce", "declaration", "donation", "dunningstop", "application", "datachange",
    "erasurerequest", "proof", "consent", "consentpurpose",
}  # fmt: skip
TREASURER_CHANGES = OFFICE_CHANGES | {
    "organisation",
    "creditor",
    "importsettings",
    "ledgersettings",
    "runsettings",
    "series",
    "tariff",
    "tariffversion",
    "billingrun",
    "collectionbatch",
    "ledgeraccount",
    "mail",
    "mailtemplate",
    "officerole",
    "meter",
    "apikey",
    "scenario",
    "pricechange",
    "payoutbatch",
    "bankreply",
    "taxnotice",
    "receiptsettings",
    "signupsettings",
    "signupoffer",
    "signuptext",
    "receipt",
    "statementfile",
    "statemententry",
    "ancillaryclaim",
    "payeraccount",
    "fiscalyear",
    "periodlock",
    "debtsettings",
    "discharge",
    "instalmentplan",
    "dunningsettings",
    "dunninglevel",
    "dunningrun",
    "dunningpause",
    "handedclaim",
    "branding",
    "vatcheck",
}
MONEY_FACTS = {
    "invoice",
    "invoiceline",
    "posting",
    "postingbatch",
    "collection",
    "numberrange",
    "invoicefile",
    "einvoicefile",
    "setoff",
    "payout",
    "mandateamendment",
    "mandatedocument",
    "receiptline",
    "receiptfile",
    "statement",
    "allocation",
    "ledgerfile",
    "filedownload",
    "instalment",
    "instalmentclaim",
    "planneddebit",
    "dunningnotice",
    "dunningitem",
    "logofile",
}


def create_roles(sender: Any = None, using: str = "default", **kwargs: Any) -> None:
    """Creates the groups with exactly their permissions; harmless to repeat."""
    if sender is not None and sender.name not in ("members", "billing"):
        return
    for label in ("members", "billing"):
        create_permissions(apps.get_app_config(label), verbosity=0, using=using)
    group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    permissions = list(permission_model.objects.using(using).filter(content_type__app_label__in=("members", "billing")))
    for role in ROLES:
        group, _created = group_model.objects.using(using).get_or_create(name=role)
        group.permissions.set([permission for permission in permissions if may(role, permission.codename)])


def may(role: str, codename: str) -> bool:
    """Whether a role has a permission such as `change_member` or `approve_billingrun`."""
    verb, _sep, model = codename.partition("_")
    model = model.removeprefix("historical")
    if verb == "view":
        return model != "user"
    if verb == "unlock":
        return role == BOARD
    if verb == "correct":
        return role in (TREASURER, BOARD)
    if verb == "export":
        return role in (TREASURER, ACCOUNTANT, BOARD)
    if role == ACCOUNTANT or verb == "delete" or model in MONEY_FACTS:
        return False
    return model in (OFFICE_CHANGES if role == OFFICE else TREASURER_CHANGES)

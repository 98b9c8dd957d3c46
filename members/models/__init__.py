"""Who the people and organisations are, and what they ask for themselves; nothing here knows money."""

from members.models.consents import Consent, ConsentPurpose, ConsentText
from members.models.organisations import OfficeRole, Organisation, User, UserManager
from members.models.people import ContactEntry, Member, vat_id_is_valid
from members.models.wishes import DataChange, ErasureRequest, Proof, ProofFile

__all__ = [
    "Consent",
    "ConsentPurpose",
    "ConsentText",
    "ContactEntry",
    "DataChange",
    "ErasureRequest",
    "Member",
    "OfficeRole",
    "Organisation",
    "Proof",
    "ProofFile",
    "User",
    "UserManager",
    "vat_id_is_valid",
]

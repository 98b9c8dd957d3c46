"""The instruction on the right of withdrawal and the model form (Anlagen 1 and 2 zu Art. 246a § 1 Abs. 2 EGBGB), for services.

Like the mandate's text it is not translated with the interface: it is kept with its version. The sentence on the online function
belongs to it since 19 June 2026 (BGB 356a).
"""

from billing.documents.figures import long_day
from members.models import Organisation

VERSION = "2026-06"
INSTRUCTION = {
    "de": (
        "Widerrufsbelehrung",
        "Widerrufsrecht",
        "Sie haben das Recht, binnen vierzehn Tagen ohne Angabe von Gründen diesen Vertrag zu widerrufen.",
        "Die Widerrufsfrist beträgt vierzehn Tage ab dem Tag des Vertragsabschlusses.",
        "Um Ihr Widerrufsrecht auszuüben, müssen Sie uns ({partner}) mittels einer eindeutigen Erklärung (z. B. ein mit der Post "
        "versandter Brief oder eine E-Mail) über Ihren Entschluss, diesen Vertrag zu widerrufen, informieren. Sie können dafür das "
        "beigefügte Muster-Widerrufsformular verwenden, das jedoch nicht vorgeschrieben ist. Sie können Ihr Widerrufsrecht auch "
        "online unter {address} ausüben. Wenn Sie diese Online-Funktion nutzen, übermitteln wir Ihnen unverzüglich eine "
        "Eingangsbestätigung auf einem dauerhaften Datenträger (z. B. per E-Mail), die den Inhalt der Widerrufserklärung sowie Datum "
        "und Uhrzeit ihres Eingangs nennt.",
        "Zur Wahrung der Widerrufsfrist reicht es aus, dass Sie die Mitteilung über die Ausübung des Widerrufsrechts vor Ablauf der "
        "Widerrufsfrist absenden.",
        "Folgen des Widerrufs",
        "Wenn Sie diesen Vertrag widerrufen, haben wir Ihnen alle Zahlungen, die wir von Ihnen erhalten haben, unverzüglich und "
        "spätestens binnen vierzehn Tagen ab dem Tag zurückzuzahlen, an dem die Mitteilung über Ihren Widerruf dieses Vertrags bei "
        "uns eingegangen ist. Für diese Rückzahlung verwenden wir dasselbe Zahlungsmittel, das Sie bei der ursprünglichen Transaktion "
        "eingesetzt haben, es sei denn, mit Ihnen wurde ausdrücklich etwas anderes vereinbart; in keinem Fall werden Ihnen wegen "
        "dieser Rückzahlung Entgelte berechnet.",
        "Haben Sie verlangt, dass die Dienstleistungen während der Widerrufsfrist beginnen soll, so haben Sie uns einen angemessenen "
        "Betrag zu zahlen, der dem Anteil der bis zu dem Zeitpunkt, zu dem Sie uns von der Ausübung des Widerrufsrechts hinsichtlich "
        "dieses Vertrags unterrichten, bereits erbrachten Dienstleistungen im Vergleich zum Gesamtumfang der im Vertrag vorgesehenen "
        "Dienstleistungen entspricht.",
    ),
    "en": (
        "Instructions on withdrawal",
        "Right of withdrawal",
        "You have the right to withdraw from this contract within 14 days without giving any reason.",
        "The withdrawal period will expire after 14 days from the day of the conclusion of the contract.",
        "To exercise the right of withdrawal, you must inform us ({partner}) of your decision to withdraw from this contract by an "
        "unequivocal statement (e.g. a letter sent by post or e-mail). You may use the attached model withdrawal form, but it is not "
        "obligatory. You may also exercise your right of withdrawal online at {address}. If you use this online function, we will "
        "communicate to you without undue delay an acknowledgement of receipt on a durable medium (e.g. by e-mail), including the "
        "content of the withdrawal statement and the date and time of its submission.",
        "To meet the withdrawal deadline, it is sufficient for you to send your communication concerning your exercise of the right "
        "of withdrawal before the withdrawal period has expired.",
        "Effects of withdrawal",
        "If you withdraw from this contract, we shall reimburse to you all payments received from you without undue delay and in any "
        "event not later than 14 days from the day on which we are informed about your decision to withdraw from this contract. We "
        "will carry out such reimbursement using the same means of payment as you used for the initial transaction, unless you have "
        "expressly agreed otherwise; in any event, you will not incur any fees as a result of such reimbursement.",
        "If you requested to begin the performance of services during the withdrawal period, you shall pay us an amount which is in "
        "proportion to what has been provided until you have communicated us your withdrawal from this contract, in comparison with "
        "the full coverage of the contract.",
    ),
}
FORM = {
    "de": (
        "Muster-Widerrufsformular",
        "(Wenn Sie den Vertrag widerrufen wollen, dann füllen Sie bitte dieses Formular aus und senden Sie es zurück.)",
        "– An {partner}:",
        "– Hiermit widerrufe(n) ich/wir (*) den von mir/uns (*) abgeschlossenen Vertrag über die Erbringung der folgenden "
        "Dienstleistung (*): {what}",
        "– Bestellt am (*): {day}",
        "– Name des/der Verbraucher(s):",
        "– Anschrift des/der Verbraucher(s):",
        "– Unterschrift des/der Verbraucher(s) (nur bei Mitteilung auf Papier):",
        "– Datum:",
        "(*) Unzutreffendes streichen.",
    ),
    "en": (
        "Model withdrawal form",
        "(Complete and return this form only if you wish to withdraw from the contract.)",
        "– To {partner}:",
        "– I/We (*) hereby give notice that I/We (*) withdraw from my/our (*) contract for the provision of the following service (*): "
        "{what}",
        "– Ordered on (*): {day}",
        "– Name of consumer(s):",
        "– Address of consumer(s):",
        "– Signature of consumer(s) (only if this form is notified on paper):",
        "– Date:",
        "(*) Delete as appropriate.",
    ),
}


def instruction(organisation: Organisation, language: str, address: str) -> list[str]:
    """The instruction, paragraph by paragraph; the first one is its heading."""
    return [filled(part, organisation, address=address) for part in INSTRUCTION[language]]


def model_form(organisation: Organisation, language: str, what: str, ordered_on: str) -> list[str]:
    """The model form, with the service and the day of the order filled in."""
    return [filled(part, organisation, what=what, day=long_day(ordered_on, language)) for part in FORM[language]]


def filled(part: str, organisation: Organisation, **values: str) -> str:
    """Names are put in as they are; braces in them mean nothing."""
    for name, value in (values | {"partner": partner(organisation)}).items():
        part = part.replace(f"{{{name}}}", value)
    return part


def partner(organisation: Organisation) -> str:
    """Name, address, telephone and e-mail of whom a withdrawal is declared to."""
    town = f"{organisation.postal_code} {organisation.city}".strip()
    parts = (organisation.name, organisation.street, town, organisation.phone, organisation.email)
    return ", ".join(part for part in parts if part)

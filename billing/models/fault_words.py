"""What is wrong with the terms of a tariff, as a treasurer reads it; the pricing core itself knows no language."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from billing.pricing import Fault

WORDS = {
    "unknown key": _("There is no such entry here."),
    "is missing": _("Please fill this in."),
    "must be an object, not {value}": _("An object with named entries is expected here, not {value}."),
    "has a key that is not a text: {value}": _("The name of an entry must be a text, not {value}."),
    "must be a list, not {value}": _("A list is expected here, not {value}."),
    "must be a text that is not empty, not {value}": _("Please enter a text."),
    "must be one of {choices}, not {value}": _("Please choose one of {choices}, not {value}."),
    "must be true or false, not {value}": _("Only true or false is possible here, not {value}."),
    "must be a whole number from {lowest} to {highest}, not {value}": _(
        "Please enter a whole number from {lowest} to {highest}, not {value}."),
    'must be a decimal number written like "29.90", not {value}': _('In the file, a number is written like "29.90", not {value}.'),
    "must not be below {lowest}: {value}": _("This must not be less than {lowest}."),
    "must not be above {highest}: {value}": _("This must not be more than {highest}."),
    "must not have more than {places} decimal places: {value}": _("No more than {places} decimal places are possible."),
    "must be a date YYYY-MM-DD from {first} to {last}, not {value}": _(
        "A day from {first} to {last} is expected, in a file written like 2027-01-31, not {value}."),
    "must have exactly one of {keys}": _("Exactly one of these is needed: {keys}."),
    "has more faults; the first {most} are listed": _("There are more faults; the first {most} are listed."),
    "has {count} entries, and may have {most}": _("These are {count} entries; {most} are possible."),
    "is too far away: {steps} steps of calculation, and {most} are allowed": _(
        "This is too far away to be computed in one go. Please choose an earlier day."),
    "must be above 0": _("This must be more than 0."),
    "must not be below min": _("The highest amount must not be less than the lowest."),
    "stands twice in this tariff": _("This short name stands twice in this tariff. Please choose another one."),
    "must not be empty": _("A tariff charges for at least one thing."),
    "percentage needs usage": _("A percentage is taken of what was used: choose “usage”, or another way of counting."),
    "must have at least one tier": _("Please enter at least one price step."),
    "only the last tier is open": _("Only the last step is open: please enter up to which quantity this one goes."),
    "must be above that of the tier before": _("This step must end above the one before."),
    "the last tier must be open: null": _("The last step holds for everything above: please leave this empty."),
    "a stairstep tier has a flat price only": _("A step of this kind has only one price for everything, no price per unit."),
    "must be continue, end or the code of a tariff": _("The tariff that is to follow does not exist."),
    "must have at least one version": _("At least one version is needed."),
    "must be later than that of the version before": _("This version must begin later than the one before."),
    "a tariff needs a code": _("A tariff needs a short name."),
    "differs from the key that the tariff stands under": _("The short name differs from the one that the tariff stands under."),
    "needs a tariff whose own interval is in months": _("Other rhythms are only possible if the tariff itself is billed by months."),
    "stands only beside phases": _("This needs price phases."),
    "no tariff has this code": _("There is no tariff with this short name."),
    "the tariff does not allow this interval": _("The tariff does not allow this rhythm of payment."),
    "no tariff has this component": _("No tariff charges for this."),
    "the tariff has no version that is valid on {day}": _("The tariff has no terms yet that hold on {day}."),
    "stands only beside change_tariff": _("This is only possible with a change of tariff."),
    "must be later than the pause's first day": _("The pause must end after it begins."),
    "must be an instant with its offset, like 2026-03-31T21:59:59Z, not {value}": _(
        "An instant with its offset is expected, like 2026-03-31T21:59:59Z, not {value}."),
    "must be a number, not {value}": _("A number is expected, not {value}."),
    "cannot be priced": _("This cannot be priced."),
    "is not the name of a time zone": _("There is no such time zone."),
    "is not UTF-8: byte {byte}": _("The file is not UTF-8 (byte {byte}). Please save it as UTF-8."),
    "is not JSON: {why} (line {line}, column {column})": _("This is not JSON: line {line}, column {column}."),
    "is nested too deeply": _("This is nested too deeply."),
    "stands twice in the same object": _("This stands twice in the same place."),
    "is not a finite number of a size that can be priced": _("This number is too large to be priced."),
    "has a key that is not valid Unicode": _("The name of an entry is not valid Unicode."),
    "is not valid Unicode": _("This text is not valid Unicode."),
}  # fmt: skip


def fault_words(fault: Fault) -> str:
    """What is wrong, without its place."""
    words = str(WORDS.get(fault.text, fault.text))
    return words.format(**fault.values) if fault.values else words


def told(faults: Iterable[Fault]) -> list[str]:
    """Each fault with its place in the file."""
    return [f"{fault.path}: {fault_words(fault)}" for fault in faults]

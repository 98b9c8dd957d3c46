"""Words with placeholders in braces, as an organisation writes them: `Hello {name}`.

Whole names of a given list are replaced, once, by text. There is no attribute, index, format or conversion by which anything
else could be reached: what stands in braces and is no name of the list is refused. `{{` and `}}` are plain braces.
"""

import re
from collections.abc import Collection, Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
SHOWN = 40


def check(words: str, allowed: Collection[str]) -> None:
    """Refuses an unknown placeholder by its name and line, and a brace that stands alone."""
    faults = [fault(words, found, allowed) for found in TOKEN.finditer(words) if not is_sound(found, allowed)]
    if faults:
        raise ValidationError([ValidationError(one, code="placeholder") for one in dict.fromkeys(faults)])


def is_sound(found: re.Match[str], allowed: Collection[str]) -> bool:
    """A known name, or a doubled brace."""
    return found[0] in ("{{", "}}") or (found[1] is not None and found[1] in allowed)


def fault(words: str, found: re.Match[str], allowed: Collection[str]) -> str:
    """What is wrong, in which line, and what there is instead."""
    says = {"line": words.count("\n", 0, found.start()) + 1, "given": shown(found[0]), "names": listed(allowed)}
    if found[1] is None:
        return _("Line %(line)s: a single %(given)s. Write it twice if you mean the character.") % says
    return _("Line %(line)s: %(given)s is not a placeholder here. There are: %(names)s.") % says


def shown(text: str) -> str:
    """Short enough to be read."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def listed(names: Collection[str]) -> str:
    """`{amount}, {name}`."""
    return ", ".join(f"{{{name}}}" for name in sorted(names))


def names_in(words: str) -> set[str]:
    """The placeholders that the words use."""
    return {found[1] for found in TOKEN.finditer(words) if found[1] is not None}


def filled(words: str, values: Mapping[str, str]) -> str:
    """The words with each placeholder replaced; what a value says is text and never read as a placeholder again."""
    check(words, values)
    return TOKEN.sub(lambda found: values[found[1]] if found[1] is not None else found[0][0], words)

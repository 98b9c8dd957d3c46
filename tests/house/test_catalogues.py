"""Everything the screens say is there in German, and the compiled catalogues are those of the written ones."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import allauth
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from billing.management.commands.compile_catalogues import compile_catalogue
from tests.house.tree import PRODUCT, ROOT

GERMAN = ROOT / "config" / "locale" / "de" / "LC_MESSAGES" / "django.po"
# Their words are missing in their own German, so ours supplies them.
SUPPLIED = ("unfold", "simple_history", "allauth")
FRIEND = re.compile(r"\b([Dd]u|[Dd]ein\w*|[Dd]ir|[Dd]ich|[Gg]ib|[Kk]ontaktiere)\b")
Key = tuple[str, str]


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_mo(file) if path.suffix == ".mo" else read_po(file, locale="de", abort_invalid=True)


def messages(path: Path) -> list[Message]:
    return [message for message in catalogue(path) if message.id]


def key(message: Message) -> Key:
    """What makes a message the same: its context, which compiled files hold as bytes, and its singular."""
    context = message.context.decode() if isinstance(message.context, bytes) else message.context
    return (context or "", message.id if isinstance(message.id, str) else message.id[0])


def words(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> set[Key]:
    """The messages that our own code and templates use."""
    return collected((ROOT / name for name in (*PRODUCT, "templates")), tmp_path_factory.mktemp("ours"))


def collected(folders: Iterable[Path], place: Path) -> set[Key]:
    """Searched in a copy, so that the search never writes into the project."""
    if shutil.which("xgettext") is None:
        sentence = "needs the gettext tools: apt install gettext"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(sentence)
    for folder in folders:
        shutil.copytree(folder, place / folder.name, ignore=shutil.ignore_patterns("locale", "__pycache__"))
    (place / "locale").mkdir()
    options = ["-l", "de", "--no-location", "--no-wrap"]
    bare = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-m", "django", "makemessages", *options]
    subprocess.run(command, cwd=place, env=bare, check=True, capture_output=True)
    return set(map(key, messages(place / "locale/de/LC_MESSAGES/django.po")))


def test_every_message_has_its_german(used: set[Key]) -> None:
    translated = {key(message) for message in messages(GERMAN) if all(words(message))}
    assert sorted(used - translated) == []


def test_no_german_is_left_of_a_message_that_nobody_uses(used: set[Key], tmp_path: Path) -> None:
    left = {key(message) for message in messages(GERMAN)} - used
    installed = Path(pytest.__file__).parents[1]
    supplied = collected((installed / name for name in SUPPLIED), tmp_path) if left else set()
    assert sorted(left - supplied) == []


def test_the_sign_in_addresses_nobody_as_a_friend() -> None:
    """The library's German does; where it can be seen, ours takes its place."""
    place = Path(allauth.__file__).parent / "locale" / "de" / "LC_MESSAGES" / "django.po"
    friendly = {key(one) for one in messages(place) if shown_here(one) and any(map(FRIEND.search, words(one)))}
    assert sorted(friendly - set(map(key, messages(GERMAN)))) == []


def shown_here(message: Message) -> bool:
    """Words of the parts that are in use."""
    parts = ("account/", "mfa/", "usersessions/")
    return any(str(path).removeprefix("templates/").startswith(parts) for path, _line in message.locations)


def test_no_translation_is_a_guess() -> None:
    assert [key(message) for message in messages(GERMAN) if message.fuzzy] == []


def test_translations_keep_the_placeholders() -> None:
    german = catalogue(GERMAN)
    faults = {key(message): [str(fault) for fault in message.check(german)] for message in german if message.id}
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize("source", sorted((ROOT / "config" / "locale").rglob("*.po")), ids=lambda path: path.parts[-3])
def test_the_compiled_catalogue_is_that_of_the_written_one(source: Path) -> None:
    written = {
        key(message): words(message) for message in messages(source) if all(words(message)) and not message.fuzzy
    }
    compiled = {key(message): words(message) for message in messages(source.with_suffix(".mo"))}
    assert compiled == written, "run: python3 manage.py compile_catalogues"


def test_compiling_leaves_guesses_out_and_keeps_plurals(tmp_path: Path) -> None:
    source = tmp_path / "de" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
        'msgid "%d invoice"\nmsgid_plural "%d invoices"\nmsgstr[0] "%d Rechnung"\nmsgstr[1] "%d Rechnungen"\n\n'
        '#, fuzzy\nmsgid "Fee"\nmsgstr "Gebühr"\n',
        encoding="utf-8",
    )
    compile_catalogue(source)
    compiled = {key(message): words(message) for message in messages(source.with_suffix(".mo"))}
    assert compiled == {("", "%d invoice"): ("%d Rechnung", "%d Rechnungen")}

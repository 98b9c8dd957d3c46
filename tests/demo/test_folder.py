"""The public demo deletes in its own folder alone, and after a power cut a whole state is there."""

import stat
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from billing.demo.public import folder
from billing.demo.public.folder import CURRENT, NEXT, OLD, NotTheDemosError

NIGHT = datetime(2026, 11, 28, 2, 1, tzinfo=UTC)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder.adopt(tmp_path / "demo")
    return tmp_path / "demo"


def state(root: Path, name: str, words: str, whole: bool = True) -> None:
    (root / name).mkdir()
    (root / name / "kassenwart.sqlite3").write_text(words)
    if whole:
        folder.mark_seeded(root / name, NIGHT)


def served(root: Path) -> str:
    return (root / CURRENT / "kassenwart.sqlite3").read_text()


def test_a_folder_that_holds_anything_else_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    precious = tmp_path / CURRENT / "kassenwart.sqlite3"
    precious.parent.mkdir()
    precious.write_text("real members")
    attempts: list[Callable[[], object]] = [
        lambda: folder.adopt(tmp_path), lambda: folder.recover(tmp_path), lambda: folder.exchange(tmp_path),
        lambda: folder.remove(tmp_path, CURRENT), lambda: folder.fresh_next(tmp_path),
    ]  # fmt: skip
    for attempt in attempts:
        with pytest.raises(NotTheDemosError, match="nothing in it was touched"):
            attempt()
    assert [path.name for path in tmp_path.iterdir()] == [CURRENT]
    assert precious.read_text() == "real members"


def test_a_marker_of_other_words_is_none(root: Path) -> None:
    (root / folder.MARKER).write_text("something else")
    with pytest.raises(NotTheDemosError):
        folder.remove(root, CURRENT)


def test_only_the_three_states_are_ever_removed(root: Path) -> None:
    (root / "static").mkdir()
    for name in ("static", "..", ".", folder.KEY):
        with pytest.raises(ValueError):
            folder.remove(root, name)
    assert (root / "static").exists()


def test_a_link_that_leads_out_is_cut_and_not_followed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "member").touch()
    (root / OLD).symlink_to(tmp_path / "real")
    folder.remove(root, OLD)
    assert not (root / OLD).exists()
    assert (tmp_path / "real" / "member").exists()


def test_the_next_state_takes_the_place_of_the_current_one_with_all_its_files(root: Path) -> None:
    state(root, CURRENT, "yesterday")
    (root / CURRENT / "files").mkdir()
    (root / CURRENT / "files" / "uploaded by a stranger").touch()
    (root / CURRENT / "kassenwart.sqlite3-wal").touch()
    state(root, NEXT, "today")
    folder.exchange(root)
    folder.remove(root, OLD)
    assert served(root) == "today"
    assert sorted(path.name for path in (root / CURRENT).iterdir()) == ["kassenwart.sqlite3", "seeded"]
    assert sorted(path.name for path in root.iterdir()) == [CURRENT, folder.MARKER]


def test_a_state_that_is_not_whole_is_never_served(root: Path) -> None:
    state(root, CURRENT, "yesterday")
    state(root, NEXT, "half", whole=False)
    with pytest.raises(NotTheDemosError):
        folder.exchange(root)
    assert served(root) == "yesterday"


@pytest.mark.parametrize(
    "there, wanted",
    [
        ({CURRENT: True, NEXT: False}, CURRENT),
        ({CURRENT: True, NEXT: True}, CURRENT),
        ({OLD: True, NEXT: True}, NEXT),
        ({OLD: True, NEXT: False}, OLD),
        ({CURRENT: False, OLD: True}, OLD),
        ({CURRENT: True, OLD: True}, CURRENT),
    ],
)
def test_after_a_power_cut_at_any_moment_a_whole_state_is_current(
    root: Path, there: dict[str, bool], wanted: str
) -> None:
    for name, whole in there.items():
        state(root, name, name, whole)
    folder.recover(root)
    assert served(root) == wanted
    assert not (root / NEXT).exists()
    assert not (root / OLD).exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_the_secret_key_is_made_once_and_belongs_to_its_owner(root: Path) -> None:
    key = folder.secret_key(root)
    assert len(key) > 60
    assert folder.secret_key(root) == key
    assert stat.S_IMODE((root / folder.KEY).stat().st_mode) == 0o600


def test_a_second_demo_in_the_same_folder_is_refused(root: Path) -> None:
    with folder.alone(root), pytest.raises(NotTheDemosError, match="Another"), folder.alone(root):
        pass
    with folder.alone(root):
        pass


def test_the_settings_refuse_any_other_folder_and_any_other_database(root: Path, tmp_path: Path) -> None:
    folder.refuse_real_data(root / CURRENT, str(root / CURRENT / "kassenwart.sqlite3"))
    for data, database in (
        (tmp_path, str(tmp_path / "kassenwart.sqlite3")),
        (root / CURRENT, "kassenwart"),
        (root / CURRENT, str(tmp_path / "kassenwart.sqlite3")),
    ):
        with pytest.raises(ImproperlyConfigured):
            folder.refuse_real_data(data, database)

"""A demo that is kept, with a tiny product in place of ours: real processes, a real socket, a clock of our own."""

import os
import socket
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

import pytest

from billing.demo.public import folder
from billing.demo.public.keeper import AGAIN, CannotBeginError, Keeper
from billing.demo.public.servers import Server, listening

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sockets are not handed on there")
# Each state is numbered; a visitor's POST is written behind it; /end makes the server crash.
SEED = """
import os, pathlib
data = pathlib.Path(os.environ["DATA_DIR"]); count = data.parent / "count"
number = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(number)); (data / "state").write_text(f"state {number}")
"""
SERVE = """
import os, pathlib, socket, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
state = pathlib.Path(os.environ["DATA_DIR"]) / "state"
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/end": os._exit(1)
        self.send_response(200); self.end_headers(); self.wfile.write(state.read_bytes())
    def do_POST(self):
        state.write_text(state.read_text() + ", a stranger was here"); self.do_GET()
    def log_message(self, *args): pass
server = HTTPServer(("", 0), Handler, bind_and_activate=False)
server.socket = socket.socket(fileno=int(sys.argv[1]))
server.serve_forever()
"""
NOON = datetime(2026, 11, 27, 11, tzinfo=UTC)
FAILS, NOTHING = [sys.executable, "-c", "raise SystemExit('no data today')"], [sys.executable, "-c", ""]


class Clock:
    """Stands still until it is told."""

    now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def ear() -> Iterator[socket.socket]:
    found = listening("127.0.0.1", 0)
    assert found is not None
    with found:
        yield found


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def keeper(tmp_path: Path, ear: socket.socket, told: list[str]) -> Iterator[Keeper]:
    folder.adopt(tmp_path)

    def environment(data: Path) -> dict[str, str]:
        return os.environ | {"DATA_DIR": str(data)}

    current, number = environment(tmp_path / folder.CURRENT), ear.fileno()
    web = Server("The web server", [sys.executable, "-c", SERVE, str(number)], current, (number,))
    worker = Server("The worker", [sys.executable, "-c", "import time; time.sleep(60)"], current)
    seed = [sys.executable, "-c", SEED]
    kept = Keeper(
        tmp_path, time_of_day(3), seed, NOTHING, NOTHING, environment, [web, worker], tell=told.append, now=Clock()
    )
    try:
        yield kept
    finally:
        kept.stop()


@pytest.fixture
def ask(ear: socket.socket) -> Callable[..., str]:
    port = ear.getsockname()[1]

    def answer(data: bytes | None = None) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", data, timeout=20) as response:
            return str(response.read().decode())

    return answer


def begin(keeper: Keeper) -> None:
    keeper.begin()
    for server in keeper.servers:
        server.start()


def busy(keeper: Keeper) -> bool:
    """Whether a new state is being made."""
    return keeper.seeding is not None


def until(keeper: Keeper, done: Callable[[], bool]) -> None:
    """Lets it work; a test that hangs is ended."""
    for _ in range(400):
        keeper.step()
        if done():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to an end")


def at(keeper: Keeper, instant: datetime) -> None:
    keeper.now.now = instant  # type: ignore[attr-defined]


def test_in_the_night_what_strangers_did_is_gone(
    keeper: Keeper, ask: Callable[..., str], told: list[str], tmp_path: Path
) -> None:
    begin(keeper)
    assert ask(b"x") == "state 1, a stranger was here"
    night = datetime(2026, 11, 28, 2, tzinfo=UTC)
    at(keeper, night - timedelta(seconds=1))
    keeper.step()
    assert not busy(keeper)
    at(keeper, night)
    keeper.step()
    assert busy(keeper)
    # While the new state is made, the old one answers.
    assert ask() == "state 1, a stranger was here"
    until(keeper, lambda: not busy(keeper))
    assert ask() == "state 2"
    assert keeper.due == night + timedelta(days=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["count", "current", folder.MARKER]
    assert any(words.startswith("Reset.") for words in told)


def test_who_asks_gets_a_reset_at_once(keeper: Keeper, ask: Callable[..., str], tmp_path: Path) -> None:
    begin(keeper)
    ask(b"x")
    (tmp_path / folder.REQUEST).touch()
    keeper.step()
    until(keeper, lambda: not busy(keeper))
    assert ask() == "state 2"
    assert not (tmp_path / folder.REQUEST).exists()


def test_a_reset_that_fails_leaves_the_old_state_and_is_tried_again(
    keeper: Keeper, ask: Callable[..., str], told: list[str], tmp_path: Path
) -> None:
    begin(keeper)
    ask(b"x")
    good, keeper.seed = keeper.seed, FAILS
    night = datetime(2026, 11, 28, 2, tzinfo=UTC)
    at(keeper, night)
    keeper.step()
    until(keeper, lambda: not busy(keeper))
    assert ask() == "state 1, a stranger was here"
    assert "failed" in told[-1]
    assert not (tmp_path / folder.NEXT).exists()
    keeper.seed = good
    keeper.step()
    assert not busy(keeper)
    at(keeper, night + AGAIN)
    keeper.step()
    until(keeper, lambda: not busy(keeper))
    assert ask() == "state 2"


def test_a_maker_that_hangs_is_ended(keeper: Keeper, told: list[str]) -> None:
    begin(keeper)
    keeper.seed = [sys.executable, "-c", "import time; time.sleep(60)"]
    at(keeper, NOON + timedelta(days=1))
    keeper.step()
    at(keeper, NOON + timedelta(days=1, hours=1))
    keeper.step()
    assert not busy(keeper)
    assert "failed" in told[-1]


def test_a_server_that_crashed_is_started_again(keeper: Keeper, ask: Callable[..., str], told: list[str]) -> None:
    begin(keeper)
    assert ask() == "state 1"
    process = keeper.servers[0].process
    assert process is not None
    process.kill()
    process.wait()
    until(keeper, lambda: bool(told) and "started again" in told[-1])
    assert ask() == "state 1"


def test_what_was_served_before_is_served_again_unless_it_no_longer_works(
    keeper: Keeper, tmp_path: Path, told: list[str]
) -> None:
    keeper.begin()
    keeper.begin()
    assert (tmp_path / "current" / "state").read_text() == "state 1"
    keeper.ready = FAILS
    keeper.begin()
    assert (tmp_path / "current" / "state").read_text() == "state 2"


def test_a_night_that_was_slept_through_is_made_up_for(keeper: Keeper) -> None:
    keeper.begin()
    at(keeper, NOON + timedelta(days=3))
    keeper.begin()
    assert keeper.due is not None
    assert keeper.is_due()


def test_without_a_first_state_nothing_starts(keeper: Keeper, tmp_path: Path) -> None:
    good, keeper.seed = keeper.seed, FAILS
    with pytest.raises(CannotBeginError, match="lines above"):
        keeper.begin()
    assert folder.seeded_at(tmp_path / folder.NEXT) is None
    keeper.seed = good
    keeper.begin()
    assert (tmp_path / folder.CURRENT / "state").read_text() == "state 1"

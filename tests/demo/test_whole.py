"""The command itself, with everything that belongs to it: a stranger's traces are gone after a reset. Takes minutes."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

import pytest

from tests.house.tree import ROOT

pytestmark = [
    pytest.mark.long, pytest.mark.skipif(sys.platform == "win32", reason="ended by a signal that Windows does not have"),
]  # fmt: skip
PATIENCE = 600
MEMBER = re.compile(r'name="member"[^>]*value="(\d+)"')
TOKEN = re.compile(r'csrfmiddlewaretoken" value="([^"]+)')


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    return [sys.executable, "manage.py", "demo", "--public", "--port", str(port), "--folder", str(tmp_path / "public")]


@pytest.fixture
def demo(command: list[str], tmp_path: Path) -> Iterator[str]:
    """Its address; it runs until the test is over."""
    own = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "PUBLIC_URL")}
    with subprocess.Popen(command, cwd=ROOT, env=own | {"DATA_DIR": str(tmp_path)}) as process:
        yield f"http://localhost:{command[5]}"
        process.send_signal(signal.SIGTERM)


def until_there(address: str) -> None:
    """It is silent, not refusing, as long as it seeds."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        try:
            with build_opener().open(f"{address}/robots.txt", timeout=PATIENCE):
                return
        except (URLError, OSError):
            time.sleep(1)
    raise AssertionError("the demo did not begin to answer")


def read(visitor: OpenerDirector, address: str) -> str:
    with visitor.open(address, timeout=60) as answer:
        return str(answer.read().decode())


def send(visitor: OpenerDirector, address: str, form: str, **fields: str) -> None:
    """Sends a form of a page as a browser does."""
    found = TOKEN.search(read(visitor, form))
    assert found
    body = urlencode(fields | {"csrfmiddlewaretoken": found[1]}).encode()
    visitor.open(Request(address, body, {"Referer": form}), timeout=60).close()


def a_member(address: str) -> OpenerDirector:
    visitor = build_opener(HTTPCookieProcessor(CookieJar()))
    send(visitor, f"{address}/try/member/", f"{address}/try/")
    return visitor


def test_what_a_stranger_wrote_is_gone_after_the_reset(demo: str, command: list[str], tmp_path: Path) -> None:
    until_there(demo)
    visitor, page = a_member(demo), f"{demo}/help/"
    member = MEMBER.search(read(visitor, page))
    assert member
    send(visitor, page, page, subject="Spuren", text="Hier war jemand", member=member[1])
    assert "Spuren" in read(a_member(demo), page)
    subprocess.run([*command, "--reset-now"], cwd=ROOT, env=os.environ | {"DATA_DIR": str(tmp_path)}, check=True)
    ends = time.monotonic() + PATIENCE
    while "Spuren" in read(a_member(demo), page):
        assert time.monotonic() < ends, "it did not reset itself"
        time.sleep(2)
    assert sorted(path.name for path in (tmp_path / "public").iterdir() if path.is_dir()) == ["current", "static"]

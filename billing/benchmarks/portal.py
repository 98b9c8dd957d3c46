"""Pages of the portal and of the office at a given number of members: milliseconds, queries, and what travels to the browser."""

import gzip
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from http.client import HTTPConnection
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.test.utils import override_settings
from django.utils import translation
from django_scopes import scope

from billing.benchmarks import databases, measure, portal_reader, portal_seed, usage_door
from billing.benchmarks.goals import Goal
from billing.benchmarks.portal_pages import Page, pages
from members.models import Organisation, User

ROUNDS, OK = 9, 200
# Where the portal keeps when somebody last showed once more who they are: some pages want that first.
PROVEN = "proven_at"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ASSET = re.compile(r"""<(?:link|script|img)\b[^>]*?\b(?:href|src)="(/[^"]+)\"""")
SHEET = re.compile(rb"url\([\"']?([^\"')]+)[\"']?\)")


@dataclass(frozen=True, slots=True)
class Asked:
    """One page, warm. Milliseconds: the `best` by the clock, and of `work` (program and database) on average. kB are packed: the page, and all it brings."""

    name: str
    group: str
    best: float
    work: float
    queries: int
    html: float
    weight: float


@dataclass(frozen=True, slots=True)
class Measured:
    """All pages, how long it took to make who they are about, what a start costs, and how large a web worker became (0: not to be seen)."""

    members: int
    seed: float
    start: float
    worker_mb: float
    pages: dict[str, Asked]


def ask(members: int, on: date) -> Measured:
    """Seeds and asks in a database that is thrown away afterwards."""
    with databases.throw_away("portal"):
        started = time.perf_counter()
        organisation = portal_seed.seed(members, on)
        with scope(organisation=organisation):
            house = portal_reader.furnish(organisation, on)
        seconds = time.perf_counter() - started
        found = {one.name: one for one in asked(organisation, house)}
        return Measured(members, seconds, start_up(), worker(organisation, house), found)


def asked(organisation: Organisation, house: portal_reader.House) -> Iterator[Asked]:
    """Each page, by the person who sees it; the office with its second factor."""
    names = override_settings(OFFICE_MFA_REQUIRED=True, ALLOWED_HOSTS=["localhost"])
    with names, translation.override(organisation.language), scope(organisation=None):
        clients = {who: signed_in(user) for who, user in house.users.items()} | {"": visitor()}
        for page in pages(house):
            yield one(clients[page.who], page)


def visitor() -> Client:
    """Somebody's browser."""
    return Client(SERVER_NAME="localhost", headers={"Accept-Language": "de"})


def signed_in(user: int) -> Client:
    """The browser of somebody who has signed in."""
    client = visitor()
    client.force_login(User.objects.get(pk=user), backend=BACKEND)
    session = client.session
    session[PROVEN] = time.time()
    session.save()
    return client


def one(client: Client, page: Page) -> Asked:
    """Asked for some times in a row, after once to be warm."""
    content = body(client, page)
    with measure.counted() as counter:
        body(client, page)
    worked = measure.busy_seconds("default")
    best = min(timed(client, page) for _round in range(ROUNDS))
    work = (measure.busy_seconds("default") - worked) / ROUNDS
    html = packed(content) / 1024
    brought = sum(asset(client, path) for path in set(ASSET.findall(content.decode()))) / 1024
    return Asked(page.name, page.group, best * 1000, work * 1000, counter.queries, html, html + brought)


def body(client: Client, page: Page) -> bytes:
    """What was answered; only a page counts."""
    answer: Any = client.get(page.path, secure=settings.SECURE)
    if answer.status_code != OK:
        raise AssertionError(f"{page.name} ({page.path}) answered {answer.status_code}")
    return bytes(answer.content)


def timed(client: Client, page: Page) -> float:
    """Seconds of one answer."""
    started = time.perf_counter()
    body(client, page)
    return time.perf_counter() - started


def packed(content: bytes) -> int:
    """Bytes on the way, as the web server packs them."""
    return len(gzip.compress(content, 6))


def asset(client: Client, path: str) -> int:
    """A style sheet, script or picture, with the fonts that a style sheet names; packed where that makes it smaller."""
    found = finders.find(path.removeprefix(settings.STATIC_URL)) if path.startswith(settings.STATIC_URL) else None
    if not found:
        answer: Any = client.get(path, secure=settings.SECURE)
        kind = str(answer.headers.get("Content-Type", "")) if answer.status_code == OK else "text/html"
        return 0 if kind.startswith("text/html") else len(answer.content)
    file = Path(str(found))
    named = SHEET.findall(file.read_bytes()) if file.suffix == ".css" else []
    fonts = {(file.parent / one.decode()).resolve() for one in named if one.endswith(b".woff2")}
    return sum(min(packed(each.read_bytes()), each.stat().st_size) for each in (file, *fonts) if each.exists())


def start_up() -> float:
    """Seconds that a processor works for `manage.py check`; the best of three."""
    command = [sys.executable, "manage.py", "check"]
    return min(child_seconds(command) for _time in range(3))


def child_seconds(command: list[str]) -> float:
    """Processor seconds of a command of our own."""
    before = os.times()
    subprocess.run(command, cwd=settings.BASE_DIR, check=True, capture_output=True)  # noqa: S603
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def worker(organisation: Organisation, house: portal_reader.House) -> float:
    """MB of the larger of two web workers after every page of the portal was asked for, where a server can be started."""
    if not find_spec("gunicorn"):
        return 0.0
    with scope(organisation=organisation):
        cookies = {
            who: signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value for who, user in house.users.items()
        }
    with usage_door.server() as (port, process):
        usage_door.wake(port)
        for page in pages(house):
            if page.group == "portal":
                fetch(port, page.path, cookies.get(page.who, ""))
        return max((resident_mb(pid) for pid in children_of(process)), default=0.0)


def fetch(port: int, path: str, session: str) -> None:
    """One page through the web server."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=usage_door.PATIENCE)) as client:
        client.request(
            "GET", path, headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}", "Accept-Language": "de"}
        )
        client.getresponse().read()


def children_of(process: int) -> list[int]:
    """The workers of a server."""
    listed = Path(f"/proc/{process}/task/{process}/children")
    return [int(pid) for pid in listed.read_text().split()] if listed.exists() else []


def resident_mb(pid: int) -> float:
    """Memory of a process, in MB."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def goals(found: Measured) -> Iterator[Goal]:
    """Milliseconds are those of work, program and database together, since neighbours on the machine do not change them."""
    for group, what, milliseconds, queries in (
        ("portal", "portal pages", 150, 15), ("member", "member page in the office", 300, 25), ("list", "lists of the office", 150, 8),
    ):  # fmt: skip
        rows = [one for one in found.pages.values() if one.group == group]
        yield Goal(f"{what}: the slowest", max(one.work for one in rows), milliseconds, "ms")
        yield Goal(f"{what}: the most queries", max(one.queries for one in rows), queries)
    rows = [one for one in found.pages.values() if one.group == "search"]
    yield Goal("search by part of the name, number, IBAN: the slowest", max(one.work for one in rows), 200, "ms")
    heaviest = max(one.weight for one in found.pages.values() if one.group == "portal")
    yield Goal("portal pages: the heaviest, with all it brings", heaviest, 150, "kB")
    yield Goal("start-up (manage.py check), seconds of work", found.start, 2.5, "s")
    if found.worker_mb:
        yield Goal("a web worker that has served every page of the portal", found.worker_mb, 150, "MB")

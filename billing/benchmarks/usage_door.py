"""The door for events: how many a second the product takes, beside a plain ModelSerializer, and served by two workers."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import date
from http.client import HTTPConnection
from importlib.util import find_spec
from itertools import islice
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_scopes import scope
from rest_framework.serializers import ModelSerializer

from billing.benchmarks import usage_seed
from billing.benchmarks.measure import busy_seconds
from billing.models import Contract, Meter, UsageEvent
from billing.services import api_keys
from members.models import Organisation

POSTS, CLIENTS, KEYS = 10, 4, 20
SERVED = {100: 400, 1000: 60}
PATIENCE, STORED = 30, 200
Values = dict[str, Any]


class PlainSerializer(ModelSerializer[UsageEvent]):
    """What one writes first: every field, the unique key asked for each event, one INSERT each."""

    class Meta:
        model = UsageEvent
        fields = ("organisation", "meter", "contract", "key", "at", "on", "value", "received_at")


def doors(organisation: Organisation) -> dict[str, float]:
    """Events per second: by our code and by the plain one in this process; served to others, where a server can be started."""
    with scope(organisation=organisation):
        secrets = [api_keys.make(organisation, f"meter {number}", None, timezone.now())[1] for number in range(KEYS)]
        found = {"own": own(secrets[0]), "plain": plain(organisation)}
        return found | (served(secrets) if find_spec("gunicorn") else {})


def batches(month: date, size: int, count: int) -> list[list[Values]]:
    """New events in lists of `size`."""
    customers = Contract.objects.count()
    source = usage_seed.events(customers, month, max(1, size * count // customers + 1))
    return [list(islice(source, size)) for _number in range(count)]


def rate(lists: list[list[Values]], take: Callable[[list[Values]], Any]) -> float:
    """Events per second of work in this process and the database."""
    started = busy_seconds("default")
    for events in lists:
        take(events)
    return sum(map(len, lists)) / (busy_seconds("default") - started)


def own(secret: str) -> float:
    """The product's endpoint, from the request to the answer."""
    client = Client(SERVER_NAME="localhost", headers={"Authorization": f"Bearer {secret}"})

    def take(events: list[Values]) -> None:
        answer = client.post("/api/usage/events", json.dumps(events), content_type="application/json")
        if answer.status_code != STORED:
            raise AssertionError(f"the endpoint answered {answer.status_code}")

    return rate(batches(date(2027, 3, 1), 1000, POSTS), take)


def plain(organisation: Organisation) -> float:
    """The same by a serializer of the model; whose contract it is need not even be looked up."""
    meter = Meter.objects.get().pk
    contracts = dict(Contract.objects.values_list("member__number", "pk"))
    now = timezone.now().isoformat()

    def take(events: list[Values]) -> None:
        facts = {"organisation": organisation.pk, "meter": meter, "received_at": now}
        rows = [
            facts | {"contract": contracts[one["member"]], "key": one["key"], "at": one["at"], "on": one["at"][:10], "value": one["value"]}
            for one in json.loads(json.dumps(events))
        ]  # fmt: skip
        serializer = PlainSerializer(data=rows, many=True)
        serializer.is_valid(raise_exception=True)
        serializer.save()

    return rate(batches(date(2027, 4, 1), 1000, POSTS), take)


def served(secrets: list[str]) -> dict[str, float]:
    """Events per second through the web server with two workers, by the clock; client and database on the same cores."""
    found = {}
    with server() as (port, _process):
        for place, (size, count) in enumerate(SERVED.items()):
            bodies = [json.dumps(events).encode() for events in batches(date(2027, 5 + place, 1), size, count)]
            shares = [bodies[first::CLIENTS] for first in range(CLIENTS)]
            wake(port)
            started = time.perf_counter()
            with ThreadPoolExecutor(CLIENTS) as clients:
                list(clients.map(lambda share: post(port, share, secrets), shares))
            found[f"served {size}"] = size * count / (time.perf_counter() - started)
    return found


def wake(port: int) -> None:
    """Both workers have started the programme and answered, as they have on any day but the first."""

    def ask(_number: int) -> None:
        with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as client:
            client.request("GET", "/api/usage/meters")
            client.getresponse().read()

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(ask, range(8 * CLIENTS)))


def post(port: int, bodies: list[bytes], secrets: list[str]) -> None:
    """One client on one connection; each key is used in turn, as if the events came from many meters."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as client:
        for number, body in enumerate(bodies):
            headers = {"Authorization": f"Bearer {secrets[number % KEYS]}", "Content-Type": "application/json"}
            client.request("POST", "/api/usage/events", body, headers)
            answer = client.getresponse()
            if answer.status != STORED or b'"stored"' not in answer.read():
                raise AssertionError(f"the endpoint answered {answer.status}")


@contextmanager
def server() -> Iterator[tuple[int, int]]:
    """The product's own web server over the throw-away database; gives its port and its process."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with TemporaryDirectory(prefix="kassenwart-benchmark-") as folder:
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "config.wsgi:application",
            f"--bind=127.0.0.1:{port}",
            "--workers=2",
        ]
        options = ["--worker-class=gthread", "--threads=2", "--log-level=critical"]
        process = subprocess.Popen(command + options, cwd=settings.BASE_DIR, env=environment(folder))  # noqa: S603 (our own command)
        try:
            wait_for(port)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(PATIENCE)


def environment(folder: str) -> dict[str, str]:
    """Settings of the server."""
    own = {"DATABASE_URL": database_url(), "DATA_DIR": folder, "SECRET_KEY": settings.DEVELOPMENT_KEY}
    return os.environ | own | {"PYTHONWARNINGS": "ignore"}


def database_url() -> str:
    """Where the throw-away database is."""
    at = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{at['NAME']}"
    user = f"{at['USER']}:{at['PASSWORD']}" if at["PASSWORD"] else at["USER"]
    return f"postgres://{user}@{at['HOST']}:{at['PORT'] or 5432}/{at['NAME']}"


def wait_for(port: int) -> None:
    """Until the server answers."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with closing(socket.socket()) as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the web server did not start")

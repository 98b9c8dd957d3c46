"""Seconds, processor time, memory and queries of one step."""

import ctypes
import gc
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from billing.services import bulk

HERTZ = 100
C_LIBRARY = ctypes.CDLL(None) if os.name == "posix" else None
STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True, slots=True)
class Step:
    """What one step cost. `server_cpu` is the database's own (None where it runs inside this process or is not to be seen)."""

    name: str
    contracts: int
    wall: float
    cpu: float
    server_cpu: float | None
    peak_mb: float
    queries: int

    @property
    def busy(self) -> float:
        """Seconds that this process and the database worked; where that is not to be seen, all seconds."""
        if self.server_cpu is None and connection.vendor == "postgresql":
            return self.wall
        return self.cpu + (self.server_cpu or 0)

    @property
    def per_second(self) -> float:
        return self.contracts / self.wall

    @property
    def queries_per_thousand(self) -> float:
        return self.queries / self.contracts * 1000


class Counter:
    """Counts what is sent to the database; a COPY and an executemany count as one each."""

    def __init__(self) -> None:
        self.queries = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        self.queries += 1
        return execute(sql, params, many, context)


def step(name: str, contracts: int, work: Callable[[], Any]) -> Step:
    """Does the work and tells what it cost."""
    reset_peak()
    server, cpu, wall = server_seconds(connection), time.process_time(), time.perf_counter()
    with counted() as counter:
        work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    after = server_seconds(connection)
    server_cpu = after - server if server is not None and after is not None else None
    return Step(name, contracts, wall, cpu, server_cpu, peak_mb(), counter.queries)


@contextmanager
def counted() -> Iterator[Counter]:
    """Counts the queries of a block. COPY goes past Django's wrappers, so it is counted where it is sent."""
    counter, copy = Counter(), bulk.copy

    def counting(*arguments: Any) -> None:
        counter.queries += 1
        copy(*arguments)

    with connection.execute_wrapper(counter), patch.object(bulk, "copy", counting):
        yield counter


@contextmanager
def inside(module: ModuleType, name: str) -> Iterator[list[float]]:
    """Seconds by the clock of each call of a function while the block runs."""
    seconds: list[float] = []
    work = getattr(module, name)

    def timing(*arguments: Any) -> Any:
        start = time.perf_counter()
        try:
            return work(*arguments)
        finally:
            seconds.append(time.perf_counter() - start)

    with patch.object(module, name, timing):
        yield seconds


def busy_seconds(*aliases: str) -> float:
    """A clock that runs while this process or its databases work. A neighbour on the machine does not make it run faster."""
    servers = [server_seconds(connections[alias]) for alias in aliases]
    known = [seconds for seconds in servers if seconds is not None]
    if len(known) < len(servers) and connection.vendor == "postgresql":
        return time.perf_counter()
    return time.process_time() + sum(known)


def server_seconds(database: BaseDatabaseWrapper) -> float | None:
    """Processor seconds of a connection's PostgreSQL process, if it runs on this machine."""
    if database.vendor != "postgresql":
        return None
    database.ensure_connection()
    stat = Path(f"/proc/{database.connection.info.backend_pid}/stat")
    if not stat.exists() or "postgres" not in stat.read_text():
        return None
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / HERTZ


def reset_peak() -> None:
    """Gives back what earlier steps freed, as a process of its own would start; the kernel counts the peak anew, where it can."""
    gc.collect()
    if C_LIBRARY and hasattr(C_LIBRARY, "malloc_trim"):
        C_LIBRARY.malloc_trim(0)
    if RESET.exists():
        RESET.write_text("5")


def peak_mb() -> float:
    """The largest memory since the last reset, in MB (1024 * 1024); 0 where the system does not tell."""
    found = re.search(r"VmHWM:\s+(\d+)", STATUS.read_text()) if STATUS.exists() else None
    return int(found[1]) / 1024 if found else 0.0

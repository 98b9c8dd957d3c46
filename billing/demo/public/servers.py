"""The programs of the public demo: web server and worker. One that ends by itself is started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MANAGE = str(ROOT / "manage.py")
PATIENCE, STEADY, LONGEST_WAIT = 15.0, 30.0, 60.0
Process = subprocess.Popen[bytes]


def launched(command: list[str], environment: dict[str, str], handed: tuple[int, ...] = ()) -> Process:
    """In a session of its own: Ctrl+C must reach us, and us alone, or the worker hangs."""
    return subprocess.Popen(command, env=environment, cwd=ROOT, start_new_session=True, pass_fds=handed)  # noqa: S603 (our own commands)


def ended(process: Process) -> None:
    """Asks a program to end, then ends it with all that it started; every piece of work may be repeated."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=PATIENCE)
    end_rest(process)
    process.wait()


def end_rest(process: Process) -> None:
    """What a program left behind: its children have its session, and nobody else has."""
    with suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


@dataclass
class Server:
    """One program that is kept running; who fails again and again is started less and less often."""

    name: str
    command: list[str]
    environment: dict[str, str]
    handed: tuple[int, ...] = ()
    process: Process | None = None
    started: float = 0.0
    failed: int = 0

    def start(self) -> None:
        """Now."""
        self.started = time.monotonic()
        self.process = launched(self.command, self.environment, self.handed)

    def look_after(self) -> bool:
        """Whether it had ended by itself and was started again."""
        if self.process is None or self.process.poll() is None:
            return False
        ran = time.monotonic() - self.started
        if ran > STEADY:
            self.failed = 0
        if ran < min(2.0**self.failed - 1, LONGEST_WAIT):
            return False
        self.failed += 1
        end_rest(self.process)
        self.start()
        return True

    def stop(self) -> None:
        """And wait until it has."""
        if self.process is not None:
            ended(self.process)
            self.process = None


def listening(bind: str, port: int) -> socket.socket | None:
    """Our own ear: while the servers are exchanged visitors wait and are not turned away. Windows cannot hand it on."""
    if os.name != "posix":
        return None
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    return socket.create_server((bind, port), family=family, backlog=256)


def web_server(ear: socket.socket | None, bind: str, port: int) -> tuple[list[str], tuple[int, ...]]:
    """The production server's command, and what is handed to it."""
    if ear is None:
        options = [f"--listen={bind}:{port}", "--threads=8", "--no-clear-untrusted-proxy-headers"]
        return [sys.executable, "-m", "waitress", *options, "config.wsgi:application"], ()
    options = [
        "--preload",
        "--worker-class=gthread",
        "--workers=2",
        "--threads=4",
        "--graceful-timeout=10",
        "--log-level=warning",
    ]
    command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", f"--bind=fd://{ear.fileno()}", *options]
    return command, (ear.fileno(),)


def manage(*arguments: str) -> list[str]:
    """A command of ours."""
    return [sys.executable, MANAGE, *arguments]

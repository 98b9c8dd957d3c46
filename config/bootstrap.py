"""From a fresh machine to a running command: makes `.venv`, installs the pinned libraries, starts again inside it.

Standard library only, and written so that an older Python can still read it and say what is missing.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
OLDEST, NEWEST = (3, 11), (3, 13)
SWITCH = "KASSENWART_NO_BOOTSTRAP"


def prepare(arguments: list[str]) -> None:
    """Return when this process can import what the command needs; otherwise install and start the command again."""
    if os.environ.get(SWITCH) == "1" or in_an_environment_of_its_own(arguments):
        return
    ensure(requirements_for(arguments))
    restart(arguments)


def ensure(name: str) -> None:
    """Make `.venv` hold exactly the pinned libraries of `requirements/<name>.txt`; nothing to do if it does already."""
    refuse_other_pythons(sys.version_info[:2])
    if is_installed(name):
        return
    started, uv = time.monotonic(), working_uv()
    refuse_without_pip(uv)
    tell(f"installing the libraries of requirements/{name}.txt into .venv (once, about a minute) ...")
    make_environment(with_pip=uv is None)
    install(name, uv)
    remember(name)
    importlib.invalidate_caches()
    tell(f"installed in {time.monotonic() - started:.0f} s")


def requirements_for(arguments: list[str]) -> str:
    """`test` needs the test tools; every other command runs on the libraries of an installation."""
    return "dev" if arguments[1:2] == ["test"] else "runtime"


def in_an_environment_of_its_own(arguments: list[str]) -> bool:
    """Whether somebody runs this inside a virtual environment that he made, with the libraries: then it is his."""
    inside = sys.prefix != sys.base_prefix and Path(sys.prefix).resolve() != ENVIRONMENT.resolve()
    needed = {"runtime": ["django"], "dev": ["django", "pytest_django"]}[requirements_for(arguments)]
    return inside and all(importlib.util.find_spec(name) for name in needed)


def refuse_other_pythons(version: tuple[int, ...]) -> None:
    if OLDEST <= version <= NEWEST:
        return
    names = [".".join(map(str, pair)) for pair in (OLDEST, NEWEST, version)]
    stop("runs on Python {} to {}, this is Python {}; start it with one of those.".format(*names))


def refuse_without_pip(uv: str | None) -> None:
    """Debian leaves the installer out of its Python unless a package of its own brings it."""
    if uv is None and importlib.util.find_spec("ensurepip") is None:
        stop("this Python cannot make virtual environments; on Debian and Ubuntu: sudo apt install python3-venv")


def make_environment(with_pip: bool) -> None:
    """Also mends a `.venv` whose Python is no longer this one, by emptying it."""
    base = getattr(sys, "_base_executable", None) or sys.executable
    other_python = ENVIRONMENT.exists() and os.path.realpath(PYTHON) != os.path.realpath(base)
    options = [*([] if with_pip else ["--without-pip"]), *(["--clear"] if other_python else [])]
    run([base, "-m", "venv", *options, str(ENVIRONMENT)])


def install(name: str, uv: str | None) -> None:
    """Every file is compared with its pinned hash. uv is faster but does not know pip's settings: pip is the fallback."""
    file = ["--require-hashes", "--quiet", "-r", str(requirements_file(name))]
    if uv and subprocess.call([uv, "pip", "install", "--python", str(PYTHON), *file]) == 0:
        return
    if uv:
        tell("uv could not install them (above), trying pip ...")
        make_environment(with_pip=True)
    run([str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *file])


def working_uv() -> str | None:
    """A launcher of a version manager may be on the path with no uv behind it."""
    uv = shutil.which("uv")
    works = uv and subprocess.run([uv, "--version"], capture_output=True, check=False).returncode == 0
    return uv if works else None


def run(command: list[str]) -> None:
    if subprocess.call(command) != 0:
        stop(
            "the libraries could not be installed, the lines above say why. "
            "Nothing was started; mend it (often the network) and run the same command again."
        )


def requirements_file(name: str) -> Path:
    return ROOT / "requirements" / f"{name}.txt"


def mark_of(name: str) -> Path:
    return ENVIRONMENT / f"installed-{name}"


def fingerprint(name: str) -> str:
    """Changes with the pinned libraries and with the Python behind `.venv`."""
    return hashlib.sha256(requirements_file(name).read_bytes() + os.path.realpath(PYTHON).encode()).hexdigest()


def is_installed(name: str) -> bool:
    mark = mark_of(name)
    return PYTHON.exists() and mark.exists() and mark.read_text() == fingerprint(name)


def remember(name: str) -> None:
    """The test libraries contain those of an installation; new ones of an installation may have displaced test ones."""
    mark_of("dev").unlink(missing_ok=True)
    for each in {"runtime", name}:
        mark_of(each).write_text(fingerprint(each))


def restart(arguments: list[str]) -> None:
    """Become the Python of `.venv`, so that Ctrl+C and signals reach the command itself. Windows can only start a child."""
    if Path(sys.prefix).resolve() == ENVIRONMENT.resolve() and importlib.util.find_spec("django"):
        return
    os.environ[SWITCH] = "1"
    command = [str(PYTHON), *arguments]
    if os.name == "nt":
        sys.exit(subprocess.call(command))
    os.execv(str(PYTHON), command)


def tell(sentence: str) -> None:
    print(f"Kassenwart: {sentence}", file=sys.stderr, flush=True)


def stop(sentence: str) -> None:
    sys.exit(f"Kassenwart: {sentence}")


if __name__ == "__main__":
    ensure(sys.argv[1])

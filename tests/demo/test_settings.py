"""What the settings say in a public demo, whatever else is set; and that no real installation becomes one."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from billing.demo.public import folder, start
from billing.demo.public.place import environment_of, place_of
from tests.house.tree import ROOT

ASK = """
import json, sys
from django.conf import settings
print(json.dumps({name: str(getattr(settings, name, "")) for name in sys.argv[1:]}))
"""
NAMES = (
    *(
        "DEMO",
        "DEBUG",
        "SECURE",
        "EMAIL_BACKEND",
        "OFFICE_MFA_REQUIRED",
        "STATEMENTS_FOLDER",
        "ALLOWED_HOSTS",
        "PUBLIC_URL",
    ),
    *("SECRET_KEY", "SESSION_COOKIE_NAME", "SECURE_HSTS_SECONDS", "SECURE_PROXY_SSL_HEADER", "STORAGES", "MIDDLEWARE"),
)
# What an installation may have in its environment or in `.env`.
OTHERS = {
    "EMAIL_URL": "smtp+tls://user:secret@mail.example.org:587", "DEBUG": "on", "OFFICE_MFA_REQUIRED": "on", "SECURE": "off",
    "STATEMENTS_FOLDER": "/srv/statements", "ALLOWED_HOSTS": "*", "SECRET_KEY": "of-the-installation", "KASSENWART_DEMO": "1",
}  # fmt: skip


def settings_in(environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    own = environment | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-c", ASK, *NAMES]
    return subprocess.run(command, env=own, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in OTHERS.items():
        monkeypatch.setenv(name, value)
    folder.adopt(tmp_path)
    return tmp_path


def settled(root: Path, address: str) -> dict[str, Any]:
    environment = environment_of(root, place_of(address, "127.0.0.1", 8000), "03:00")
    answer = settings_in(environment(root / folder.CURRENT))
    assert answer.returncode == 0, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def test_behind_a_proxy_it_is_as_safe_as_a_production_and_sends_no_mail(root: Path) -> None:
    found = settled(root, "https://demo.example.org/")
    assert found["EMAIL_BACKEND"] == "config.catcher.CatchingBackend"
    assert (found["DEMO"], found["DEBUG"], found["SECURE"]) == ("True", "False", "True")
    assert (found["OFFICE_MFA_REQUIRED"], found["STATEMENTS_FOLDER"]) == ("False", "")
    assert found["ALLOWED_HOSTS"] == "['demo.example.org', 'localhost', '127.0.0.1', '[::1]']"
    assert found["PUBLIC_URL"] == "https://demo.example.org"
    assert found["SECRET_KEY"] == folder.secret_key(root)
    assert found["SESSION_COOKIE_NAME"] == "__Host-session"
    assert int(found["SECURE_HSTS_SECONDS"]) > 0
    assert "FORWARDED_PROTO" in found["SECURE_PROXY_SSL_HEADER"]
    assert "Manifest" in found["STORAGES"]
    assert found["MIDDLEWARE"].startswith("['portal.public_demo.PublicDemoMiddleware'")


def test_at_home_it_speaks_http(root: Path) -> None:
    found = settled(root, "")
    assert (found["SECURE"], found["PUBLIC_URL"]) == ("False", "http://localhost:8000")
    assert found["EMAIL_BACKEND"] == "config.catcher.CatchingBackend"
    assert "Manifest" in found["STORAGES"]


def test_an_installation_does_not_become_a_public_demo_by_a_variable(tmp_path: Path) -> None:
    answer = settings_in(os.environ | {"KASSENWART_PUBLIC_DEMO": "1", "DATA_DIR": str(tmp_path / "data")})
    assert answer.returncode != 0
    assert "is set by `manage.py demo --public` alone" in answer.stderr


def test_and_an_installation_keeps_its_second_factor_and_its_mail_server(tmp_path: Path) -> None:
    real = {"SECRET_KEY": "of-the-installation", "EMAIL_URL": OTHERS["EMAIL_URL"], "DATA_DIR": str(tmp_path)}
    neutral = {name: value for name, value in os.environ.items() if name not in ("SECURE", "DEBUG", "KASSENWART_DEMO")}
    found = json.loads(settings_in(neutral | real).stdout)
    assert (found["OFFICE_MFA_REQUIRED"], found["DEMO"]) == ("True", "False")
    assert "smtp" in found["EMAIL_BACKEND"]
    assert "public_demo" not in found["MIDDLEWARE"]


@pytest.mark.parametrize("database", ["postgres://kassenwart@db/kassenwart", "sqlite:////srv/kassenwart.sqlite3"])
def test_beside_a_database_of_ones_own_it_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    monkeypatch.setattr(start, "keeper_of", lambda *_args: pytest.fail("it started"))
    wish = start.Wish(tmp_path / "demo", place_of("", "127.0.0.1", 8000), "03:00")
    with pytest.raises(start.RefusedError, match="DATABASE_URL"):
        start.start(wish, print)
    assert not (tmp_path / "demo").exists()


def test_nor_beside_the_embedded_database_of_an_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(start, "keeper_of", lambda *_args: pytest.fail("it started"))
    settings.DATA_DIR = tmp_path
    (tmp_path / folder.DATABASE).touch()
    with pytest.raises(start.RefusedError, match="is there"):
        start.start(start.Wish(tmp_path / "demo", place_of("", "127.0.0.1", 8000), "03:00"), print)


@pytest.mark.parametrize(
    "address", ["demo.example.org", "ftp://demo.example.org", "https://", "https://example.org/demo"]
)
def test_an_address_is_that_of_a_whole_website(address: str) -> None:
    with pytest.raises(ValueError):
        place_of(address, "127.0.0.1", 8000)


def test_nobody_asks_a_reset_of_a_folder_that_is_no_demo(tmp_path: Path) -> None:
    with pytest.raises(folder.NotTheDemosError):
        start.ask_for_reset(tmp_path)
    assert list(tmp_path.iterdir()) == []

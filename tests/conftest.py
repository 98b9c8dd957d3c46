"""What every test can rely on: neutral settings, an empty cache, and a clear word when a tool is missing."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import TransactionTestCase, override_settings
from django.utils import translation
from hypothesis import settings as hypothesis_settings

from billing.guards import remove_guards

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
IN_CI = os.environ.get("CI") == "true"
# No deadline anywhere: a slow machine is not a wrong programme. CI repeats the same examples on every run.
hypothesis_settings.register_profile("default", max_examples=100, deadline=None)
hypothesis_settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True, print_blob=True)
hypothesis_settings.register_profile("long", max_examples=2000, deadline=None)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("kassenwart")
    group.addoption("--long", action="store_true", help="also run the long forms of tests")
    group.addoption("--postgres-follows", action="store_true", help="leave tests marked `postgres` to a second pass")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--hypothesis-profile") is None:
        everyday = "ci" if IN_CI else "default"
        hypothesis_settings.load_profile("long" if config.getoption("--long") else everyday)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = [item for item in items if belongs_here(item, config)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(here)])
    items[:] = here
    if any(item.get_closest_marker("browser") for item in items):
        # Playwright keeps an event loop in this thread; Django would take every query beside it for a mistake.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def belongs_here(item: pytest.Item, config: pytest.Config) -> bool:
    """On PostgreSQL only what concerns it; on SQLite everything, unless a second pass takes the rest."""
    postgres = item.get_closest_marker("postgres") is not None
    if on_postgres():
        return postgres or item.get_closest_marker("both") is not None
    return not (postgres and config.getoption("--postgres-follows"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("long") and not item.config.getoption("--long"):
        pytest.skip("long form: run with --long")
    missing = missing_tool(item)
    if missing and IN_CI:
        pytest.fail(missing, pytrace=False)
    if missing:
        pytest.skip(missing)


def missing_tool(item: pytest.Item) -> str | None:
    if item.get_closest_marker("postgres") and not on_postgres():
        return "needs PostgreSQL: start one and name it in TEST_POSTGRES_URL, then run manage.py test"
    if item.get_closest_marker("browser") and not Path(CHROMIUM).exists():
        return f"needs a browser at {CHROMIUM}: apt install chromium, or name yours in the variable CHROMIUM"
    return None


def on_postgres() -> bool:
    return str(settings.DATABASES["default"]["ENGINE"]).endswith("postgresql")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Two test runs on one PostgreSQL server do not take each other's database away."""
    if on_postgres():
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = f"test_kassenwart_{os.getpid()}"
        # Nobody needs these rows after a power cut.
        settings.DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"


@pytest.fixture(scope="session", autouse=True)
def neutral_settings(django_test_environment: None) -> Iterator[None]:
    """Nothing is kept on the disk, and passwords are hashed cheaply."""
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    with override_settings(
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        STORAGES={**settings.STORAGES, "default": memory},
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ):
        yield


@pytest.fixture(scope="session", autouse=True)
def guards_let_a_test_database_be_emptied(django_test_environment: None) -> Iterator[None]:
    """After a test with real commits every table is emptied, which the guards refuse; what follows puts them back."""
    empty = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def without_guards(case: TransactionTestCase) -> None:
        remove_guards()
        empty(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", without_guards)
        yield


@pytest.fixture(autouse=True)
def language_of_the_installation() -> None:
    """A page that one test read in English leaves its language to the next."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Rate limits live in the cache: one test must not use up the tries of the next."""
    cache.clear()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The Chromium of the machine, silent: it asks no server for updates or experiments."""
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    machine = ["--no-sandbox", "--disable-gpu"]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": [*machine, *quiet]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "de-DE", "timezone_id": "Europe/Berlin"}

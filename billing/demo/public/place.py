"""Where the public demo is reached, and the settings that follow from it."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from billing.demo.public import folder


@dataclass(frozen=True, slots=True)
class Place:
    """Its address in the browser, and where it listens."""

    address: str
    bind: str
    port: int

    @property
    def secure(self) -> bool:
        """Behind a proxy that speaks HTTPS; at home there is none."""
        return self.address.startswith("https://")


def place_of(address: str, bind: str, port: int) -> Place:
    """A ValueError where this is no address of a website: scheme and host, no folder, since every link begins at the root."""
    wanted = address.rstrip("/") or f"http://localhost:{port}"
    parts = urlsplit(wanted)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise ValueError(address)
    return Place(wanted, bind, port)


def environment_of(root: Path, place: Place, reset_at: str) -> Callable[[Path], dict[str, str]]:
    """The settings for a state of this demo. Each one is given, so that none comes out of an installation's `.env`."""

    def environment(data: Path) -> dict[str, str]:
        proxies = os.environ.get("TRUSTED_PROXY_COUNT", "1") if place.secure else "0"
        return os.environ | {
            "KASSENWART_PUBLIC_DEMO": "1", "KASSENWART_DEMO_RESET_AT": reset_at, "DATA_DIR": str(data),
            "DATABASE_URL": folder.database_of(data), "SECRET_KEY": folder.secret_key(root), "PUBLIC_URL": place.address,
            "ALLOWED_HOSTS": ",".join(dict.fromkeys([str(urlsplit(place.address).hostname), "localhost", "127.0.0.1", "[::1]"])),
            "SECURE": "on" if place.secure else "off", "BEHIND_PROXY": "on" if place.secure else "off", "TRUSTED_PROXY_COUNT": proxies,
            "SECURE_SSL_REDIRECT": "on", "CSRF_TRUSTED_ORIGINS": "", "DEBUG": "off", "OFFICE_MFA_REQUIRED": "off", "STATEMENTS_FOLDER": "",
            "EMAIL_URL": "consolemail://", "MAILS_PER_HOUR": "0", "PYTHONUNBUFFERED": "1",
        }  # fmt: skip

    return environment

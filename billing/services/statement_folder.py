"""A folder that bank statements are put into, by whatever fetches them from the bank: `STATEMENTS_FOLDER/<organisation>/`.

Read by every `tick`. A file that was taken over goes to `done/`; a refused one to `refused/` with the reason beside it. A file
that was written within the last minute waits, because it may not be whole yet.
"""

import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError

from billing.services import reconciliation, statement_import
from members.models import Organisation

logger = logging.getLogger(__name__)
SETTLING_SECONDS = 60
MOST_AT_ONCE = 20


def read_folder(organisation: Organisation, now: datetime) -> int:
    """Takes over what lies in the organisation's folder; gives how many files."""
    taken = 0
    for path in list(waiting(organisation, now))[:MOST_AT_ONCE]:
        taken += take(organisation, path, now)
    if taken:
        reconciliation.match_open(organisation, now)
    return taken


def waiting(organisation: Organisation, now: datetime) -> Iterator[Path]:
    """Plain files, in the order of their names; nothing hidden, and no link that leads elsewhere."""
    if not settings.STATEMENTS_FOLDER:
        return
    folder = Path(settings.STATEMENTS_FOLDER) / organisation.slug
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        plain = path.is_file() and not path.is_symlink() and not path.name.startswith(".")
        if plain and now.timestamp() - path.stat().st_mtime >= SETTLING_SECONDS:
            yield path


def take(organisation: Organisation, path: Path, now: datetime) -> bool:
    """One file; whatever is wrong with it stops no other."""
    try:
        with path.open("rb") as source:
            statement_import.import_file(organisation, path.name, source, None, now)
    except (ValidationError, OSError) as refused:
        reason = " ".join(getattr(refused, "messages", [str(refused)]))
        logger.warning("bank statement %s refused: %s", path.name, reason)
        put_away(path, "refused", now).with_suffix(".reason.txt").write_text(f"{reason}\n", encoding="utf-8")
        return False
    put_away(path, "done", now)
    return True


def put_away(path: Path, where: str, now: datetime) -> Path:
    """Moves a file; of the same name there may be many."""
    folder = path.parent / where
    folder.mkdir(exist_ok=True)
    return path.replace(folder / f"{now:%Y%m%d-%H%M%S}-{path.name}")

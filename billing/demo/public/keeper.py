"""Keeps the public demo: serves the current state, makes the next one beside it, exchanges them, looks after the servers.

Nobody ever sees a state that is not whole. If making one fails, the old one goes on and it is tried again later.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

from billing.demo.public import folder
from billing.demo.public.clock import next_reset
from billing.demo.public.servers import Process, Server, ended, launched

AGAIN, LONGEST = timedelta(minutes=15), timedelta(minutes=45)
PAUSE = 0.5
Environment = dict[str, str]


class CannotBeginError(Exception):
    """The first state could not be made."""


def clock() -> datetime:
    """Now."""
    return datetime.now(UTC)


@dataclass
class Keeper:
    """`seed` fills an empty state, `ready` readies one that was served before, `static` collects what pages are drawn with;
    `environment` tells them which state it is. The worker is the last of the servers."""

    root: Path
    at: time_of_day
    seed: list[str]
    ready: list[str]
    static: list[str]
    environment: Callable[[Path], Environment]
    servers: list[Server]
    tell: Callable[[str], None] = print
    now: Callable[[], datetime] = clock
    due: datetime | None = None
    seeding: Process | None = None
    since: datetime = field(default_factory=clock)

    def begin(self) -> None:
        """There is a whole state: the one from before, if it still works, else a new one."""
        folder.recover(self.root)
        current = self.root / folder.CURRENT
        if folder.seeded_at(current) is None or not self.done(self.ready, current):
            self.tell("Making the demo's data (a minute or two) ...")
            self.begin_seeding()
            if not self.seeded(wait=True):
                raise CannotBeginError("The demo's data could not be made; the lines above say why.")
            folder.exchange(self.root)
            folder.remove(self.root, folder.OLD)
        if not self.done(self.static, current):
            raise CannotBeginError("The files of the pages could not be collected; the lines above say why.")
        self.due = next_reset(folder.seeded_at(current) or self.now(), self.at)

    def done(self, command: list[str], data: Path) -> bool:
        """Runs a step to its end."""
        self.seeding = launched(command, self.environment(data))
        code, self.seeding = self.seeding.wait(), None
        return code == 0

    def keep(self) -> None:
        """Until somebody stops us."""
        try:
            self.begin()
            for server in self.servers:
                server.start()
            while True:
                self.step()
                time.sleep(PAUSE)
        finally:
            self.stop()

    def stop(self) -> None:
        """Everything that we started."""
        for server in self.servers:
            server.stop()
        if self.seeding is not None:
            ended(self.seeding)

    def step(self) -> None:
        """What there is to do at this moment."""
        for server in self.servers:
            if server.look_after():
                self.tell(f"{server.name} had ended and was started again.")
        if self.seeding is None and self.is_due():
            self.begin_seeding()
        elif self.seeding is not None and (self.seeding.poll() is not None or self.now() - self.since > LONGEST):
            self.end_seeding()

    def is_due(self) -> bool:
        """It is time, or somebody asked for it."""
        return (self.root / folder.REQUEST).exists() or (self.due is not None and self.now() >= self.due)

    def begin_seeding(self) -> None:
        """Makes a new state, beside the one that is served."""
        (self.root / folder.REQUEST).unlink(missing_ok=True)
        self.since = self.now()
        self.seeding = launched(self.seed, self.environment(folder.fresh_next(self.root)))

    def seeded(self, wait: bool = False) -> bool:
        """Whether the new state is whole; it is marked so here alone, behind the end of its maker."""
        if self.seeding is None:
            return False
        if self.seeding.poll() is None and not wait:
            ended(self.seeding)
        code, self.seeding = self.seeding.wait(), None
        if code == 0:
            folder.mark_seeded(self.root / folder.NEXT, self.now())
        return code == 0

    def end_seeding(self) -> None:
        """Exchanges the states, or lets the old one go on."""
        if self.seeded():
            self.exchange()
            self.due = next_reset(self.now(), self.at)
            return
        folder.remove(self.root, folder.NEXT)
        self.due = self.now() + AGAIN
        self.tell("The reset failed (the lines above say why). The old data goes on; next try in 15 minutes.")

    def exchange(self) -> None:
        """Stops the servers, puts the new state in place, starts them: the worker first, since it takes longest to end."""
        self.servers[-1].stop()
        stopped = time.monotonic()
        for server in self.servers:
            server.stop()
        try:
            folder.exchange(self.root)
        except OSError as failed:
            self.tell(f"The states could not be exchanged: {failed}")
            folder.recover(self.root)
        for server in self.servers:
            server.start()
        self.tell(f"Reset. The servers stood still for {time.monotonic() - stopped:.1f} s and are starting.")
        folder.remove(self.root, folder.OLD)

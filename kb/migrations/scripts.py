"""The migrations that this version of the program has: the files in `alembic/versions`, in their order."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory

from config import ROOT


class Phase(StrEnum):
    """When a migration may run: beside older code that serves the database, or after it."""

    EXPAND = "expand"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class Migration:
    """One file in `alembic/versions`."""

    revision: str
    phase: Phase
    title: str


@dataclass(frozen=True, slots=True)
class Migrations:
    """All migrations of the program, the oldest first."""

    all: tuple[Migration, ...]

    @staticmethod
    def of_program() -> "Migrations":
        """The migrations of this program, whose files are read once. Raises ValueError for one without a phase."""
        return _read(ROOT)

    @property
    def head(self) -> str:
        """The newest one."""
        return self.all[-1].revision

    @property
    def revisions(self) -> list[str]:
        """The names of all."""
        return [migration.revision for migration in self.all]

    def after(self, revision: str | None) -> tuple[Migration, ...]:
        """The migrations that a database at a revision lacks; all for None, which is an empty one."""
        return self.all if revision is None else self.all[self.revisions.index(revision) + 1 :]

    def oldest_compatible(self, revision: str) -> str:
        """The oldest migration that a program must know to run on a database at a revision."""
        applied = self.all[: self.revisions.index(revision) + 1]
        tightened = [migration.revision for migration in applied if migration.phase is Phase.CONTRACT]
        return tightened[-1] if tightened else applied[0].revision


@cache
def _read(root: Path) -> Migrations:
    newest_first = [
        Migration(script.revision, Phase(getattr(script.module, "PHASE", "")), script.doc)
        for script in ScriptDirectory.from_config(AlembicConfig(root / "alembic.ini")).walk_revisions()
    ]
    return Migrations(tuple(reversed(newest_first)))


def alembic_config(**attributes: Any) -> AlembicConfig:
    """What Alembic's commands need; `connection` is one that they use instead of their own."""
    return AlembicConfig(ROOT / "alembic.ini", attributes=attributes)

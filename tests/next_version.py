"""Makes the program's next versions: this one, with more migrations. The product knows nothing of it."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from config import ROOT

_MIGRATION = '''"""{title}"""

import sqlalchemy as sa

from alembic import op

PHASE = "{phase}"
revision = "{revision}"
down_revision = "{down_revision}"


def upgrade():
    {body}


def downgrade():
    pass
'''

ADDITIONS = (
    'op.create_table("made_up_notes", sa.Column("id", sa.Integer(), primary_key=True))',
    'op.add_column("initiatives", sa.Column("made_up_text", sa.Text()))',
    'op.add_column("initiatives", sa.Column("made_up_number", sa.Integer(), server_default="7", nullable=False))',
    'op.create_index("ix_made_up", "initiatives", ["made_up_number"])',
    'op.execute("UPDATE initiatives SET made_up_number = 8")',
)
"""What an `expand` migration may do, a statement each."""


def make_version(folder: Path, *migrations: tuple[str, str, str]) -> Path:
    """Make a folder with a program that has further migrations, each a phase, a title and statements; the folder.

    With the folder as PYTHONPATH, `kb` is that program.
    """
    folder.mkdir(parents=True)
    shutil.copytree(ROOT / "alembic", folder / "alembic")
    for name in ("alembic.ini", "config.py"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("kb", "seed_data", "search_index"):
        (folder / name).symlink_to(ROOT / name)
    last = max(int(path.name[:4]) for path in (ROOT / "alembic" / "versions").glob("*.py"))
    for number, (phase, title, body) in enumerate(migrations, last + 1):
        values = {"revision": f"{number:04}", "down_revision": f"{number - 1:04}"}
        text = _MIGRATION.format(phase=phase, title=title, body=body.replace("\n", "\n    "), **values)
        (folder / "alembic" / "versions" / f"{number:04}_made_up.py").write_text(text, "utf-8")
    return folder


def running(environment: Mapping[str, str], version: Path) -> dict[str, str]:
    """The environment in which `kb` is the program of a folder."""
    return {**environment, "PYTHONPATH": str(version), "PYTHONDONTWRITEBYTECODE": "1"}

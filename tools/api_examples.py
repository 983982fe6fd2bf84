"""Write the examples of the API's description: `python -m tools.api_examples`, after the seed or an answer changed.

They are what the seeded site answers, in a folder of its own that is thrown away; a test compares them with it.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from flask.testing import FlaskClient

import kb.all_models  # noqa: F401 - the tables of all packages
from config import ROOT, Config
from kb.api.examples import ADDRESSES, COUNTED, FILE, REFUSED, SITE
from kb.app import create_app
from kb.core.db import Database, Model
from kb.search import indexing
from kb.seeding import seed


def answers(client: FlaskClient) -> dict[str, object]:
    """What a site answers to the addresses of all examples."""
    return {
        address: client.get(address, base_url=SITE).get_json() for address in (*ADDRESSES.values(), COUNTED, REFUSED)
    }


def main() -> None:
    """Seed a site, ask it, and write the file."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        config = Config(
            database_url=f"sqlite:///{folder / 'examples.sqlite3'}",
            search_index=folder / "search_index",
            instance=folder / "instance",
            development=True,
        )
        database = Database(config.database_url)
        Model.metadata.create_all(database.engine)
        with database.writing() as session:
            seed(session, ROOT / "seed_data")
        indexing.rebuild(database, config.search_index)
        database.dispose()
        written = json.dumps(answers(create_app(config).test_client()), ensure_ascii=False, indent=1)
    FILE.write_text(f"{written}\n", encoding="utf-8")


if __name__ == "__main__":
    main()

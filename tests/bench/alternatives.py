"""The same documents and queries in SQLite FTS5 and in PostgreSQL full text, each with its facets counted by SQL."""

import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import psycopg

from kb.search.engine_types import Document

from .records import Asked

FACETS = ("goal", "challenge", "technology", "region", "income", "stage")
PAGE = 20
_PIECE = re.compile(r'"([^"]*)"|(\S+)')


class Fts5:
    """SQLite's full text with Porter stemming, ranked by its bm25()."""

    name = "SQLite FTS5"

    def __init__(self, folder: Path, documents: Iterable[Document]) -> None:
        self._db = sqlite3.connect(folder / "fts5.sqlite3")
        self._db.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-200000;"
            "CREATE VIRTUAL TABLE doc USING fts5(title, text, tokenize='porter unicode61 remove_diacritics 2');"
            "CREATE TABLE facet (doc INTEGER, field TEXT, value TEXT, PRIMARY KEY (doc, field, value)) WITHOUT ROWID;"
        )
        for document in documents:
            self._db.execute(
                "INSERT INTO doc(rowid, title, text) VALUES (?, ?, ?)", (document.id, document.title, document.text)
            )
            self._db.executemany("INSERT INTO facet VALUES (?, ?, ?)", _facets(document))
        self._db.execute("CREATE INDEX facet_value ON facet (field, value, doc)")
        self._db.commit()
        self._db.executescript("ANALYZE; CREATE TEMP TABLE hit (doc INTEGER PRIMARY KEY, rank REAL)")

    def page(self, asked: Asked) -> int:
        """Total, 20 best with snippets, six facets; return the total."""
        match = " ".join(f'"{phrase}"' if phrase else _fts5_word(word) for phrase, word in _PIECE.findall(asked.text))
        where, values = _filters(asked, "?", "doc.rowid")
        self._db.execute("DELETE FROM hit")
        self._db.execute(
            f"INSERT INTO hit SELECT doc.rowid, bm25(doc) FROM doc WHERE doc MATCH ? {where}", (match, *values)
        )
        total = self._db.execute("SELECT count(*) FROM hit").fetchone()[0]
        best = [row[0] for row in self._db.execute("SELECT doc FROM hit ORDER BY rank, doc LIMIT ?", (PAGE,))]
        if best:
            marks = ",".join("?" * len(best))
            self._db.execute(
                f"SELECT rowid, snippet(doc, 1, '[', ']', '…', 30) FROM doc WHERE doc MATCH ? AND rowid IN ({marks})",
                (match, *best),
            ).fetchall()
        self._db.execute(
            f"SELECT field, value, count(*) FROM facet JOIN hit USING (doc) WHERE field IN {FACETS} GROUP BY 1, 2"
        ).fetchall()
        return total

    def close(self) -> None:
        """Close the file."""
        self._db.close()


class PostgreSQL:
    """PostgreSQL's English text search over a GIN index, ranked by ts_rank."""

    name = "PostgreSQL full text"

    def __init__(self, url: str, documents: Iterable[Document]) -> None:
        self._db = psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True)
        self._db.execute("CREATE TABLE doc (id bigint PRIMARY KEY, text text, words tsvector)")
        self._db.execute("CREATE TABLE facet (doc bigint, field text, value text)")
        with self._db.cursor() as cursor:
            rows = list(documents)
            with cursor.copy("COPY doc (id, text) FROM STDIN") as copy:
                for document in rows:
                    copy.write_row((document.id, f"{document.title}\n{document.text}"))
            with cursor.copy("COPY facet FROM STDIN") as copy:
                for document in rows:
                    for row in _facets(document):
                        copy.write_row(row)
        self._db.execute("UPDATE doc SET words = to_tsvector('english', text)")
        self._db.execute("CREATE INDEX ON doc USING gin (words)")
        self._db.execute("CREATE INDEX ON facet (doc)")
        self._db.execute("CREATE INDEX ON facet (field, value, doc)")
        self._db.execute("VACUUM ANALYZE")
        self._db.execute("CREATE TEMP TABLE hit (doc bigint, rank real)")

    def page(self, asked: Asked) -> int:
        """Total, 20 best with snippets, six facets; return the total."""
        parts = []
        for phrase, word in _PIECE.findall(asked.text):
            maker = "phraseto_tsquery" if phrase else "to_tsquery" if word.endswith("*") else "plainto_tsquery"
            parts.append((f"{maker}('english', %s)", phrase or (word[:-1] + ":*" if word.endswith("*") else word)))
        query = " && ".join(sql for sql, _ in parts)
        words = tuple(value for _, value in parts)
        where, values = _filters(asked, "%s", "doc.id")
        self._db.execute("TRUNCATE hit")
        self._db.execute(
            f"INSERT INTO hit SELECT id, ts_rank(words, q) FROM doc, (SELECT {query} AS q) AS asked "
            f"WHERE words @@ q {where}",
            (*words, *values),
        )
        total = self._db.execute("SELECT count(*) FROM hit").fetchone()[0]
        best = [row[0] for row in self._db.execute("SELECT doc FROM hit ORDER BY rank DESC, doc LIMIT %s", (PAGE,))]
        self._db.execute(
            f"SELECT id, ts_headline('english', text, {query}, 'MaxWords=30, MinWords=15') FROM doc WHERE id = ANY(%s)",
            (*words, best),
        ).fetchall()
        self._db.execute(
            f"SELECT field, value, count(*) FROM facet JOIN hit USING (doc) WHERE field IN {FACETS} GROUP BY 1, 2"
        ).fetchall()
        return total

    def close(self) -> None:
        """Close the connection."""
        self._db.close()


def _fts5_word(word: str) -> str:
    return f'"{word[:-1]}"*' if word.endswith("*") else f'"{word}"'


def _facets(document: Document) -> list[tuple[int, str, str]]:
    return [(document.id, field, value) for field, values in document.facets.items() for value in values]


def _filters(asked: Asked, mark: str, key: str) -> tuple[str, list[str]]:
    where, values = "", []
    for field, chosen in asked.filters.items():
        marks = ",".join([mark] * len(chosen))
        where += f" AND {key} IN (SELECT doc FROM facet WHERE field = {mark} AND value IN ({marks}))"
        values += [field, *chosen]
    return where, values

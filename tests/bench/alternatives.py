"""The same documents and queries in tantivy, SQLite FTS5 and PostgreSQL full text, each with its facets counted."""

import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import psycopg
import tantivy

from kb.search.engine_types import Document

from .records import Asked

FACETS = ("goal", "challenge", "technology", "region", "income", "stage")
PAGE = 20
_PIECE = re.compile(r'"([^"]*)"|(\S+)')


class Tantivy:
    """Tantivy, the Rust library, in memory-mapped files: English stemming, BM25, facets by terms aggregations.

    The documents that snippets are cut from are kept in memory, as they are for our own engine.
    """

    name = "tantivy"

    def __init__(self, folder: Path, documents: Iterable[Document]) -> None:
        builder = tantivy.SchemaBuilder().add_integer_field("id", fast=True)
        for field in ("title", "text"):
            builder.add_text_field(field, tokenizer_name="en_stem")
        for field in FACETS:
            builder.add_text_field(field, tokenizer_name="raw", index_option="basic", fast=True)
        self._schema = builder.build()
        (folder / "tantivy").mkdir()
        self._index = tantivy.Index(self._schema, str(folder / "tantivy"))
        writer = self._index.writer(num_threads=1)
        self._kept = {}
        for document in documents:
            facets = {field: list(document.facets.get(field, ())) for field in FACETS}
            writer.add_document(
                tantivy.Document(id=document.id, title=[document.title], text=[document.text], **facets)
            )
            self._kept[document.id] = tantivy.Document(text=[document.text])
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._counting = {field: {"terms": {"field": field, "size": 1_000}} for field in FACETS}

    def page(self, asked: Asked) -> int:
        """Total, 20 best with snippets, six facets; return the total."""
        searcher = self._index.searcher()
        must = [self._clause(phrase, word) for phrase, word in _PIECE.findall(asked.text)]
        for field, chosen in asked.filters.items():
            among = tantivy.Query.term_set_query(self._schema, field, list(chosen))
            must.append(tantivy.Query.const_score_query(among, 0.0))
        query = tantivy.Query.boolean_query([(tantivy.Occur.Must, clause) for clause in must])
        result = searcher.search(query, PAGE)
        ids = searcher.fast_field_values("id", [address for _, address in result.hits])
        snippets = tantivy.SnippetGenerator.create(searcher, query, self._schema, "text")
        snippets.set_max_num_chars(220)
        for id_ in ids:
            snippets.snippet_from_doc(self._kept[id_]).to_html()
        searcher.aggregate(query, self._counting)
        return result.count or 0

    def _clause(self, phrase: str, word: str) -> tantivy.Query:
        if word.endswith("*"):
            clauses = [tantivy.Query.regex_query(self._schema, field, f"{word[:-1]}.*") for field in ("title", "text")]
            return tantivy.Query.boolean_query([(tantivy.Occur.Should, clause) for clause in clauses])
        return self._index.parse_query(f'"{phrase}"' if phrase else word, ["title", "text"])

    def close(self) -> None:
        """Let go of the files."""
        del self._index


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

"""Timing and telling: medians and 95th percentiles in milliseconds, a table of the sizes side by side, a JSON file."""

import json
import math
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Figures = dict[str, Any]


def timed(calls: Iterable[Callable[[], object]], within: float = math.inf) -> list[float]:
    """The seconds that each call took; none begins once all together have taken so many."""
    seconds: list[float] = []
    total = 0.0
    for call in calls:
        if total >= within:
            break
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
        total += seconds[-1]
    return seconds


def in_ms(seconds: list[float]) -> Figures:
    """Median and 95th percentile (nearest rank) in milliseconds."""
    ordered = sorted(seconds)
    p95 = ordered[math.ceil(len(ordered) * 0.95) - 1]
    return {
        "median_ms": round(statistics.median(ordered) * 1000, 2),
        "p95_ms": round(p95 * 1000, 2),
        "runs": len(ordered),
    }


def table(results: list[Figures]) -> str:
    """The figures as a table in Markdown: a column for each number of records, and the last as a multiple of the first.

    A page is given as "CPU of the worker · median / 95th percentile", in milliseconds; it grows by its CPU. Beside
    that stands by how much its HTML grows, since with more records some pages show more.
    """
    sizes = sorted({row["records"] for row in results if row["records"]})
    lines: dict[str, dict[int, Figures]] = {}
    for row in results:
        lines.setdefault(row["what"], {})[row["records"]] = row
    head = ["", *(f"{size:,}" for size in sizes), "growth", "aim"]
    told = [head, ["---", *["---:"] * (len(head) - 2), "---"]]
    for what, found in lines.items():
        aims = [row["aim"] for row in found.values() if row.get("aim")]
        # What does not depend on the records stands in the first column.
        cells = [_cell(found.get(size) or (found.get(0) if size == sizes[0] else None)) for size in sizes]
        told.append([what, *cells, _growth([found[size] for size in sizes if size in found]), "; ".join(aims)])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in told)


def _cell(row: Figures | None) -> str:
    if row is None:
        return ""
    if "p95_ms" not in row:
        return f"{row['value']:,.1f} {row.get('unit', '')}".strip()
    cpu = f"{row['cpu_ms']:,.1f} · " if "cpu_ms" in row else ""
    return f"{cpu}{row['median_ms']:,.1f} / {row['p95_ms']:,.1f}"


def _growth(rows: list[Figures]) -> str:
    if len(rows) < 2:
        return ""
    first, last = (row.get("cpu_ms", row.get("median_ms", row.get("value"))) for row in (rows[0], rows[-1]))
    growth = f"× {last / first:,.1f}" if first else ""
    return f"{growth} (page × {rows[-1]['page_kb'] / rows[0]['page_kb']:,.1f})" if "page_kb" in rows[0] else growth


def tell(results: list[Figures], file: Path) -> None:
    """Print the figures as a table and write them all."""
    file.write_text(json.dumps(results, indent=1), encoding="utf-8")
    print(f"\n{table(results)}\n\nwritten to {file.name}")

"""Timing and telling: medians and 95th percentiles in milliseconds, one table, one JSON file."""

import json
import math
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Figures = dict[str, Any]


def timed(calls: Iterable[Callable[[], object]]) -> list[float]:
    """The seconds that each call took."""
    seconds = []
    for call in calls:
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
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


def tell(results: list[Figures], file: Path) -> None:
    """Print the figures as a table and write them all."""
    file.write_text(json.dumps(results, indent=1), encoding="utf-8")
    print(f"\n{'what':<58}{'records':>9}{'median':>11}{'p95':>11}   aim")
    for row in results:
        unit = "ms" if "p95_ms" in row else row.get("unit", "")
        middle = f"{row['median_ms']:,.2f}" if "median_ms" in row else f"{row['value']:,.1f}"
        high = f"{row['p95_ms']:,.2f}" if "p95_ms" in row else ""
        print(f"{row['what']:<58}{row['records']:>9,}{middle:>11}{high:>11} {unit:<3} {row.get('aim', '')}")
    print(f"\nwritten to {file.name}")

"""Metrics, documents, alert rules and the dashboard name the same things."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from config import ROOT
from kb.core import metric_types, metrics

from .sources import FILES, text_of

MONITORING = ROOT / "deploy" / "monitoring"
_NAME = re.compile(r"\bkb_[a-z_]+")
_OF_HISTOGRAMS = ("_bucket", "_count", "_sum")


def told() -> set[str]:
    """Every name of a series that /metrics may have."""
    names = set(metric_types.DECLARED)
    for name, metric in metric_types.DECLARED.items():
        if isinstance(metric, metric_types.Histogram):
            names |= {name + ending for ending in _OF_HISTOGRAMS}
    return names


def test_the_documents_list_every_metric_as_the_program_describes_it() -> None:
    listed = re.findall(
        r"^\| `(kb_\w+)` \| (\w+) \| (.*) \| (.+) \|$", (ROOT / "docs/monitoring.md").read_text(), re.MULTILINE
    )
    declared = [
        (name, metric.kind, ", ".join(f"`{label}`" for label in metric.labels), metric.help_text)
        for name, metric in metric_types.DECLARED.items()
    ]
    assert listed == declared, "change the table of docs/monitoring.md with kb/core/metrics.py"


@pytest.mark.parametrize("file", sorted(path.name for path in MONITORING.iterdir()))
def test_what_operators_are_given_names_no_metric_that_there_is_not(file: str) -> None:
    named = set(_NAME.findall((MONITORING / file).read_text("utf-8")))
    assert named <= told(), "metrics of deploy/monitoring are declared in kb/core/metrics.py"
    assert named or file == "prometheus.yml"


def test_every_metric_is_used_by_a_rule_or_the_dashboard() -> None:
    used = set(
        _NAME.findall("".join((MONITORING / file).read_text("utf-8") for file in ("alerts.yml", "dashboard.json")))
    )
    used = {re.sub("_(bucket|count|sum)$", "", name) for name in used} | used
    assert set(metric_types.DECLARED) - used == set(), "a number that nobody looks at is only in the way"


def test_every_metric_is_counted_somewhere() -> None:
    counted = {
        name
        for path in FILES
        for name in re.findall(r"\b([A-Z][A-Z_]*)\.(?:add|observe|set|see|family)\(", text_of(path))
    }
    constants = {name for name, value in vars(metrics).items() if isinstance(value, metric_types.Metric)}
    assert constants - counted == set()


@pytest.mark.parametrize(
    "command",
    [
        ["check", "rules", MONITORING / "alerts.yml"],
        ["check", "config", MONITORING / "prometheus.yml"],
        ["test", "rules", Path(__file__).with_name("alerts_test.yml")],
    ],
    ids=["rules", "configuration", "what the rules say"],
)
def test_prometheus_takes_the_rules_and_says_what_they_mean(command: list[str | Path]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    checked = subprocess.run([promtool, *command], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_dashboard_has_a_panel_for_each_expression_and_no_two_overlap() -> None:
    dashboard = json.loads((MONITORING / "dashboard.json").read_text("utf-8"))
    taken: dict[tuple[int, int], str] = {}
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        for cell in (
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        ):
            assert cell not in taken, f"{panel['title']} lies over {taken[cell]}"
            taken[cell] = panel["title"]
        assert panel["title"]
        if panel["type"] != "row":
            assert all(target["expr"] for target in panel["targets"]), panel["title"]
            assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}

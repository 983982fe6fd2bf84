"""Templates that were compiled once are there for the next start, and nothing breaks where they cannot be."""

from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from kb.cli import preload
from kb.cli.preload import CompiledTemplates


def said(instance: Path, source: str = "Hello {{ name }}") -> str:
    templates = Environment(
        loader=DictLoader({"page": source}), bytecode_cache=CompiledTemplates.below(instance), autoescape=True
    )
    return templates.get_template("page").render(name="you")


def files(instance: Path) -> list[Path]:
    return list((instance / "templates").iterdir())


def test_a_template_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(tmp_path / "instance") == "Hello you"
    assert len(files(tmp_path / "instance")) == 1
    monkeypatch.setattr(Environment, "_compile", None)
    assert said(tmp_path / "instance") == "Hello you"


def test_a_template_that_changed_is_compiled_anew(tmp_path: Path) -> None:
    said(tmp_path)
    assert said(tmp_path, "Bye {{ name }}") == "Bye you"
    assert len(files(tmp_path)) == 1


def test_a_template_that_another_release_compiled_is_compiled_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(tmp_path)
    (file,) = files(tmp_path)
    before = file.read_bytes()
    monkeypatch.setattr(preload, "_COMPILER", "that of another release")
    assert said(tmp_path) == "Hello you"
    assert files(tmp_path) == [file]
    assert file.read_bytes() != before


@pytest.mark.parametrize("kept", [0, 3, 20, 60])
def test_a_file_that_was_cut_off_is_written_again(tmp_path: Path, kept: int) -> None:
    said(tmp_path)
    (file,) = files(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[:kept])
    assert said(tmp_path) == "Hello you"
    assert file.read_bytes() == whole


def test_a_folder_that_cannot_be_written_to_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "templates").write_text("no folder")
    assert said(tmp_path) == "Hello you"

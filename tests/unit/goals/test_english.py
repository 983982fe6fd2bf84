"""Which texts are taken for English; those of the seed all are."""

import json
from pathlib import Path

import pytest

from kb.goals.english import is_english

SEED = Path(__file__).parents[3] / "seed_data"


@pytest.mark.parametrize(
    "text",
    [
        "El proyecto mejora el acceso al agua potable en barrios marginales",
        "REDUCIR LA POBREZA Y EL HAMBRE EN LA CIUDAD",
        "Le projet améliore l'accès à l'eau potable dans les quartiers",
        "Das Projekt verbessert den Zugang zu Trinkwasser in den Vierteln",
        "Proje temiz suya erişimi artırıyor ve okullar için",
        "Проект улучшает доступ к питьевой воде",
        "该项目改善了饮用水",
        "يحسن المشروع الوصول إلى مياه الشرب",
    ],
)
def test_other_languages_are_told_by_their_letters_or_small_words(text: str) -> None:
    assert not is_english(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1234 — ?!",
        "Water pumps",
        "The plan of La Paz and of San José de los Llanos",
        "Ville de Dakar, Ville de Paris, Ville de Lyon: twinning on waste",
        "El Alto – La Paz cable car Mi Teleférico",
        "WATER FOR LAS VEGAS, LOS ANGELES AND EL PASO",
    ],
)
def test_short_texts_and_names_may_be_english(text: str) -> None:
    assert is_english(text)


def test_every_text_of_the_seed_is_english() -> None:
    initiatives = json.loads((SEED / "initiatives.json").read_text("utf-8"))
    examples = json.loads((SEED / "goal_examples.json").read_text("utf-8"))
    texts = [entry[name] for entry in initiatives for name in ("title", "summary", "problem") if entry.get(name)]
    assert [text for text in (*texts, *(example["text"] for example in examples)) if not is_english(text)] == []

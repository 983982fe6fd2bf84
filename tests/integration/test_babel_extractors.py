"""A translator asks for all there is to translate, and misses nothing that a reader sees."""

import pytest
from babel.messages.catalog import Catalog


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Sustainable cities and communities", id="label of a goal"),
        pytest.param("Nobody left in extreme poverty", id="label of a target"),
        pytest.param("Flooding", id="label of a challenge"),
        pytest.param("Urban planning", id="category of a challenge"),
        pytest.param("Inclusive", id="label of an aim"),
        pytest.param("Sensors and connected devices", id="label of a technology"),
        pytest.param("Türkiye", id="country"),
        pytest.param("Southern Europe", id="region"),
        pytest.param("Strongest evidence first", id="label of the web interface"),
        pytest.param("Serious: under two thirds of the target met", id="closed list"),
        pytest.param("What was learned from failures", id="template"),
        pytest.param("There is no such page", id="view"),
        pytest.param("What cities tried, and with what results", id="template in XML"),
    ],
)
def test_what_a_reader_sees_can_be_translated(translatable: Catalog, text: str) -> None:
    assert translatable.get(text) is not None


def test_a_count_and_its_noun_are_one_message(translatable: Catalog) -> None:
    forms = {message.id for message in translatable if isinstance(message.id, tuple)}
    assert ("%(number)s initiative", "%(number)s initiatives") in forms
    assert ("%(num)s suggestion; use the arrow keys", "%(num)s suggestions; use the arrow keys") in forms

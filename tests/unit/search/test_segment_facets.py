"""Numbers of facet values are kept in half the memory where they fit."""

import numpy as np
import pytest

from kb.search.index.segment_facets import _narrow


@pytest.mark.parametrize(("values", "kept"), [(65_536, np.uint16), (65_537, np.int32)])
def test_the_last_value_keeps_its_number(values: int, kept: type[np.integer]) -> None:
    numbers = np.array([0, values - 1], dtype=np.int32)
    narrowed = _narrow(numbers, values)
    assert narrowed.dtype == kept
    assert narrowed.tolist() == numbers.tolist()

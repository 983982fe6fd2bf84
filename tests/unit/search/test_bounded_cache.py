"""The cache bounded in bytes."""

from kb.core.cache import ENTRY_BYTES, BoundedCache


def test_what_was_used_longest_ago_leaves_first() -> None:
    cache: BoundedCache[str] = BoundedCache(3 * (10 + ENTRY_BYTES))
    for key in "abc":
        cache.put(key, key.upper(), 10)
    assert cache.get("a") == "A"
    cache.put("d", "D", 10)
    assert [cache.get(key) for key in "abcd"] == ["A", None, "C", "D"]
    assert cache.bytes == 3 * (10 + ENTRY_BYTES)


def test_a_value_put_again_takes_the_place_of_the_first() -> None:
    cache: BoundedCache[str] = BoundedCache(3 * (10 + ENTRY_BYTES))
    cache.put("a", "A", 20)
    cache.put("a", "B", 10)
    assert (cache.get("a"), cache.bytes) == ("B", 10 + ENTRY_BYTES)


def test_a_value_larger_than_the_cache_is_not_kept() -> None:
    cache: BoundedCache[str] = BoundedCache(3 * (10 + ENTRY_BYTES))
    cache.put("a", "A", 10)
    cache.put("b", "B", 3 * (10 + ENTRY_BYTES))
    assert cache.get("b") is None
    assert cache.bytes <= cache.max_bytes
    cache.clear()
    assert (cache.get("a"), cache.bytes) == (None, 0)


def test_values_without_bytes_are_bounded_as_well() -> None:
    cache: BoundedCache[bytes] = BoundedCache(10 * ENTRY_BYTES)
    for number in range(1000):
        cache.put(number, b"", 0)
    assert [cache.get(number) for number in (989, 990, 999)] == [None, b"", b""]

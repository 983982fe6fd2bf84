"""The cache bounded in bytes."""

from kb.search.index.bounded_cache import BoundedCache


def test_what_was_used_longest_ago_leaves_first() -> None:
    cache: BoundedCache[str] = BoundedCache(30)
    for key in "abc":
        cache.put(key, key.upper(), 10)
    assert cache.get("a") == "A"
    cache.put("d", "D", 10)
    assert [cache.get(key) for key in "abcd"] == ["A", None, "C", "D"]
    assert cache.bytes == 30


def test_a_value_put_again_takes_the_place_of_the_first() -> None:
    cache: BoundedCache[str] = BoundedCache(30)
    cache.put("a", "A", 20)
    cache.put("a", "B", 10)
    assert (cache.get("a"), cache.bytes) == ("B", 10)


def test_a_value_larger_than_the_cache_is_not_kept() -> None:
    cache: BoundedCache[str] = BoundedCache(30)
    cache.put("a", "A", 10)
    cache.put("b", "B", 31)
    assert cache.get("b") is None
    assert cache.bytes <= 30
    cache.clear()
    assert (cache.get("a"), cache.bytes) == (None, 0)

"""How often the garbage collector looks, and what keeps processes small."""

import gc

from kb.core.gc_tuning import freeze_memory, keep_little_memory, rare_collections


def test_blocks_of_two_threads_that_overlap_leave_the_collector_as_it_was() -> None:
    usual = gc.get_threshold()
    first, second = rare_collections(), rare_collections()
    first.__enter__()
    second.__enter__()
    rare = gc.get_threshold()
    first.__exit__(None, None, None)
    assert gc.get_threshold() == rare != usual
    second.__exit__(None, None, None)
    assert gc.get_threshold() == usual


def test_what_keeps_memory_small_harms_nothing() -> None:
    keep_little_memory()
    freeze_memory()
    assert sum(bytearray(3_000_000)) == 0

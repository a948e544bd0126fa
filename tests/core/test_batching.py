import pytest
from hypothesis import given
from hypothesis import strategies as st

from chiasm.batching import cut

COSTS = st.lists(st.integers(1, 600), max_size=80)


@given(COSTS, st.integers(1, 3000), st.integers(1, 40))
def test_each_item_is_in_exactly_one_batch(costs, budget, max_items):
    batches = cut(costs, budget, max_items)
    assert sorted(index for batch in batches for index in batch) == list(range(len(costs)))


@given(COSTS, st.integers(1, 3000), st.integers(1, 40))
def test_padded_batches_stay_within_the_budget_and_the_number_of_items(costs, budget, max_items):
    for batch in cut(costs, budget, max_items):
        longest = max(costs[index] for index in batch)
        assert len(batch) <= max_items
        assert longest * len(batch) <= budget or len(batch) == 1


@given(COSTS, st.integers(1, 3000), st.integers(1, 40))
def test_longer_items_come_before_shorter_ones(costs, budget, max_items):
    lengths = [costs[index] for batch in cut(costs, budget, max_items) for index in batch]
    assert lengths == sorted(lengths, reverse=True)


def test_items_of_one_length_keep_their_order():
    assert cut([7, 7, 7], budget=14, max_items=8) == [[0, 1], [2]]


def test_an_item_over_the_budget_goes_alone():
    assert cut([5000, 10, 10], budget=1024, max_items=8) == [[0], [1, 2]]


def test_no_items_give_no_batches():
    assert cut([], budget=10, max_items=1) == []


@pytest.mark.parametrize(("budget", "max_items"), [(0, 1), (1, 0)])
def test_a_budget_below_one_is_refused(budget, max_items):
    with pytest.raises(ValueError, match="at least 1"):
        cut([1], budget, max_items)

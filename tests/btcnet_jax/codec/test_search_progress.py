"""How far a search for a step is told to be."""

from btcnet_jax.codec.search_progress import SearchProgress


def _told(trials):
    told = []
    search = SearchProgress(lambda done, total: told.append((done, total)))
    for share, parts in trials:
        update = search.trial(share)
        for part in range(parts):
            update(part + 1, 10)
    update = search.coding()
    update(1, 2)
    search.finish()
    return told


def test_the_work_done_never_falls_and_ends_at_all():
    for trials in ([(1.0, 10)], [(0.2, 10), (1.0, 4), (1.0, 10)], [(1.0, 10)] * 6):
        told = _told(trials)
        assert [done for done, _ in told] == sorted(done for done, _ in told)
        assert all(done <= total for done, total in told)
        assert told[-1][0] == told[-1][1]


def test_a_search_that_takes_long_says_so():
    assert _told([(1.0, 10)] * 6)[-1][1] > _told([(1.0, 10)] * 3)[-1][1]

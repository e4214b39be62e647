"""make confirm: seeds that nobody could choose."""

from retrial.commands.confirm import N_SEEDS, seeds_of


def test_the_seeds_follow_from_the_commit_and_are_valid_seeds():
    seeds = seeds_of("a commit")
    assert seeds == seeds_of("a commit")
    assert len(set(seeds)) == N_SEEDS
    assert max(seeds) < 2**32
    assert not set(seeds) & set(seeds_of("another commit"))

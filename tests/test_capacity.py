"""The plan of benchmarks/capacity.py: its simulation agrees with what the theory of queues says."""

import math

import numpy as np
import pytest

from benchmarks.capacity import cost_of_a_million, demand, predicted_p95, sojourns


def test_who_is_alone_takes_what_it_needs_and_two_share_a_core():
    assert sojourns(np.array([0.0, 10.0]), np.array([1.0, 2.0]), 1).tolist() == [1.0, 2.0]
    assert sojourns(np.array([0.0, 0.0]), np.array([1.0, 1.0]), 1).tolist() == [2.0, 2.0]
    assert sojourns(np.array([0.0, 0.0]), np.array([1.0, 1.0]), 2).tolist() == [1.0, 1.0]


def test_the_mean_is_that_of_processor_sharing():
    # M/G/1-PS: the mean sojourn is E[S] / (1 - load), whatever the distribution of S; here it is not exponential.
    chance = np.random.default_rng(1)
    needed = chance.lognormal(-2, 0.7, 20_000)
    load = 0.6
    arrivals = np.cumsum(chance.exponential(needed.mean() / load, len(needed)))
    assert sojourns(arrivals, needed, 1).mean() == pytest.approx(needed.mean() / (1 - load), rel=0.1)


def test_what_is_there_without_requests_is_no_part_of_a_request():
    runs = [{"requests": count, "cpu_ms_a_request": 1000 * (6 + 0.05 * count) / count} for count in (50, 150, 400)]
    assert demand(runs) == pytest.approx((0.05, 6))


def test_more_requests_take_longer():
    waits = [predicted_p95(rate, 0.05, cores=1) for rate in (0.1, 5, 12)]
    assert waits[0] == pytest.approx(0.05 * math.log(20), rel=0.1)  # who is alone takes what it needs: exponential
    assert waits == sorted(waits)


def test_a_million_costs_the_hours_that_it_takes():
    assert cost_of_a_million(0.36, 100) == pytest.approx(1.0)

"""Devices and number formats."""

import pytest
import torch

from s2s.device import autocast, choose_device, has_fast_bfloat16, lends_gpu, number_format
from s2s.errors import ConfigError


def test_a_named_device_is_taken():
    assert choose_device("cpu") == torch.device("cpu")


def test_without_a_name_some_device_is_found():
    assert torch.ones(2, device=choose_device()).sum() == 2


@pytest.mark.parametrize("name", ["abacus", "", "cuda:99"])
def test_a_device_that_is_not_there_is_named(name):
    with pytest.raises(ConfigError, match=f"the device '{name}' cannot be used .*; try cpu"):
        choose_device(name)


@pytest.mark.parametrize(("value", "lent"), [(None, False), ("", False), ("0", False), ("true", True), ("1", True)])
def test_a_host_that_lends_a_gpu_is_known_by_its_variable(monkeypatch, value, lent):
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    if value is not None:
        monkeypatch.setenv("SPACES_ZERO_GPU", value)
    assert lends_gpu() == lent


CPU = torch.device("cpu")


@pytest.mark.parametrize("fast", [False, True])
def test_bfloat16_is_used_where_it_is_quicker_alone(monkeypatch, fast):
    monkeypatch.setattr("s2s.device.has_fast_bfloat16", lambda device: fast)
    assert number_format(CPU, "auto") == (torch.bfloat16 if fast else torch.float32)


@pytest.mark.parametrize(("seconds", "fast"), [(0.5, True), (0.9, False), (1.8, False)])
def test_bfloat16_is_fast_where_its_products_are_and_not_where_the_instructions_are(monkeypatch, seconds, fast):
    monkeypatch.setattr("s2s.device._has_bfloat16", lambda: True)
    monkeypatch.setattr(
        "s2s.device._seconds_of_product", lambda matrix: seconds if matrix.dtype == torch.bfloat16 else 1.0
    )
    assert has_fast_bfloat16.__wrapped__(CPU) == fast


def test_a_cpu_is_measured_once(monkeypatch):
    threads, measured = torch.get_num_threads(), []
    monkeypatch.setattr("s2s.device._has_bfloat16", lambda: True)
    monkeypatch.setattr("s2s.device._seconds_of_product", lambda matrix: measured.append(matrix.dtype) or 1.0)
    has_fast_bfloat16.cache_clear()
    try:
        assert has_fast_bfloat16(CPU) == has_fast_bfloat16(CPU)
        assert torch.get_num_threads() == threads
        assert measured == [torch.float32, torch.bfloat16] * 5
    finally:
        has_fast_bfloat16.cache_clear()


def test_without_the_instructions_nothing_is_measured(monkeypatch):
    monkeypatch.setattr("s2s.device._has_bfloat16", lambda: False)
    monkeypatch.delattr("s2s.device._seconds_of_product")
    assert not has_fast_bfloat16.__wrapped__(CPU)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_named_number_format_is_used(monkeypatch, precision):
    monkeypatch.setattr("s2s.device._has_bfloat16", lambda: True)
    monkeypatch.setattr("s2s.device.has_fast_bfloat16", lambda device: False)
    with autocast(CPU, number_format(CPU, precision)):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == getattr(torch, precision)


@pytest.mark.parametrize(("precision", "needed"), [("float16", "CUDA"), ("bfloat16", "AVX-512 BF16")])
def test_a_number_format_that_a_cpu_lacks_is_refused(monkeypatch, precision, needed):
    monkeypatch.setattr("s2s.device._has_bfloat16", lambda: False)
    with pytest.raises(ConfigError, match=f"precision {precision} needs .*{needed}"):
        number_format(CPU, precision)

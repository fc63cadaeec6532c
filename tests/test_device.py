"""Devices and number formats."""

import pytest
import torch

from s2s.device import autocast, choose_device, lends_gpu
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


@pytest.mark.parametrize("fast", [False, True])
def test_bfloat16_is_used_where_it_is_quicker_alone(monkeypatch, fast):
    monkeypatch.setattr("s2s.device.has_fast_bfloat16", lambda device: fast)
    with autocast(torch.device("cpu")):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == (torch.bfloat16 if fast else torch.float32)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_named_number_format_is_used(monkeypatch, precision):
    monkeypatch.setattr("s2s.device.has_fast_bfloat16", lambda device: True)
    with autocast(torch.device("cpu"), precision):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == getattr(torch, precision)


@pytest.mark.parametrize(("precision", "needed"), [("float16", "CUDA"), ("bfloat16", "AVX-512 BF16")])
def test_a_number_format_that_a_cpu_lacks_is_refused(monkeypatch, precision, needed):
    monkeypatch.setattr("s2s.device.has_fast_bfloat16", lambda device: False)
    with pytest.raises(ConfigError, match=f"precision {precision} needs .*{needed}"):
        autocast(torch.device("cpu"), precision)

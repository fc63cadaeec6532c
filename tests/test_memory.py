"""A server with many threads keeps memory in few places."""

import ctypes
import re
import subprocess
import sys

import pytest

from s2s.memory import ARENAS

MANY_THREADS = """
import ctypes, sys, threading
from s2s.memory import use_few_arenas
if sys.argv[1] == "few":
    use_few_arenas()
there = threading.Barrier(16)
def work():
    held = [bytes(5_000) for _ in range(100)]
    there.wait()
threads = [threading.Thread(target=work) for _ in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, file)
libc.fflush(file)
"""


def arenas(how):
    told = subprocess.run([sys.executable, "-c", MANY_THREADS, how], capture_output=True, text=True, check=True).stdout
    return len(re.findall("<heap nr=", told))


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="only glibc has arenas")
def test_many_threads_share_few_arenas():
    assert arenas("few") <= ARENAS < arenas("as it is")

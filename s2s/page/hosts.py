"""Which names the server answers to.

A page of somebody else's can point a name of its own at this machine and then read what is here (DNS rebinding). So a
name is known, or the request goes no further. An address in numbers cannot be such a name, and is let in.
"""

import ipaddress
import os
from collections.abc import Iterable, Mapping

from s2s.page.refusal import RefusalError

EVERY = "*"
OWN = ("localhost", "*.localhost")
HOST_HEADERS = (b"host", b"x-forwarded-host")
"""Gradio makes addresses of the second one, too."""


class Hosts:
    """The names of one server."""

    def __init__(self, names: Iterable[str]) -> None:
        """Answer to `names`, such as `example.org`, `*.example.org`, or `*` for all; and to this machine's own."""
        self.names = (*OWN, *names)

    def check(self, headers: Mapping[bytes, bytes]) -> None:
        """Raise a RefusalError if a request with these headers (in small letters) is for another name."""
        for header in HOST_HEADERS:
            for host in headers[header].decode("latin-1").split(",") if header in headers else []:
                if not self.knows(_without_port(host.strip().lower())):
                    raise RefusalError(
                        421, "This server does not answer to this name. Its owner can add it to S2S_HOSTS."
                    )

    def knows(self, name: str) -> bool:
        """Whether the server answers to a name without port."""
        return EVERY in self.names or _is_number(name) or any(_matches(name, known) for known in self.names)


def space_names() -> tuple[str, ...]:
    """The names by which a Space of the Hugging Face Hub is asked, if this is one."""
    return ("*.hf.space", "huggingface.co") if os.environ.get("SPACE_ID") else ()


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() and (":" not in name or name.endswith("]")) else host


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _matches(name: str, known: str) -> bool:
    return name.endswith(known[1:]) if known.startswith("*.") else name == known

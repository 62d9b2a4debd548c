"""A port of this machine for a server that has to know its address before it listens."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept_port() -> Iterator[int]:
    """A free port, which nobody else is given until the block ends.

    The socket here never listens. Linux lets another one listen at its port where both allow the address to be used
    again, and gives the port to no one who asks for any.
    """
    with socket.socket() as keeper:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind(("127.0.0.1", 0))
        yield keeper.getsockname()[1]

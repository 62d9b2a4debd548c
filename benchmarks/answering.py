"""Waiting for a server that was just started."""

import socket
import subprocess
import time

UP_SECONDS = 60.0


def wait_until_it_answers(server: subprocess.Popen[bytes], port: int) -> None:
    """Returns once the port takes connections; OSError when the server ended or a minute is over."""
    deadline = time.monotonic() + UP_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            if time.monotonic() > deadline or server.poll() is not None:
                raise
            time.sleep(0.1)

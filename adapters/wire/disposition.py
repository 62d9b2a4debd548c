"""The name that a server gives a file, made safe to keep."""

import re

from adapters.wire.http import Reply

_NAMED = re.compile(r"""filename="?([0-9A-Za-z][0-9A-Za-z._-]{0,120})"?(?:;|$)""")


def file_name_of(reply: Reply, otherwise: str) -> str:
    """The name in Content-Disposition when it is a plain one (no folder, no odd character)."""
    found = _NAMED.search(reply.headers.get("content-disposition", ""))
    return found[1] if found else otherwise

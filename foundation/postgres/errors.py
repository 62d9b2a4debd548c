"""What can keep the embedded server from running, each with the way out."""

from foundation.errors import HeyiError


class NoBinaries(HeyiError):
    """No PostgreSQL programs were found, or those found do not run here."""

    code = "postgres_no_binaries"


class NoServerAccount(HeyiError):
    """Heyi runs as root, and there is no other account that the server could run as."""

    code = "postgres_no_account"


class DataFolderUnusable(HeyiError):
    """The folder of the data cannot be written, or the server's account cannot reach it."""

    code = "postgres_data_folder"


class OtherMajorVersion(HeyiError):
    """The data was written by another major version of PostgreSQL."""

    code = "postgres_other_version"


class StartFailed(HeyiError):
    """The server did not come up; the detail ends with the last lines of its log."""

    code = "postgres_start_failed"


class StatementFailed(HeyiError):
    """The server refused an administrative statement; the detail is its answer."""

    code = "postgres_statement_failed"

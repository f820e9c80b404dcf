"""The one exception whose text a user reads."""


class TrolyError(Exception):
    """A failure the user can act on.

    The message is Vietnamese and says what is wrong and what to do. The command line prints it
    alone (no traceback) and exits with ``exit_code``; the page shows it as it is.
    """

    exit_code = 1


class UsageError(TrolyError):
    """The call itself was wrong (unknown option, missing argument)."""

    exit_code = 2


class NotIngestedError(TrolyError):
    """There is no generation to read yet."""

    exit_code = 3

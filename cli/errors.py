"""Errors that end a verb: each is one clear line and an exit code, never a traceback."""

import errno

OK = 0
FAILED = 1  # a finding, a failed check or a regression
USAGE = 2  # wrong usage, unusable input, not comparable
MISSING = 3  # the machine lacks something
INTERRUPTED = 130


class AssayError(Exception):
    """What, where, why and what to do, in one line."""

    exit_code = USAGE


class UsageError(AssayError):
    """The command or its input cannot be used."""


class MissingError(AssayError):
    """The machine lacks something: a package, a program, space on the disk."""

    exit_code = MISSING


class FailedError(AssayError):
    """A build, a check or a program failed."""

    exit_code = FAILED


_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}
_MACHINE_LACKS = _NO_SPACE | {errno.EROFS, errno.ENOMEM, errno.EMFILE, errno.ENFILE}


def from_os_error(error: OSError) -> AssayError:
    """The error as one line: a full disk is the machine's fault, an unreadable file the input's."""
    cause = error.strerror or str(error) or type(error).__name__
    text = f"{error.filename}: {cause}" if error.filename is not None else cause
    if error.errno in _NO_SPACE:
        text += "; free some space and repeat the command"
    kind = MissingError if error.errno in _MACHINE_LACKS else UsageError
    return kind(text)

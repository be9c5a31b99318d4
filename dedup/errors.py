"""The errors that this package raises: one root, a few named children.

Bad *input articles* are not errors: they become `dedup.Skipped` records. An error is a wrong call, a wrong
setting, a file that cannot be used, or an index that cannot be used.
"""


class DedupError(Exception):
    """Root of all errors of this package."""


class UsageError(DedupError, TypeError):
    """A function was called with something that it does not take; the message says what it takes, or what to call."""


class ConfigError(DedupError, ValueError):
    """A setting is out of its range or of the wrong type; the message names the setting and the range."""


class InputError(DedupError):
    """A path or a field that was asked for does not exist or cannot be read at all."""


class MissingPackage(DedupError, ImportError):
    """A package that this call needs is not installed; the message names it."""


class ModelMismatch(DedupError):
    """A model was trained on other features than this version computes; the message names them."""


class WorkerLost(DedupError):
    """A worker process was killed from outside; the message says what helps."""


class IndexClosed(DedupError, ValueError):
    """An index was used after it was closed."""


class IndexMismatch(DedupError):
    """An index was built with another format or sketch specification; the message names each field that differs."""


class IndexDamaged(DedupError):
    """A file of an index fails its checksum; the message names the file and what to do."""


class IndexBusy(DedupError):
    """Another process is writing to the index: there can be one writer and any number of readers."""

"""What all tests share: settings of whoever runs them are put aside."""

import os

from hypothesis import settings

from dedup.cli.settings import FILE_VARIABLE, OTHERS, PREFIX

# No test is timed: the first example of one may compile a kernel.
settings.register_profile("untimed", parent=settings.default, deadline=None)
settings.load_profile("untimed")


def pytest_configure() -> None:
    """Take `DEDUP_KEEP`, `DEDUP_CONFIG` and the like out of the environment: tests say themselves what they set."""
    for variable in [name for name in os.environ if name.startswith(PREFIX)]:
        if variable not in OTHERS - {FILE_VARIABLE}:
            del os.environ[variable]

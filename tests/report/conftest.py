"""A browser for the tests of the pages: they are skipped where there is none, and fail for it in CI."""

import os

import pytest

from benchmarks.browser import chromium, program


@pytest.fixture(scope="session")
def browser():
    try:
        import playwright  # noqa: F401
    except ImportError:
        found = False
    else:
        found = program() is not None
    if not found:
        if os.environ.get("CI"):
            pytest.fail("no Chromium or no playwright: the pages of reports are not tested (.ci/run installs both)")
        pytest.skip("no Chromium or no playwright")
    with chromium() as running:
        yield running

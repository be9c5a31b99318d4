from __future__ import annotations

import pytest

from dedup.alignment import AlignConfig
from dedup.errors import ConfigError


def test_settings_out_of_range_are_named() -> None:
    for wrong in ({"alpha": 1.0}, {"seed_gap": 0}, {"threshold": 2.0}):
        with pytest.raises(ConfigError, match=next(iter(wrong))):
            AlignConfig(**wrong)  # type: ignore[arg-type]

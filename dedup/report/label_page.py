"""The page on which pairs are labelled. Public: `label_page`, `SCRIPT`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from dedup.evaluation.answers import Answer
from dedup.evaluation.picking import Picked
from dedup.resources import resource

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATE = "label.html.jinja"
KEYS = {Answer.COPY: "c", Answer.NONE: "n", Answer.UNSURE: "u"}
# A key presses the button that shows it; typing it with Ctrl or Alt stays the browser's.
SCRIPT = """"use strict";
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const button = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (button) { event.preventDefault(); button.click(); }
});
"""


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(resource(TEMPLATE).read_text("utf-8"))


def label_page(pair: Picked | None, number: int, done: int, total: int, by: str, secret: str) -> str:
    """Return the page of one pair, or of the end where there is none; `number` counts the pairs from 0."""
    return _template().render(
        pair=pair, number=number, done=done, total=total, by=by, secret=secret, keys=KEYS,
    )  # fmt: skip

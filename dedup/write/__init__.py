"""The input without its copies, in its own format: `write_deduped`.

    plan (which file goes where) -> files (one file after the other) -> formats (which rows of one file stay)

A format is added by a function in `formats`, under the endings of its files.
"""

from dedup.write.files import write_deduped

__all__ = ["write_deduped"]

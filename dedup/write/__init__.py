"""The input without its copies, in its own format: `write_deduped`.

    files (which file goes where) -> containers (what is in it) -> formats (which rows of one stay)

A format is added by a function in `formats`, or in a module of its own that is named there.
"""

from dedup.write.files import check_writable, write_deduped

__all__ = ["check_writable", "write_deduped"]

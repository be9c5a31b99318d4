"""Text alignment: which passages of two articles say the same, with the offsets of both."""

from dedup.align.config import AlignConfig
from dedup.align.model import Filters
from dedup.align.passages import align_words, to_alignment

__all__ = ["AlignConfig", "Filters", "align_words", "to_alignment"]

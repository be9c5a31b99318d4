"""Text alignment: which passages of two articles say the same, with the offsets of both."""

from dedup.alignment.config import AlignConfig
from dedup.alignment.model import Filters
from dedup.alignment.passages import align_pairs, align_words, to_alignment

__all__ = ["AlignConfig", "Filters", "align_pairs", "align_words", "to_alignment"]

"""Text to tokens: `tokenise`."""

from dedup.text.reference import tokenise

__all__ = ["tokenise"]

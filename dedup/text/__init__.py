"""Text to tokens: `tokenise`, and for batches `tokenise_bytes` and `hash_bytes`."""

from dedup.text.tokeniser import TokenBatch, hash_bytes, join_texts, tokenise, tokenise_bytes

__all__ = ["TokenBatch", "hash_bytes", "join_texts", "tokenise", "tokenise_bytes"]

"""Signatures to candidates: the pairs of articles that are worth a look, among all articles of a scan at once.

`join.find_candidates` is what a scan uses. The index finds the same pairs one article at a time (`dedup.index.select`).
"""

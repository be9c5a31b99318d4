"""Signatures -> candidates: in memory for a scan (`candidates`), and persistent, for articles that come one at a time.

`candidates.find_candidates` is what a scan uses; `articles.ArticleIndex` is the index (open it with
`dedup.open_index`). Both follow one rule; `select.py` says it for one article against many.
"""

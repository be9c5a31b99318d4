"""The article index: the candidates of one article at a time, kept in a folder on disk or in memory.

`articles.ArticleIndex` is the index, opened with `dedup.open_index`. Its articles, texts and newest keys stand in a
SQLite file (`manifest`); the keys of the older ones in immutable segments (`segment`), which `compaction` makes and
merges; `segment_set` and `memtable` are searched, and `select` says which of what is found becomes a candidate, by the
rule of `dedup.candidates.join`.
"""

"""Translations among articles: found by the meaning of their sentences, and proven sentence by sentence."""

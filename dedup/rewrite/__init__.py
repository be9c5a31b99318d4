"""The score of one article without its source: spun, corrupted, machine-written, and the words that say so."""

"""Word alignment inside shared passages: swapped words, changed names and numbers, negations, with both offsets."""

"""Text alignment: which passages of two articles say the same, with the offsets of both."""

"""What is wrong with the words of one article: tortured phrases, corrupted names, grammatical errors, odd numbers."""

"""Find near-duplicates and machine rewrites among news articles, and prove them."""

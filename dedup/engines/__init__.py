"""How work is spread over processors: engines move data and know no algorithm."""

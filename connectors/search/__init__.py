"""One query, and the indexes that answer it."""

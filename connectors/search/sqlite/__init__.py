"""The embedded index: one SQLite file, no server."""

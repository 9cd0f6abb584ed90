"""`history/`, `articles/`, `events/` and `dead_letters/` as Parquet."""

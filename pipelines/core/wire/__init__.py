"""A wire message becomes articles: one module a format, provider profiles as data."""

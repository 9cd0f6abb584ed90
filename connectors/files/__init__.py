"""Captured records, pages and wire messages in files."""

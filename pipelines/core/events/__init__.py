"""AssignEventIds: one ID for every report of one happening in one language."""

"""LinkRepeats: copies, rewrites and excerpts of one language, marked and never dropped."""

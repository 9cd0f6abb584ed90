"""Where the dataflow runs."""

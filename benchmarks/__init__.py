"""Figures: throughput and quality, beside the bare loop and the peers, in one run."""

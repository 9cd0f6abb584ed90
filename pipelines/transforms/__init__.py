"""Beam where Beam is needed: rejections, stateful stages, metrics."""

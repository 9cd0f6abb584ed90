"""The news rules, in plain Python: no Beam, no Kafka, no network, no clock, no randomness.

A stateless stage is one pure function named like its label. A stateful stage is a `step(memory, article)` that reads
its memory, changes nothing, and returns what must be remembered (`changes`) and what flows on (`articles`).
"""

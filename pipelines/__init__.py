"""What happens to a record: `ingest` is the dataflow, `core` the rules, `transforms` the Beam around them."""

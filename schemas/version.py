"""The two versions that every row carries."""

# major * 1000 + minor. Minor: an optional field added at the end. Major: anything else, with a new topic and index.
SCHEMA_VERSION = 1000

# What the rules of this release decide. Raised whenever a rule changes what comes out for the same bytes.
PIPELINE_VERSION = "0.1.0"

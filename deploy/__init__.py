"""How it runs: the services beside the pipeline, for developers, tests and operators."""

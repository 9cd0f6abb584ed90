"""Real services on this machine, without containers: one module a service, `python -m deploy.local up` for a person."""

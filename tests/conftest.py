"""How every test runs."""

import os

from hypothesis import settings

# No deadline: what a loaded machine takes for an example says nothing of the rule. In CI the examples are always the
# same ones, so that a red run is red again; at home they are new ones each time.
settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
# `make test-full`: ten times as many examples where a test does not say its own number.
settings.register_profile("full", deadline=None, max_examples=1000)
settings.load_profile("full" if os.environ.get("COPYDESK_FULL") else "house")

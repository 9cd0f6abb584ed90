"""Records from topics and to topics: the only package that knows kafka-python, and it knows no news rule."""

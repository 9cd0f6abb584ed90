"""What `copydesk run` is made of: the stream, who watches it, how it ends."""

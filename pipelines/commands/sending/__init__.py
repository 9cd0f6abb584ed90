"""What `copydesk send` is made of."""

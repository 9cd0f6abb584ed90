"""What `copydesk dead-letters` is made of."""

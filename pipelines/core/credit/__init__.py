"""CreditAgencies: who wrote a text, by the place where a name stands."""

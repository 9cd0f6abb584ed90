"""How a verb is told of a Kafka cluster and of its topics."""

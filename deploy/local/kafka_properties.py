"""The settings of the broker."""

from collections.abc import Sequence
from pathlib import Path

# A record may have 7 MiB (`--max-record-bytes`) and a dead letter wraps one whole.
MAX_MESSAGE_BYTES = 9 * 1024 * 1024
# Old records are accepted and so are those dated 2099: both happen, and both are tested.
_ANY_MS = 2**63 - 1


def server_properties(ports: Sequence[int], server_pem: Path, user: str, password: str) -> str:
    """`server.properties` of a node that is broker and controller, listening on three ports of the loopback address."""
    plain, secure, controller = (f"127.0.0.1:{port}" for port in ports)
    login = f'username="{user}" password="{password}" user_{user}="{password}"'
    return f"""process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers={controller}
listeners=PLAINTEXT://{plain},SECURE://{secure},CONTROLLER://{controller}
advertised.listeners=PLAINTEXT://{plain},SECURE://{secure}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL
listener.name.secure.sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN
listener.name.secure.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.secure.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required {login};
listener.name.secure.ssl.keystore.type=PEM
listener.name.secure.ssl.keystore.location={server_pem}
log.dirs={server_pem.parents[1] / "data"}
auto.create.topics.enable=false
message.max.bytes={MAX_MESSAGE_BYTES}
replica.fetch.max.bytes={MAX_MESSAGE_BYTES}
log.message.timestamp.before.max.ms={_ANY_MS}
log.message.timestamp.after.max.ms={_ANY_MS}
log.retention.check.interval.ms=1000
log.initial.task.delay.ms=1000
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
group.initial.rebalance.delay.ms=0
{_ONE_NODE}"""


# One node replicates nothing, and three topics of the broker's own would else have 50 partitions each.
_ONE_NODE = """offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
num.network.threads=2
num.io.threads=2
"""

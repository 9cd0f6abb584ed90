"""What of a plan cannot go after all, asked before anything is sent: rows that are overtaken, topics that are not there."""

from pathlib import Path

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.topics import Topics
from connectors.parquet.publish_state import read_state
from pipelines.commands.cluster.reaching import reached
from pipelines.commands.letters.plan import Plan, Way
from pipelines.commands.letters.sources import LetterSource, needed_folder
from pipelines.core.article_topics import ArticleTopics


def article_topics(declared: Topics) -> ArticleTopics:
    """Where articles go."""
    return ArticleTopics(readers=declared.articles.name, editors=declared.articles_restricted.name)


def tells_readers(folder: Path) -> bool:
    """Whether readers of a topic are told of the articles of this folder."""
    published = read_state(folder)
    return published is not None and published.topic.is_known


def checked_plan(source: LetterSource, plan: Plan, cluster: KafkaCluster | None, declared: Topics) -> Plan:
    """The plan in which all that cannot go stays, with the reason. Leaves with exit code 3 if the cluster does not answer."""
    plan = plan.staying(_undeliverable(source, plan, declared))
    return plan if cluster is None else plan.staying(_without_topic(plan, cluster, declared))


def _undeliverable(source: LetterSource, plan: Plan, declared: Topics) -> dict[str, str]:
    """Dead letters of kind delivery of which nothing goes to a topic any more, and why."""
    sizes = plan.sizes(Way.DELIVERY)
    if not sizes:
        return {}
    from pipelines.commands.letters.delivery import deliveries

    found = deliveries(needed_folder(source, "replay"), sizes, article_topics(declared))
    return {one.dead_letter_id: one.stays for one in found if one.stays is not None}


def _without_topic(plan: Plan, cluster: KafkaCluster, declared: Topics) -> dict[str, str]:
    """Dead letters of which a topic that is written to does not exist, and which."""
    articles = (declared.articles.name, declared.articles_restricted.name)
    dead_letters = (declared.dead_letters.name, declared.dead_letters_restricted.name)
    fixed = {Way.DELIVERY: articles, Way.PIPELINE: (*articles, *dead_letters), Way.INDEX: ()}
    needed = {
        one.letter.dead_letter_id: (one.told,) if one.way is Way.TOPIC else fixed[one.way]
        for one in plan.planned
        if one.way is not Way.STAYS
    }
    if not needed:
        return {}
    from connectors.kafka.record_limits import missing_topics

    with reached(cluster):
        missing = missing_topics(cluster, frozenset(name for names in needed.values() for name in names))
    first = {letter: next((one for one in names if one in missing), None) for letter, names in needed.items()}
    return {letter: f"topic {name} does not exist" for letter, name in first.items() if name is not None}

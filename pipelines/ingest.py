"""The ingestion dataflow, top to bottom: the same graph for streaming and replay, on every runner.

          ReadFromKafka            topics of pages and wire messages                               a stream
          ReadRecords              or files: NDJSON, WARC, folders of both, captured records       a replay
          ReadDeadLetters          or dead letters, each in its old place                          their replay
          DecodeRecord             bytes -> page or wire message                  may reject
          SpreadRecords            a keyed hop, so that extraction uses every worker
          ComposeArticle           page -> article, wire message -> articles      may reject
          CleanText                Unicode, white space, boilerplate lines
          TagLanguage              BCP 47, `und` when unsure
          CreditAgencies           who wrote it, with evidence
          FollowStory              per source: versions, corrections, holds, kills         memory
          LinkRepeats              per language: copies and near-duplicates                memory
          AssignEventIds           per language: live events                               memory
          WriteParquet             history, first: what the index shows, history has
          WriteSearchIndex     the embedded index, or one on a cluster
          WriteToKafka             the topics of readers and of editors; only of a stream

    what a stage rejects ─▶ WriteDeadLetters ─▶ SendDeadLetters, one for each stage that may reject; the second only of a stream

Everything that may reject stands before the first stage with memory. Only ParDo, tagged outputs and stateful DoFns: a
GroupByKey, Reshuffle, Combine or Flatten would wait for the end of the source on the local runner
(research/beam.md §3.1). Labels are a contract: state is found by them when a running job is updated.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from connectors.files.read import ReadRecords
from connectors.kafka.dead_letter_record import dead_letter_records
from connectors.kafka.producing import Undelivered
from connectors.kafka.read import ReadFromKafka, begin_reading, end_reading
from connectors.kafka.write import WriteToKafka, begin_writing, end_writing
from connectors.parquet.read_dead_letters import ReadDeadLetters
from connectors.parquet.remembered import HistoryRows
from connectors.parquet.write_dead_letters import WriteDeadLetters
from connectors.parquet.write_history import WriteParquet
from connectors.search.opensearch.bulk import RefusedWrite
from connectors.search.opensearch.cluster import IndexTarget
from connectors.search.opensearch.index_figures import forget_index_figures
from connectors.search.write import WriteSearchIndex
from pipelines.core.article_topics import ArticleTopics, article_records
from pipelines.core.clean import clean_text
from pipelines.core.credit.crediting import credit_agencies
from pipelines.core.dead_letters import (
    DELIVERY_STAGE,
    INDEX_STAGE,
    undelivered_letter,
    unindexed_letter,
)
from pipelines.core.decode.capture import feed_of, open_record
from pipelines.core.decode.decoding import decode_record
from pipelines.core.language.tagging import tag_language
from pipelines.core.replays import read_again
from pipelines.core.story.memory import HORIZON as STORY_HORIZON
from pipelines.options import SEARCH, IngestConfig, Outlets
from pipelines.runners.local import LocalRunner
from pipelines.transforms.coders import register_coders
from pipelines.transforms.metrics import CountArticles, CountRecords
from pipelines.transforms.rejecting import or_reject
from pipelines.transforms.remembering import Remember, forget
from pipelines.transforms.sandbox import compose_or_reject
from pipelines.transforms.sandbox_ahead import decode_ahead, foresee, forget_foreseen, prepare_sandbox
from pipelines.transforms.sandbox_pool import close_shared_pools
from pipelines.transforms.spread import SpreadRecords
from pipelines.transforms.stages import ASSIGN_EVENT_IDS, FOLLOW_STORY, LINK_REPEATS
from schemas.article import Article
from schemas.dead_letter import DeadLetter
from schemas.raw import Raw
from schemas.record import Record
from schemas.topic_record import TopicRecord


def run(config: IngestConfig) -> None:
    """Run the dataflow on the local runner, to the end of what `config` reads or until a drain is requested."""
    # First, or a request to drain that comes while the sandbox is prepared would be forgotten.
    begin_reading()
    begin_writing()
    forget_index_figures()
    prepare_sandbox(config.workers)
    register_coders(plain=True)
    try:
        pipeline = beam.Pipeline(runner=LocalRunner(), options=PipelineOptions([]))
        ingest(read(pipeline, config), config)
        pipeline.run().wait_until_finish()
    finally:
        close_shared_pools()
        forget_foreseen()
        end_reading()
        end_writing()
        forget(config.run)


def read(pipeline: beam.Pipeline, config: IngestConfig) -> beam.PCollection:
    """The source: topics, files or dead letters."""
    if config.subscription is not None:
        return pipeline | "ReadFromKafka" >> ReadFromKafka(config.subscription, feed_of)
    foreseen = partial(foresee, decode, config.workers) if config.workers else None
    if config.letters is not None:
        letters = ReadDeadLetters(config.letters, read_again, foreseen=foreseen)
        return pipeline | "ReadDeadLetters" >> letters
    return pipeline | "ReadRecords" >> ReadRecords(config.files, open_record, foreseen=foreseen)


def ingest(records: beam.PCollection, config: IngestConfig) -> beam.PCollection:
    """Records in, articles out of the last sink."""
    return write(remember(understand(records, config), config), config)


def understand(records: beam.PCollection, config: IngestConfig) -> beam.PCollection:
    """The stages without memory: each record by itself."""
    raws, undecodable = (
        records
        | "CountRecords" >> CountRecords()
        | "DecodeRecord" >> or_reject("DecodeRecord", decoder(config), Raw)
    )
    lay_aside(undecodable, "DecodeRecord", config)
    articles, uncomposable = (
        raws | "SpreadRecords" >> SpreadRecords() | "ComposeArticle" >> compose_or_reject(config.workers)
    )
    lay_aside(uncomposable, "ComposeArticle", config)
    return (
        articles
        | "CleanText" >> beam.Map(clean_text).with_output_types(Article)
        | "TagLanguage" >> beam.Map(tag_language).with_output_types(Article)
        | "CreditAgencies" >> beam.Map(credit_agencies).with_output_types(Article)
    )


def lay_aside(dead_letters: beam.PCollection, stage: str, config: IngestConfig) -> None:
    """The dead letters of one stage: into files first, and to their topics where there are any.

    Of what a topic does not take whole it has all but the payload, which then lies in the files all the same.
    """
    written = dead_letters | f"WriteDeadLetters-{stage}" >> WriteDeadLetters(str(config.data), stage)
    outlets = config.outlets
    if outlets is not None:
        records_of = partial(dead_letter_records, outlets.dead_letters)
        _ = written | f"SendDeadLetters-{stage}" >> WriteToKafka(
            outlets.cluster, records_of, DeadLetter, patience_s=outlets.patience_s
        )


def remember(articles: beam.PCollection, config: IngestConfig) -> beam.PCollection:
    """The stages with memory: each article among those that came before it, in this run or in history."""
    history = remembered_history(config)
    # On the local runner the sinks of a bundle are behind its steps, and flush before its state is kept.
    keeps_up = config.runner == "direct" and config.memory == config.data
    for stage in (FOLLOW_STORY, LINK_REPEATS, ASSIGN_EVENT_IDS):
        articles |= Remember(config.run, stage, history, history_keeps_up=keeps_up)
    return articles


def remembered_history(config: IngestConfig) -> HistoryRows | None:
    """The history that the memories begin with; `None` to begin with nothing.

    The same replay into its own output again, over more days than a memory keeps, begins with nothing as it did the
    first time: of its old rows the memories know no more, and would decide them anew among the latest.
    """
    if config.memory is None:
        return None
    history = HistoryRows(str(config.memory))
    if config.subscription is not None or config.letters is not None:
        return history
    sources = {file.source for file in config.files.files}
    is_again = config.memory == config.data and history.reaches_beyond(STORY_HORIZON)
    return None if is_again and history.is_all_of(sources) else history


def write(articles: beam.PCollection, config: IngestConfig) -> beam.PCollection:
    """The sinks, one chain, each flushing at bundle end and then handing on."""
    as_of = config.as_of if config.subscription is None else None
    articles |= "WriteParquet" >> WriteParquet(str(config.data))
    if config.index is None:
        articles |= INDEX_STAGE >> WriteSearchIndex(str(config.data / SEARCH), as_of)
    else:
        articles = index(articles, config.index, as_of, config)
    if config.outlets is not None:
        articles = send(articles, config.outlets, config)
    return articles | "CountArticles" >> CountArticles()


def index(
    articles: beam.PCollection, target: IndexTarget, as_of: datetime | None, config: IngestConfig
) -> beam.PCollection:
    """To an index on a cluster; what it does not take is a dead letter, and goes on all the same."""
    indexed, unindexed = articles | INDEX_STAGE >> WriteSearchIndex(target, as_of)
    letters = unindexed | "RejectUnindexed" >> beam.MapTuple(reject_unindexed).with_output_types(DeadLetter)
    lay_aside(letters, INDEX_STAGE, config)
    return indexed


def reject_unindexed(article: Article, refused: RefusedWrite) -> DeadLetter:
    """The dead letter of an article whose document the index has refused."""
    return unindexed_letter(article, refused.write.target, refused.write.document, refused.reason)


def send(articles: beam.PCollection, outlets: Outlets, config: IngestConfig) -> beam.PCollection:
    """To the topics of readers and editors; what these do not take is a dead letter, and goes on all the same."""
    sent, undelivered = articles | DELIVERY_STAGE >> WriteToKafka(
        outlets.cluster, partial(records_now, outlets.articles), Article, patience_s=outlets.patience_s
    )
    letters = undelivered | "RejectUndelivered" >> beam.MapTuple(
        partial(reject_undelivered, outlets)
    ).with_output_types(DeadLetter)
    lay_aside(letters, DELIVERY_STAGE, config)
    return sent


def records_now(topics: ArticleTopics, article: Article) -> tuple[TopicRecord, ...]:
    """The records of an article by the clock on the wall: a stream that is behind sends nobody what has expired."""
    return article_records(topics, article, datetime.now(UTC))


def reject_undelivered(outlets: Outlets, article: Article, failure: Undelivered) -> DeadLetter:
    """The dead letter of an article whose record a topic has refused."""
    for_readers = failure.record.topic == outlets.articles.readers
    return undelivered_letter(article, failure.record, failure.reason, for_readers=for_readers)


def decoder(config: IngestConfig) -> Callable[[Record], tuple[Raw, ...]]:
    """DecodeRecord's function; on the local runner it also hands pages to the sandbox ahead of ComposeArticle."""
    return partial(decode_ahead, decode, config.workers) if config.runner == "direct" else decode


def decode(record: Record) -> tuple[Raw]:
    """`decode_record` as a stage: one record in, one raw item out."""
    return (decode_record(record),)

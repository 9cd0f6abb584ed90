"""The views of what readers see, which hold at the time that a query looks at, not only when `publish` ran last.

A file of `articles/` may hold what has expired since, or what was embargoed at a time that a query looks back to. What
readers do not see at that time is named by no row: not as an original, not as the nearest article, not as the title of
an event.
"""

# ruff: noqa: S608  (queries are made of names and literals of ours)

import duckdb
import pyarrow as pa

from schemas.article import Article
from schemas.article_parts import Zone
from schemas.generate import arrow_schema
from schemas.visibility import readable_sql

_PLACE = "filename, file_row_number"

# Figures of a decision: neither words of the other article nor its name.
_WORDLESS = ("gap_hours", "margin", "contributions")
_OF_THE_ORIGINAL = ("dup_of", "dup_kind", "dup_similarity", "dup_containment")

# A moved article stands in two partitions for a moment, and a reader takes either. Apart from the views, so that what
# these are asked for narrows the reading of texts.
_SHOWN = f"""
create temp view shown as
select article_id, {_PLACE} from articles_rows where {{readable}}
qualify row_number() over (partition by article_id order by order_key desc, filename) = 1
"""

_ARTICLES = f"""
create view articles as
select * exclude ({_PLACE}, original, nearest) replace ({{replaced}})
from articles_rows semi join shown using ({_PLACE})
left join (select article_id as original from shown) on dup_of = original
left join (select article_id as nearest from shown) on event_reason.nearest_article = nearest
"""

# Earliest published, times of an assumed zone by day only, then id; the undated last (DESIGN.md §7, LinkRepeats).
_PRECEDENCE = f"""
    case when published_zone = '{Zone.ASSUMED}' then date_trunc('day', published) else published end nulls last,
    article_id
"""

_ORIGINALS = f"""
create view originals as select * from articles
qualify row_number() over (partition by coalesce(copy_family, article_id) order by {_PRECEDENCE}) = 1
"""

# members    who tells an event, without a text
# standing   events as they were published, where readers still see all who tell them: as many, and the one whose
#            headline is the title
# recounted  who tells the others
# reports    copy families, those of one agency counted once: families without an agency, and agencies that share no
#            family, not even by others. An event has few agencies, so it is they that are followed to one another
_EVENTS = f"""
create view events as
with recursive
members as materialized (
    select event_id, article_id, headline, source, source_country, language, published, published_zone,
        coalesce(published, first_received) as seen, coalesce(copy_family, article_id) as family, origin_agency
    from articles_rows semi join shown using ({_PLACE}) where event_id is not null
),
standing as materialized (
    select events_rows.* exclude ({_PLACE}) from events_rows
    join (select event_id, count(*) as told from members group by event_id) using (event_id)
    join members on members.event_id = events_rows.event_id and article_id = representative
    where articles = told and title is not distinct from headline
),
recounted as materialized (select * from members anti join standing using (event_id)),
credited as materialized (
    select distinct event_id, family, origin_agency as agency from recounted where agency is not null
),
linked as materialized (
    select distinct one.event_id, one.agency, other.agency as other
    from credited as one join credited as other using (event_id, family)
),
reached as (
    select * from linked
    union
    select event_id, reached.agency, linked.other
    from reached join linked using (event_id) where reached.other = linked.agency
),
together as (
    select event_id, count(distinct least) as families
    from (select event_id, agency, min(other) as least from reached group by event_id, agency) group by event_id
),
alone as (
    select event_id, count(distinct family) as families
    from recounted anti join credited using (event_id, family) group by event_id
),
reports as (
    select event_id, coalesce(alone.families, 0) + coalesce(together.families, 0) as independent_reports
    from alone full join together using (event_id)
),
counted as (
    select event_id,
        first(headline order by {_PRECEDENCE}) as title,
        min(seen) as first_seen,
        max(seen) as last_seen,
        count(*) as articles,
        count(distinct source) as sources,
        coalesce(list_sort(list(distinct source_country) filter (source_country <> '')), []) as countries,
        coalesce(list_sort(list(distinct language) filter (language <> '')), []) as languages,
        first(article_id order by {_PRECEDENCE}) as representative
    from recounted group by event_id
)
select * from standing
union all by name
select counted.*, independent_reports, event_group_id, alias_of
from counted join reports using (event_id)
left join (select event_id, event_group_id, alias_of from events_rows) using (event_id)
"""


def create_reader_views(database: duckdb.DuckDBPyConnection, as_of: str) -> None:
    """Views `articles`, `originals` and `events` over `articles_rows` and `events_rows`; `as_of` is a literal."""
    database.execute(_SHOWN.format(readable=readable_sql(as_of)))
    replaced = [f"case when original is not null then {name} end as {name}" for name in _OF_THE_ORIGINAL]
    database.execute(_ARTICLES.format(replaced=", ".join((*replaced, f"{_reason()} as event_reason"))))
    database.execute(_ORIGINALS)
    database.execute(_EVENTS)


def _reason() -> str:
    """Why an article joined its event; in figures alone where readers do not see the nearest."""
    kept = ", ".join(
        f"{field.name} := " + (f"event_reason.{field.name}" if field.name in _WORDLESS else _nothing(field))
        for field in arrow_schema(Article).field("event_reason").type
    )
    return (
        "case when event_reason.nearest_article is null or nearest is not null then event_reason"
        f" else struct_pack({kept}) end"
    )


def _nothing(field: pa.Field) -> str:
    return "[]" if pa.types.is_list(field.type) else "null"

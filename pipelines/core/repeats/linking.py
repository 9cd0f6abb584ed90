"""LinkRepeats: which articles tell the same text again, in one language.

    the very same folded text   content hash                                       copy
    a like text                 2 of 16 smallest shingle hashes propose it, then
                                  J >= .6 (Jaccard index, estimated)               copy
                                  J >= .3                                          rewrite
                                  containment >= .6                                excerpt: one text stands in the other

Copies are marked, never dropped. A copy or a rewrite joins the family of what it repeats; a family is named after its
founder, the member that arrived first, and which member stands for it is picked when it is read. To join, a text is
like the founder, or a copy of any member: families of A like B like C, where C has nothing of A, do not grow. An
excerpt names what it shares a text with and stays a family of its own: a round-up that quotes three stories whole must
not join the three, nor be hidden behind one of them.

A decision is made once an article, with its first text, and goes with all its later rows. `dup_of` names only what
readers may see at the row's `received`: the founder, else the nearest member; the family stands whether they may or
not. Where nothing may be named, all `dup_` fields are null.

Source: `research/text.md` §4 (thresholds §4.2: precision .94 at J >= .3 and 1.00 at .6; candidates §4.3; streaming §4.5).
"""

from dataclasses import dataclass
from datetime import datetime

from pipelines.core.identity import row_key
from pipelines.core.repeats.changes import MIN_EXACT_SHINGLES, RepeatChange, change_of, is_aside
from pipelines.core.repeats.known_row import KnownRow
from pipelines.core.repeats.memory import Match, RepeatMemory
from pipelines.core.repeats.row_layout import SHARE_UNIT, site_of
from pipelines.core.repeats.shingles import Sketch, pack, sketch_of
from pipelines.core.repeats.sketches import family_of
from pipelines.core.step import Step
from schemas.article import Article
from schemas.article_parts import SIGHTINGS, DupKind, PubStatus, SourceKind
from schemas.changed import changed

COPY, REWRITE, EXCERPT = 0.6, 0.3, 0.6

# Bare files have no site; `schemas.article` names their source so.
_NO_SITE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What LinkRepeats says of an article. `dup_` fields are all null or all set."""

    copy_family: str | None = None
    dup_of: str | None = None
    dup_kind: DupKind | None = None
    dup_similarity: float | None = None
    dup_containment: float | None = None


def link_repeats(memory: RepeatMemory, article: Article) -> Step[RepeatChange]:
    """Decide which copy family one row belongs to, and what it repeats.

    One row comes out for each that goes in. Pure; the same memory and row give the same step. A row that is known goes
    on with its stored decisions and changes nothing.
    """
    known = memory.row(row_key(article))
    if known is not None:
        sketch = _sketch(article) if known.is_sketched else None
        return Step((), (_stamped(article, _stored(known), sketch, known.language_seq),))
    before = memory.article(article.article_id)
    is_linked = before is not None and before.copy_family is not None
    sketch = _sketch(article) if _has_text(article) and not (is_linked and is_aside(article)) else None
    if before is not None and is_linked:
        decision = _kept(memory, before, article.received)
    elif sketch is not None:
        decision = judge(memory, article, sketch)
    else:
        decision = Decision()
    row = _stamped(article, decision, sketch, memory.next_seq)
    return Step((change_of(row),), (row,))


def _has_text(article: Article) -> bool:
    """Whether a row brings a text; `repeat`, `removed` and withdrawals for good bring none, whatever they carry."""
    return (
        article.content_hash is not None
        and article.pub_status is not PubStatus.CANCELED
        and article.change_type not in SIGHTINGS
    )


def _sketch(article: Article) -> Sketch:
    """Of the body; the headline, which every outlet writes anew, counts where the body is too short to compare."""
    body = article.body_text or ""
    sketch = sketch_of(body)
    if sketch.is_comparable or not article.headline:
        return sketch
    return sketch_of(f"{article.headline}\n{body}")


def _stamped(article: Article, decision: Decision, sketch: Sketch | None, language_seq: int) -> Article:
    return changed(
        article,
        copy_family=decision.copy_family,
        dup_of=decision.dup_of,
        dup_kind=decision.dup_kind,
        dup_similarity=decision.dup_similarity,
        dup_containment=decision.dup_containment,
        repeat_sketch=None if sketch is None else pack(sketch),
        language_seq=language_seq,
    )


def _stored(row: KnownRow) -> Decision:
    return Decision(
        copy_family=row.copy_family,
        dup_of=row.dup_of,
        dup_kind=row.dup_kind,
        dup_similarity=row.dup_similarity,
        dup_containment=row.dup_containment,
    )


def _kept(memory: RepeatMemory, before: KnownRow, received: datetime | None) -> Decision:
    """The article's decision for a further row; what readers may no longer see is named no more."""
    named = memory.article(before.dup_of) if before.dup_of is not None else None
    if named is None or not named.is_readable(received):
        return Decision(copy_family=before.copy_family)
    return _stored(before)


def judge(memory: RepeatMemory, article: Article, sketch: Sketch) -> Decision:
    """The decision on an article's first text."""
    matches = matches_of(memory, article, sketch)
    joined = _joined(article, matches)
    if joined is not None:
        matches = [one for one in matches if one.article.copy_family == joined and one.jaccard >= REWRITE]
    for match in sorted(matches, key=_nearest_first if joined is None else _founder_first):
        kind = relation(article, match)
        if kind is not None and match.article.is_readable(article.received):
            return Decision(
                copy_family=joined or family_of(article.article_id),
                dup_of=match.article.article_id,
                dup_kind=kind,
                dup_similarity=_share(match.jaccard),
                dup_containment=_share(match.containment),
            )
    return Decision(copy_family=joined or family_of(article.article_id))


def matches_of(memory: RepeatMemory, article: Article, sketch: Sketch) -> list[Match]:
    """Articles that may be like a text, the founders of their families included; at most one match an article."""
    found: list[Match] = []
    if sketch.shingles >= MIN_EXACT_SHINGLES and article.content_hash is not None:
        found += memory.same_text(article.content_hash)
    if sketch.is_comparable:
        found += memory.near(sketch)
        families = dict.fromkeys(match.article.copy_family for match in found)
        founders = [memory.founder(sketch, family) for family in families if family is not None]
        found += [match for match in founders if match is not None]
    best: dict[str, Match] = {}
    for match in found:
        before = best.get(match.article.article_id)
        if before is None or before.jaccard < match.jaccard:
            best[match.article.article_id] = match
    return list(best.values())


def relation(article: Article, match: Match) -> DupKind | None:
    """What an article and a match of it are to each other.

    Two pages of one site share their furniture: they are copies or nothing. Source: `research/text.md` §4.5.
    """
    if match.jaccard >= COPY:
        return DupKind.COPY
    is_page = article.source_kind is SourceKind.WEB and article.source != _NO_SITE
    if is_page and match.article.site == site_of(article.source):
        return None
    if match.jaccard >= REWRITE:
        return DupKind.REWRITE
    return DupKind.EXCERPT if match.containment >= EXCERPT else None


def _joined(article: Article, matches: list[Match]) -> str | None:
    """The family to join: of the nearest copy, or of the nearest founder of which this is a rewrite.

    Where a founder is forgotten or killed, the oldest match of its family stands in for it.
    """
    leads: dict[str | None, Match] = {}
    for match in sorted(matches, key=_oldest_first):
        leads.setdefault(match.article.copy_family, match)
    joining = [
        match
        for match in matches
        if match.jaccard >= COPY
        or (match is leads[match.article.copy_family] and relation(article, match) is DupKind.REWRITE)
    ]
    nearest = min(joining, key=_nearest_first, default=None)
    return None if nearest is None else nearest.article.copy_family


def _is_member(match: Match) -> bool:
    """Whether another article founded its family."""
    return family_of(match.article.article_id) != match.article.copy_family


def _oldest_first(match: Match) -> tuple[bool, int]:
    return _is_member(match), match.article.language_seq


def _founder_first(match: Match) -> tuple[bool, float, int]:
    return _is_member(match), -match.jaccard, match.article.language_seq


def _nearest_first(match: Match) -> tuple[float, float, int]:
    return -match.jaccard, -match.containment, match.article.language_seq


def _share(estimate: float) -> float:
    return round(estimate * SHARE_UNIT) / SHARE_UNIT

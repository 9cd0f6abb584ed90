"""What a message says it does to its story, from the message alone, never from what arrived before.

Source: research/wire.md §2.2, with its order.
"""

import re
from functools import cache

from pipelines.core.wire.item import WireItem
from pipelines.core.wire.profile import Profile
from schemas.article_parts import ChangeType, PubStatus

# A mark stands at the start of a headline and is set off, or alone in brackets: CORRECTED-Storm ebbs, (REFILE).
# `CORRECTION OFFICERS STRIKE` is no mark.
_CORRECTION_WORDS = (
    "CORRECTED",
    "CORRECTION",
    "Correction",
    "CORRECTIVE",
    "KORREKTUR",
    "KORR",
    "BERICHTIGUNG",
    "Berichtigung",
    "RECTIFICATIF",
    "CORRIGÉ",
    "CORRIGE",
    "CORRECCIÓN",
    "RETTIFICA",
    "更正",
    "訂正",
    "정정",
)
_BORDER = re.compile(r"[:/#]")
_REFILE_WORDS = ("REFILE", "Refile")
_RELEASE_WORDS = ("RELEASE", "RELEASED", "EMBARGO LIFTED", "HOLD RELEASED", "HOLD LIFTED", "FREIGABE")
# In a note the words need not be set off: `CORRECTS spelling in 2nd graf`. A time to come is an embargo, no release.
_NOTE_CORRECTS = re.compile(
    r"\W*(?:CORRECT(?:S|ED|ING|ION|IVE)|Correct(?:s|ed|ing|ion))\b|\W*(?:KORR-|Berichtigung)"
)
_NOTE_RELEASES = re.compile(
    r"\W*(?:EMBARGO (?:IS |HAS BEEN )?LIFTED|Embargo lifted|RELEASED?\b(?!\W+(?:AT|ON|TIME|DATE|UNTIL|\d))"
    r"|HOLD (?:IS )?(?:RELEASED|LIFTED))"
)


def change_type_of(
    item: WireItem, pub_status: PubStatus, profile: Profile, version: str | None
) -> ChangeType:
    """What the message does to its story."""
    if pub_status is PubStatus.CANCELED:
        return ChangeType.KILL
    if pub_status is PubStatus.WITHHELD:
        return ChangeType.HOLD
    if _is_correction(item, profile):
        return ChangeType.CORRECTION
    if _is_signalled(item, "refile") or _is_marked(item, "refile", _REFILE_WORDS, profile):
        return ChangeType.REFILE
    if is_release(item, profile):
        return ChangeType.RELEASE
    return ChangeType.NEW if _is_first(item, profile, version) else ChangeType.UPDATE


def is_release(item: WireItem, profile: Profile) -> bool:
    """Whether the message lets go of what was held: only what says so does."""
    if _is_signalled(item, "release") or _is_marked(item, "release", _RELEASE_WORDS, profile):
        return True
    return any(_NOTE_RELEASES.match(note) for note in item.ed_notes)


def _is_correction(item: WireItem, profile: Profile) -> bool:
    if _is_signalled(item, "correction") or "edstat:c" in _signals(item):
        return True
    if _is_marked(item, "correction", _CORRECTION_WORDS, profile):
        return True
    return any(_NOTE_CORRECTS.match(note) for note in item.ed_notes)


def _signals(item: WireItem) -> list[str]:
    return [signal.lower() for signal in item.signals]


def _is_signalled(item: WireItem, word: str) -> bool:
    return any(_BORDER.split(signal)[-1] == word for signal in _signals(item))


def _is_marked(item: WireItem, kind: str, words: tuple[str, ...], profile: Profile) -> bool:
    mark = _mark(words + profile.tokens.get(kind, ()))
    return any(mark.search(text) for text in (item.headline, item.slugline) if text is not None)


@cache
def _mark(words: tuple[str, ...]) -> re.Pattern[str]:
    either = "|".join(re.escape(word) for word in words)
    return re.compile(
        rf"^[\W_]*(?:{either})(?:\s*[-:–—/)\]】：|]|$)|[(\[（【,/]\s*(?:{either})\s*[)\]）】,/]"
    )


def _is_first(item: WireItem, profile: Profile, version: str | None) -> bool:
    if version is not None and version.isascii() and version.isdigit() and len(version) < 7:
        return int(version) <= profile.first_version
    if item.version_created is None:
        return True
    return item.first_created is None or item.first_created == item.version_created

"""What has to be known of a provider and is in no format: the meaning of its ids, versions, times and marks.

    profiles/<id>.json     one file a provider; every field but `id` has the default of `Profile`

Identity, version and order are rules of a provider, not of a format (`research/wire.md` §0.2). The provider of an item
is read from its id and the feed it came on and from nothing else: a kill has nothing else, and must reach the story.
"""

import re
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from pipelines.core.urls import host_of
from schemas.rejection import ReasonCode, Rejected

UNKNOWN_PROVIDER = "unknown"


class VersionPolicy(StrEnum):
    """What orders a provider's versions beside their time: running numbers, nothing, or the time of receipt alone."""

    INTEGER = "integer"
    TIMESTAMP = "timestamp"
    RECEIVED = "received"


class EmbargoEmpty(StrEnum):
    """What an embargo without a date means."""

    NONE = "none"
    INDEFINITE = "indefinite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One provider.

    `guid_prefixes` end at a border (`:`, `/`); `guid_tail` is a regular expression for what is cut from the end of an
    id because it changes from version to version, its first group, if any, being the version; `number_pattern` finds
    the message number in id or slugline. `tokens` adds words to the marks of a change: `correction`, `refile`,
    `release`, `advisory`. `feeds` names the feeds that may carry the provider; empty: any.
    """

    id: str
    name: str | None = None
    country: str | None = None
    language: str | None = None
    zone: str | None = None
    feeds: tuple[str, ...] = ()
    guid_prefixes: tuple[str, ...] = ()
    guid_tail: str | None = None
    number_pattern: str | None = None
    version_policy: VersionPolicy = VersionPolicy.INTEGER
    first_version: int = 1
    embargo_empty: EmbargoEmpty = EmbargoEmpty.INDEFINITE
    expiry_hides: bool = False
    restricted: bool = False
    tokens: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def tzinfo(self) -> ZoneInfo | None:
        """The zone of the times that state none."""
        return None if self.zone is None else ZoneInfo(self.zone)


def provider_of(guid: str, wire_feed: str | None) -> Profile:
    """The profile of the item's provider; of one without a profile the defaults under the authority of its id.

    Raises:
        Rejected: the id is of a provider that is bound to other feeds than this.

    >>> provider_of("http://api.agency.example/item/7", None).id
    'api.agency.example'
    """
    return provider_in(_table(), guid, wire_feed)


def provider_in(table: "ProfileTable", guid: str, wire_feed: str | None) -> Profile:
    """`provider_of` among the profiles of a table."""
    bound = table.by_feed.get(wire_feed or "")
    if bound is not None:
        return bound
    if not guid.startswith(table.prefixes):
        return _without_prefix(table, _authority(guid), _name(wire_feed))
    found = next(profile for prefix, profile in table.by_prefix if guid.startswith(prefix))
    if found.feeds and wire_feed is not None:
        detail = f"an id of {found.id} on feed {wire_feed[:100]!r}, to which it is not bound"
        raise Rejected(ReasonCode.WIRE_UNKNOWN_PROVIDER, detail)
    return found


def _without_prefix(table: "ProfileTable", authority: str | None, feed: str | None) -> Profile:
    """The provider of an id that no profile knows.

    It never takes the name of one that has a profile, unless its feed is called so: `http://dpa/1` is not dpa's, or
    its notices could kill dpa's stories.
    """
    if authority is not None:
        return Profile(id=UNKNOWN_PROVIDER if authority in table.by_id else authority)
    named = table.by_id.get(feed or "")
    if named is not None:
        return named if not named.feeds else Profile(id=UNKNOWN_PROVIDER)
    return Profile(id=feed or UNKNOWN_PROVIDER)


# RFC 3085 (newsml), RFC 4151 (tag): the authority, then a date. A urn:uuid and the like have none.
_URN = re.compile(r"(?:urn:newsml:|tag:)([a-z0-9][a-z0-9.-]{0,250})[:,]", re.IGNORECASE)


def _authority(guid: str) -> str | None:
    if guid[:8].lower().startswith(("http://", "https://")):
        try:
            return host_of(guid) or None
        except Rejected:
            return None
    found = _URN.match(guid)
    return None if found is None else found[1].lower()


def _name(wire_feed: str | None) -> str | None:
    return None if wire_feed is None else wire_feed.strip().lower()[:255] or None


@dataclass(frozen=True, slots=True)
class ProfileTable:
    """Profiles by the feeds they are bound to and by how their ids begin."""

    by_feed: dict[str, Profile]
    by_prefix: tuple[tuple[str, Profile], ...]
    by_id: dict[str, Profile]
    prefixes: tuple[str, ...]


@cache
def _table() -> ProfileTable:
    folder = files("pipelines.core.wire").joinpath("profiles")
    documents = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".json")), key=lambda e: e.name
    )
    profiles = [read_profile(orjson.loads(document.read_bytes())) for document in documents]
    return table_of(profiles)


def table_of(profiles: list[Profile]) -> ProfileTable:
    """The table of some profiles; of two prefixes the longer is asked first."""
    prefixes = [(prefix, profile) for profile in profiles for prefix in profile.guid_prefixes]
    prefixes.sort(key=lambda pair: (-len(pair[0]), pair[0]))
    return ProfileTable(
        by_feed={feed: profile for profile in profiles for feed in profile.feeds},
        by_prefix=tuple(prefixes),
        by_id={profile.id: profile for profile in profiles},
        prefixes=tuple(prefix for prefix, _ in prefixes),
    )


def read_profile(document: dict[str, Any]) -> Profile:
    """A profile from its JSON document.

    Raises:
        ValueError: a field that no profile has, or a pattern, zone or policy that is none.
    """
    unknown = sorted(set(document) - {known.name for known in fields(Profile)})
    if unknown:
        raise ValueError(f"profile {document.get('id')!r}: no such field: {', '.join(unknown)}")
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in document.items()
    }
    if "version_policy" in values:
        values["version_policy"] = VersionPolicy(values["version_policy"])
    if "embargo_empty" in values:
        values["embargo_empty"] = EmbargoEmpty(values["embargo_empty"])
    values["tokens"] = {kind: tuple(words) for kind, words in values.get("tokens", {}).items()}
    profile = Profile(**values)
    for pattern in (profile.guid_tail, profile.number_pattern):
        if pattern is not None:
            re.compile(pattern)
    profile.tzinfo()
    return profile

"""Times of the wire: read in the provider's zone where they state none, and never trusted into the future."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipelines.core.instants import CLOCK_DRIFT, StatedTime, parse_iso
from pipelines.core.wire.profile import Profile
from schemas.article_parts import Precision, Zone

TIME_ASSUMED_UTC = "time_assumed_utc"
TIME_CLAMPED = "time_clamped"
TIME_UNREADABLE = "time_unreadable"
# UTC-12, where each day ends last.
LAST_ZONE_BEHIND = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class WireTimes:
    """When a version was made and its item first published; `flags` say what was assumed."""

    version_created: datetime | None
    published: StatedTime | None
    flags: tuple[str, ...]


def read_time(text: str, profile: Profile) -> StatedTime | None:
    """A stated time; one without a zone stands in the provider's, else in UTC (`Zone.ASSUMED`). `None`: no time.

    >>> read_time("2026-03-02T09:00:00", Profile(id="demo", zone="Europe/Berlin")).instant.isoformat()
    '2026-03-02T08:00:00+00:00'
    """
    stated = parse_iso(text)
    zone = profile.tzinfo()
    if stated is None or stated.zone is not Zone.ASSUMED or zone is None:
        return stated
    try:
        instant = stated.instant.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return None
    return StatedTime(instant=instant, precision=stated.precision, zone=Zone.SOURCE)


def read_time_late(text: str, profile: Profile) -> StatedTime | None:
    """The latest instant that a stated time can mean: a day's end, and without any zone the time at UTC-12.

    >>> read_time_late("2026-03-03", Profile(id="demo", zone="Europe/Berlin")).instant.isoformat()
    '2026-03-03T23:00:00+00:00'
    >>> read_time_late("2026-03-03T09:00:00", Profile(id="demo")).instant.isoformat()
    '2026-03-03T21:00:00+00:00'
    """
    stated = read_time(text, profile)
    if stated is None:
        return None
    zone = profile.tzinfo() or UTC
    instant = stated.instant
    try:
        if stated.precision is Precision.DAY:
            # A day on the clock, which is 23 or 25 hours where summer time begins or ends.
            instant = (instant.astimezone(zone) + timedelta(days=1)).astimezone(UTC)
        if stated.zone is Zone.ASSUMED:
            instant += LAST_ZONE_BEHIND
    except OverflowError:
        return None
    return StatedTime(instant=instant, precision=stated.precision, zone=stated.zone)


def wire_times(
    version_created: str | None, first_created: str | None, received: datetime | None, profile: Profile
) -> WireTimes:
    """Both times of an item, neither more than a day after `received`; a missing version's time is `received`."""
    stated_version = None if version_created is None else read_time(version_created, profile)
    if first_created == version_created:
        stated_first = stated_version
    else:
        stated_first = None if first_created is None else read_time(first_created, profile)
    version, first = _clamped(stated_version, received), _clamped(stated_first, received)
    times = (stated_version, stated_first)
    flags = []
    if times.count(None) > (version_created, first_created).count(None):
        flags.append(TIME_UNREADABLE)
    if any(stated is not None and stated.zone is Zone.ASSUMED for stated in times):
        flags.append(TIME_ASSUMED_UTC)
    if (version, first) != times:
        flags.append(TIME_CLAMPED)
    return WireTimes(
        version_created=received if version is None else version.instant,
        published=first or version,
        flags=tuple(flags),
    )


def _clamped(stated: StatedTime | None, received: datetime | None) -> StatedTime | None:
    if stated is None or received is None or stated.instant - received <= CLOCK_DRIFT:
        return stated
    return StatedTime(instant=received + CLOCK_DRIFT, precision=stated.precision, zone=stated.zone)

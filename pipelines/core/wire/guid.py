"""The id of an item apart from the version that some providers write into it."""

import re
from dataclasses import dataclass

from pipelines.core.wire.profile import Profile


@dataclass(frozen=True, slots=True)
class ItemGuid:
    """`guid` is common to all versions of an item; `version` what its tail said, if anything."""

    guid: str
    version: str | None


def item_guid(stated: str, profile: Profile) -> ItemGuid:
    r"""The id without the tail that the provider's profile says changes.

    >>> item_guid("urn:newsml:agency.example:7-v2", Profile(id="demo", guid_tail=r"-v(\d+)$"))
    ItemGuid(guid='urn:newsml:agency.example:7', version='2')
    """
    found = re.search(profile.guid_tail, stated) if profile.guid_tail is not None else None
    if found is None or found.start() == 0:
        return ItemGuid(stated, None)
    return ItemGuid(stated[: found.start()], found[1] if found.lastindex else None)

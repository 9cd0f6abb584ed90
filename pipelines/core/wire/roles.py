"""What a headline, description or body is for, by its role: a text for readers, or one for editors."""

import re

from pipelines.core.wire.json_object import JsonObject

# Bodies for readers, of ninjs and of the agencies' samples: by what they are, or by their format (`xhtml`, `ttnitf`).
_READERS_BODY = re.compile(
    r"(?:|main|body|story|text|article|content|default|none|full|lead|maintext|bodytext|plain|plaintext|xml"
    r"|[a-z]{0,8}(?:html5?|nitf|hnml))"
)
_EDITORS = re.compile(
    r"ed[_-]?notes?(?:role)?\b|editors|editor$|editorial[_-]?note|non[_-]?public|internal|notepad|notebook|private"
    r"|^notes?$|[_-]notes?$"
)


def role_of(part: JsonObject) -> str:
    """The role in lower case, without the vocabulary that it is from; blank when none is stated."""
    stated = part.text("role") or next(iter(part.texts("role")), "")
    return stated.lower()


def is_body_for_readers(part: JsonObject) -> bool:
    """Whether a body is for readers: only a role that is known to be theirs says so."""
    return _READERS_BODY.fullmatch(re.split(r"[:/#]", role_of(part))[-1].strip()) is not None


def is_for_editors(role: str) -> bool:
    """Whether a role, or the tail of a field's name, is one of notes to editors."""
    return _EDITORS.search(role) is not None

"""Records among the lines of what claims to be a text or a page.

A file of wire copy whose first lines are damaged may look like a text. As a page it would be open to everyone, embargo
or not, so a line that opens like a record of a known contract makes the whole no page. Not parsed: a line that is cut
off tells as much.
"""

import re

# Keys that an envelope, a captured record, a CloudEvent or a wire message cannot be without (schemas, research/wire.md
# §1.1). Within a JSON string each quotation mark has a backslash before it, so these are the keys themselves.
_WIRE_KEY = (
    rb'(?<!\\)"(?:uri|guid|pubstatus|versioncreated|firstcreated|api_version)"\s*:'
    rb'|"digitalwires@'
)
_WIRE = re.compile(_WIRE_KEY, re.IGNORECASE)
_RECORD_LINE = re.compile(
    rb"^[ \t]*\{[^\n]*?(?:"
    + _WIRE_KEY
    + rb'|(?<!\\)"(?:fetched_at|body_base64|value_base64|specversion)"\s*:)',
    re.IGNORECASE | re.MULTILINE,
)
_SCRIPT = re.compile(rb"<script\b", re.IGNORECASE)
_SCRIPT_END = re.compile(rb"</script", re.IGNORECASE)
_URL = re.compile(rb'(?<!\\)"url"\s*:')
_PAGE_BODY = re.compile(rb'(?<!\\)"(?:body_base64|html|text)"\s*:')


def has_record_line(text: bytes, *, is_markup: bool = False) -> bool:
    r"""Whether a line opens like a record of a contract that is known; in markup outside of scripts, which hold any.

    >>> has_record_line(b'log opened\n{"uri": "urn:x", "headline": "cut o')
    True
    """
    # Of UTF-16 what is looked for here is every other byte.
    plain = text.replace(b"\0", b"") if b"\0" in text else text
    if not is_markup:
        return _RECORD_LINE.search(plain) is not None
    opening, *scripts = _SCRIPT.split(plain)
    parts = [opening, *(_after_script(script) for script in scripts)]
    return any(_RECORD_LINE.search(part) is not None for part in parts)


def is_page_envelope_line(line: bytes) -> bool:
    """Whether what opens as JSON is the envelope of a page, whole or cut off, and nothing of a wire.

    >>> is_page_envelope_line(b'{"url": "https://a.example/", "text": "It is 9 o')
    True
    """
    return bool(_URL.search(line) and _PAGE_BODY.search(line)) and _WIRE.search(line) is None


def _after_script(script: bytes) -> bytes:
    end = _SCRIPT_END.search(script)
    return b"" if end is None else script[end.end() :]

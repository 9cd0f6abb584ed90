"""Rejected: the data's own fault, permanent, and never the fault of its neighbours.

The closed list of reasons, as one tree. A code is `family.reason`; the family says who can mend it.

    Rejected
    ├─ json.malformed            the record starts like JSON and is not
    ├─ json.not_object           JSON, but neither a record nor an item
    ├─ json.too_deep             nested beyond what a parser may be given
    ├─ schema.unknown            well-formed, and no contract that is known
    ├─ schema.major_unsupported  a contract of a later major version
    ├─ field.missing · field.type · field.enum · field.too_long
    ├─ size.payload              larger than a record may be
    ├─ size.decompressed         compressed bytes that grow beyond the limit
    ├─ encoding.undecodable      bytes that are text in no character set
    ├─ xml.malformed · xml.entity_declared · xml.too_deep
    ├─ html.too_deep · html.too_many_tags · html.unparsable
    ├─ wire.format_unsupported   a wire format that is not read yet
    ├─ wire.header_unrecognised · wire.partial_update · wire.unknown_provider · wire.id_missing
    ├─ wire.not_news             a concept, catalogue or planning item: no article is meant
    ├─ time.future               fetched further in the future than clocks drift
    ├─ url.invalid
    ├─ http.status               neither content (2xx) nor gone (404, 410)
    ├─ http.not_html             an image, a PDF, a feed where a page was expected
    ├─ text.empty · text.too_short   a front page, gallery or stub: no article
    ├─ extract.timeout · extract.memory · extract.crash   the sandbox gave up on one page
    ├─ file.truncated            a compressed member that ends in the middle, or is damaged
    ├─ source.lost               retention took records before they were read
    └─ sink.rejected             an index or a topic refused the row (kind `delivery`)

Not rejections: an unknown language (`und`), a missing title or date, an embargo, a kill.
"""

from enum import StrEnum


class ReasonCode(StrEnum):
    """Why something became a dead letter. Closed: a new reason is a new line here and in the tree above."""

    JSON_MALFORMED = "json.malformed"
    JSON_NOT_OBJECT = "json.not_object"
    JSON_TOO_DEEP = "json.too_deep"
    SCHEMA_UNKNOWN = "schema.unknown"
    SCHEMA_MAJOR_UNSUPPORTED = "schema.major_unsupported"
    FIELD_MISSING = "field.missing"
    FIELD_TYPE = "field.type"
    FIELD_ENUM = "field.enum"
    FIELD_TOO_LONG = "field.too_long"
    SIZE_PAYLOAD = "size.payload"
    SIZE_DECOMPRESSED = "size.decompressed"
    ENCODING_UNDECODABLE = "encoding.undecodable"
    XML_MALFORMED = "xml.malformed"
    XML_ENTITY_DECLARED = "xml.entity_declared"
    XML_TOO_DEEP = "xml.too_deep"
    HTML_TOO_DEEP = "html.too_deep"
    HTML_TOO_MANY_TAGS = "html.too_many_tags"
    HTML_UNPARSABLE = "html.unparsable"
    WIRE_FORMAT_UNSUPPORTED = "wire.format_unsupported"
    WIRE_HEADER_UNRECOGNISED = "wire.header_unrecognised"
    WIRE_PARTIAL_UPDATE = "wire.partial_update"
    WIRE_UNKNOWN_PROVIDER = "wire.unknown_provider"
    WIRE_ID_MISSING = "wire.id_missing"
    WIRE_NOT_NEWS = "wire.not_news"
    TIME_FUTURE = "time.future"
    URL_INVALID = "url.invalid"
    HTTP_STATUS = "http.status"
    HTTP_NOT_HTML = "http.not_html"
    TEXT_EMPTY = "text.empty"
    TEXT_TOO_SHORT = "text.too_short"
    EXTRACT_TIMEOUT = "extract.timeout"
    EXTRACT_MEMORY = "extract.memory"
    EXTRACT_CRASH = "extract.crash"
    FILE_TRUNCATED = "file.truncated"
    SOURCE_LOST = "source.lost"
    SINK_REJECTED = "sink.rejected"


class Rejected(Exception):
    """A record or item that cannot be an article, whoever tries: it goes to the dead letters with its bytes.

    `detail` is for a person: what was found and what was expected, never article text. `item` is the ordinal of the
    item within its record when one of several is at fault.
    """

    def __init__(self, reason: ReasonCode, detail: str, *, item: int = 0) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.item = item

    def __reduce__(self) -> tuple[object, ...]:
        return (_rejected, (self.reason, self.detail, self.item))


def _rejected(reason: ReasonCode, detail: str, item: int) -> Rejected:
    return Rejected(reason, detail, item=item)

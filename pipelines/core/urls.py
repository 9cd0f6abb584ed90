"""What a URL says of an article's identity: the key under which its many spellings are one, and whose site it is.

A page is linked with trackers, served as AMP, as a print view, from a mobile host or a cache. `url_key` folds those to
one string and keeps apart what may differ: the case of the path, page numbers and every parameter it does not know.
The URL as fetched is kept beside it; a key is for comparing, never for fetching.
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from tld import get_fld

from schemas.rejection import ReasonCode, Rejected

# The contract's limit for `url`; beyond it browsers and servers disagree anyway.
MAX_URL_CHARS = 8_192

# Served from a host of their own, never an outlet of their own.
_EDITION_LABELS = ("www", "m", "mobile", "amp")

# `https://www.google.com/amp/s/<host>/<path>`; the `s` says https.
_GOOGLE_AMP = re.compile(r"/amp/(?:s/)?([^/]+\.[^/]+/.*)", re.DOTALL)
_GOOGLE_HOST = re.compile(r"(?:www\.)?google\.[a-z]{2,3}(?:\.[a-z]{2})?")
# `https://www-site-com.cdn.ampproject.org/c/s/<host>/<path>`; c is a document, v a viewer, i an image.
_AMP_CACHE_HOST = ".cdn.ampproject.org"
_AMP_CACHE = re.compile(r"/[cv]/(?:s/)?([^/]+\.[^/]+/.*)", re.DOTALL)

# One view of an article at the end of its path, or put after its last segment.
_PATH_VIEW = re.compile(r"(?:/(?:amp|print)/*|\.amp/*|;jsessionid=[^/?]*)$", re.IGNORECASE)
# A doubled slash is a typing error, except in an address inside an address (web archives).
_SLASHES = re.compile(r"(?<!:)/{2,}")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\<>\"^`{|}]|[^\x00-\x7f]|%(?![0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")

# Who sent the reader, through which campaign or session: says nothing of the article. Families by prefix where no
# content system names an article so; the rest by name. Source: the lists of AdGuard, ClearURLs and Firefox that courlan
# cites, and the parameters seen in `research/text.md` §4.6. `id`, `page`, `p`, `article` and whatever is unknown stay.
_TRACKER = re.compile(
    r"(?:utm|guce|mtm|hsa|vero|_hs)_.*"
    r"|at_(?:medium|campaign|campaign_type|custom[1-4]|link_id|link_type|link_origin|link_title|format|ptr_name|ptr_type"
    r"|bbc_team|variant|creation|channel|emailtype|recipient_id|recipient_list|send_date|general_placement)"
    r"|ns_(?:mchannel|source|campaign|linkname|fee|type|mail_uid|mail_job)"
    r"|mc_(?:cid|eid)|pk_(?:campaign|kwd|keyword|source|medium|content|cid)"
    r"|itm_(?:source|medium|campaign|content|term|audience|channel)|oly_(?:anon|enc)_id"
    r"|sara_(?:ecid|ref|feedback)|soc_(?:src|trk)|wt_?(?:mc|zmc|cc\d)|wt\.z?mc_.*"
    r"|ga_(?:source|medium|campaign|content|term)|mkt_tok|fb_(?:ref|source|action_ids|action_types|comment_id)"
    r"|fbclid|gclid|dclid|yclid|twclid|msclkid|ttclid|gbraid|wbraid|gclsrc|igsh|igshid|_ga|_gl|_hsenc|_hsmi"
    r"|s_kwcid|xtor|ref_src|ref_url|referer|referrer|originalreferrer|cmp|cmpid|cmp_id|campaign|ocid"
    r"|icid|ito|smid|smtyp|guccounter|spm|trk|ncid|mbid|intcmp|int_cmp|partner|partnerid|sr_share|taid"
    r"|share|shared|sharetype|xing_share|__twitter_impression|phpsessid|jsessionid|aspsessionid.*|sessionid",
    re.IGNORECASE,
)
# Parameters that trackers share with archives and databases: dropped only for what names a sender.
_SENDER_NAMES = frozenset({"from", "ref"})
_SENDER = re.compile(
    r"(?:rss|feed|atom|newsletter|nl|e?mail|share|social|push|app|home|homepage|front|frontpage|search|amp"
    r"|facebook|fb|twitter|tw|x|whatsapp|wa|telegram|linkedin|xing|reddit|instagram|ig|tiktok|threads|bluesky|pinterest"
    r"|vk|weibo|wechat|line|flipboard|google|googlenews|bing|yahoo|msn|hn|hackernews)"
    r"(?:[._-](?:rss|feed|com|share|social|post|news|app|web))*",
    re.IGNORECASE,
)
_VIEW_PARAMETERS = frozenset({"amp", "amp=1", "amp=true", "print=1", "print=true", "print", "view=print"})
_VIEW_NAMES = frozenset({"outputtype", "amp_js_v", "usqp"})


@dataclass(frozen=True, slots=True)
class _Address:
    host: str
    port: int | None
    path: str
    query: str
    # Of pages that a script draws (`#!/a/1`), empty for all others.
    hash_bang: str


def url_key(url: str) -> str:
    """The string under which all spellings of an article's URL are one: no scheme, no edition host, no trackers.

    It is idempotent: the key of a key, with a scheme put before it, is that key.

    Raises:
        Rejected: `url.invalid`, not an http or https URL with a host.

    Source: `research/text.md` §4.6.

    >>> url_key("https://m.news.example/a/./Story/amp/?utm_source=x&page=2#top")
    'news.example/a/Story?page=2'
    >>> url_key("https://www.google.com/amp/s/www.news.example/a/Story")
    'news.example/a/Story'
    """
    address = _unwrapped(_split(url))
    host = _without_edition(address.host)
    port = f":{address.port}" if address.port is not None else ""
    query = _query_key(address.query)
    return f"{host}{port}{_path_key(address.path)}{'?' + query if query else ''}{_same_escapes(address.hash_bang)}"


def registrable_domain(url: str) -> str:
    """The domain that its owner registered: the source of a page. AMP caches are seen through.

    Sites on shared hosting (private suffixes) are sites of their own. A host under no public suffix, as in examples
    and intranets, counts by its last two labels; an IP address is itself. Offline, with the list bundled in `tld`.

    Raises:
        Rejected: `url.invalid`.

    >>> registrable_domain("https://www.city.news.co.uk/a")
    'news.co.uk'
    """
    return _site(_unwrapped(_split(url)).host)


def host_of(url: str) -> str:
    """The host in lower case and punycode, AMP caches seen through.

    Raises:
        Rejected: `url.invalid`.
    """
    return _unwrapped(_split(url)).host


def path_of(url: str) -> str:
    """The path as `url_key` has it: empty for a front page.

    Raises:
        Rejected: `url.invalid`.
    """
    return _path_key(_unwrapped(_split(url)).path)


def absolute_url(base: str | None, reference: str) -> str | None:
    """The http(s) URL that a page at `base` means by `reference`, or `None` where it means none.

    >>> absolute_url("https://news.example/a/b", "../c")
    'https://news.example/c'
    >>> absolute_url(None, "/c") is None
    True
    """
    reference = reference.strip()
    try:
        absolute = urljoin(base, reference) if base is not None else reference
        _split(absolute)
    except (ValueError, Rejected):
        return None
    return absolute


def _split(url: str) -> _Address:
    text = url.strip()
    if len(text) > MAX_URL_CHARS:
        raise Rejected(ReasonCode.URL_INVALID, f"{len(text)} characters, at most {MAX_URL_CHARS} are allowed")
    try:
        parts = urlsplit(text)
        port = parts.port
        host = _ascii_host(parts)
    except ValueError as error:
        raise Rejected(ReasonCode.URL_INVALID, f"not a URL: {error}") from error
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https"):
        raise Rejected(ReasonCode.URL_INVALID, "http or https expected")
    # A key has no scheme, so both schemes' own ports are none.
    if port in (80, 443):
        port = None
    return _Address(
        host=host, port=port, path=parts.path, query=parts.query, hash_bang=_hash_bang(parts.fragment)
    )


def _hash_bang(fragment: str) -> str:
    """A fragment that names an article, as it is written behind an address."""
    return f"#{fragment}" if len(fragment) > 1 and fragment.startswith("!") else ""


def _ascii_host(parts: SplitResult) -> str:
    """The host as DNS has it. Raises ValueError (of which UnicodeError is one) where there is none."""
    host = (parts.hostname or "").rstrip(".").lower()
    if ":" in host:
        return f"[{ip_address(host)}]"
    if not host.isascii():
        host = host.encode("idna").decode("ascii").lower()
    if not _HOST.fullmatch(host) or len(host) > 253:
        raise ValueError("no valid host")
    return host


def _unwrapped(address: _Address) -> _Address:
    """The publisher's own address behind AMP caches. Each turn shortens the path, so it ends."""
    while (inner := _inner(address)) is not None:
        address = inner
    return address


def _inner(address: _Address) -> _Address | None:
    if address.host.endswith(_AMP_CACHE_HOST):
        inner = _AMP_CACHE.fullmatch(address.path)
    elif _GOOGLE_HOST.fullmatch(address.host):
        inner = _GOOGLE_AMP.fullmatch(address.path)
    else:
        return None
    if inner is None:
        return None
    query = f"?{address.query}" if address.query else ""
    try:
        return _split(f"https://{inner.group(1)}{query}{address.hash_bang}")
    except Rejected:
        return None


def _without_edition(host: str) -> str:
    site = _site(host)
    while host != site:
        label, _, rest = host.partition(".")
        if label not in _EDITION_LABELS:
            break
        host = rest
    return host


def _is_ip(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _site(host: str) -> str:
    if host.startswith("[") or (host[-1].isdigit() and _is_ip(host)):
        return host
    found = get_fld(f"https://{host}/", fail_silently=True)
    return found or ".".join(host.split(".")[-2:])


def _path_key(path: str) -> str:
    path = _same_escapes(path)
    # A view taken off may bare a dot segment, and a dot segment a view.
    while (shorter := _PATH_VIEW.sub("", _plain_path(path).rstrip("/"))) != path:
        path = shorter
    return path


def _plain_path(path: str) -> str:
    return _without_dot_segments(_SLASHES.sub("/", path))


def _without_dot_segments(path: str) -> str:
    """RFC 3986 §5.2.4 for an absolute path."""
    if "/." not in path:
        return path
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept)


def _same_escapes(text: str) -> str:
    """One spelling of each character: unreserved ones plain, all others escaped in upper case (RFC 3986 §6.2.2)."""
    if text.isascii() and "%" not in text and not _FORBIDDEN.search(text):
        return text
    escaped = _FORBIDDEN.sub(_escape_character, text)
    return _ESCAPE.sub(_plain_if_unreserved, escaped)


def _escape_character(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found.group().encode("utf-8", "replace"))


def _plain_if_unreserved(found: re.Match[str]) -> str:
    byte = int(found.group(1), 16)
    return chr(byte) if byte in _UNRESERVED else found.group().upper()


def _query_key(query: str) -> str:
    pairs = (_same_escapes(pair) for pair in query.split("&"))
    return "&".join(sorted(pair for pair in pairs if pair and not _says_nothing(pair)))


def _says_nothing(pair: str) -> bool:
    """Whether a parameter names a tracker, a session or a view, not an article."""
    raw_name, _, raw_value = pair.partition("=")
    name = unquote(raw_name).lower()
    if name in _SENDER_NAMES:
        return not raw_value or _SENDER.fullmatch(unquote(raw_value)) is not None
    return pair.lower() in _VIEW_PARAMETERS or name in _VIEW_NAMES or _TRACKER.fullmatch(name) is not None

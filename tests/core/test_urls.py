import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.core.urls import absolute_url, registrable_domain, url_key
from schemas.rejection import ReasonCode, Rejected

# Addresses of one line are one article; those of different lines are different articles.
ARTICLES = (
    (
        "https://www.courier.example/world/ferry-2026-03-02/?utm_source=x&utm_medium=Social",
        "http://www.courier.example/world/ferry-2026-03-02/",
        "https://courier.example/world/ferry-2026-03-02",
        "https://m.courier.example:443/world/ferry-2026-03-02#comments",
        "https://COURIER.example/world/./a/../ferry-2026-03-02/print/",
        "https://courier.example/world//ferry-2026-03-02?print=1&fbclid=IwAR0",
    ),
    (
        "https://www.post.example/world/port?amp",
        "https://amp.post.example/world/port",
        "https://www.post.example/world/port/amp/",
        "https://post.example/world/port.amp?outputType=amp",
        "https://www.google.com/amp/s/www.post.example/world/port",
        "https://www.google.co.uk/amp/s/amp.post.example/world/port",
        "https://www-post-example.cdn.ampproject.org/c/s/www.post.example/world/port.amp?usqp=mq331",
    ),
    ("https://post.example/World/Port", "https://post.example/World/Port/"),
    ("https://post.example/index.php?id=77&PHPSESSID=1", "https://post.example/index.php?gclid=9&id=77"),
    ("https://post.example/index.php?id=78",),
    ("https://post.example/story?b=2&a=1", "https://post.example/story?a=1&b=2"),
    ("https://post.example/story?page=2",),
    (
        "https://post.example/story?ref=rss&at_medium=RSS&xtor=AL-72",
        "https://post.example/story?mc_cid=2&cmpid=x",
    ),
    ("https://post.example/story?ref=123",),
    ("https://post.example/story?ref=124",),
    ("https://post.example/story?at_id=5",),
    ("https://post.example/story?at_id=6",),
    ("https://post.example/story?ns_article=5",),
    ("https://post.example/story?ns_article=6",),
    ("https://post.example/story?from=2026-03-01",),
    ("https://post.example/story?from=2026-03-02",),
    ("https://post.example/app#!/a/1", "http://www.post.example/app/?utm_source=x#!/a/1"),
    ("https://post.example/app#!/a/2",),
    ("https://post.example/app", "https://post.example/app#top", "https://post.example/app#!"),
    (
        "https://post.example/port?from=rss",
        "https://post.example/port?ref=twitter",
        "http://post.example:443/port",
    ),
    ("https://post.example:8080/story",),
    ("https://news.post.example/story",),
    ("https://web.archive.example/web/2026/https://www.post.example/story",),
    (
        "https://пример.рф/новости/порт",
        "https://xn--e1afmkfd.xn--p1ai/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8/%d0%bf%d0%be%d1%80%d1%82",
    ),
)
INVALID = (
    "",
    "   ",
    "ferry-strike-ends",
    "/world/ferry",
    "ftp://post.example/a",
    "javascript:alert(1)",
    "mailto:desk@post.example",
    "https://",
    "https:///a",
    "https://post.example:port/a",
    "https://[::1/a",
    "https://post example/a",
    "https://<script>/a",
    "https://a..example/",
    "https://post.example/" + "a" * 9_000,
)


@pytest.mark.parametrize("spellings", ARTICLES)
def test_every_spelling_of_an_address_has_one_key(spellings: tuple[str, ...]) -> None:
    assert len({url_key(url) for url in spellings}) == 1


def test_different_articles_have_different_keys() -> None:
    keys = [url_key(spellings[0]) for spellings in ARTICLES]

    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("url", INVALID)
def test_what_is_no_address_is_rejected(url: str) -> None:
    for reading in (url_key, registrable_domain):
        with pytest.raises(Rejected) as refused:
            reading(url)

        assert refused.value.reason is ReasonCode.URL_INVALID


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.city.courier.co.uk/a", "courier.co.uk"),
        ("https://ina.blogspot.com/2026/03/a.html", "ina.blogspot.com"),
        ("https://www.google.com/amp/s/www.courier.co.uk/a", "courier.co.uk"),
        ("https://a.b.courier.example/", "courier.example"),
        ("http://localhost:8000/a", "localhost"),
        ("http://192.0.2.7/a", "192.0.2.7"),
        ("http://[2001:db8::1]/a", "[2001:db8::1]"),
        ("https://user:secret@courier.example/a", "courier.example"),
    ],
)
def test_a_page_belongs_to_the_domain_that_its_owner_registered(url: str, site: str) -> None:
    assert registrable_domain(url) == site


def test_a_relative_link_without_a_base_means_nothing() -> None:
    assert absolute_url(None, "../a") is None
    assert absolute_url("https://post.example/b/c", "../a") == "https://post.example/a"
    assert absolute_url("https://post.example/b/c", "data:image/png;base64,xyz") is None


@given(
    path=st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    query=st.text("ab=&%/?+é;utm_ref", max_size=40),
)
def test_a_key_is_its_own_key(path: str, query: str) -> None:
    try:
        key = url_key(f"https://www.post.example/{path}?{query}")
    except Rejected:
        return

    assert url_key(f"https://{key}") == key


PIECES = st.sampled_from(
    [
        *(
            "/",
            "//",
            ".",
            "..",
            "%2e",
            "%2F",
            ":",
            "a",
            "amp",
            "print",
            ".amp",
            ";jsessionid=1",
            "?",
            "&",
            "=",
        ),
        *(
            "amp=1",
            "#",
            "#!",
            "!",
            "ref=",
            "from=rss",
            "%",
            "%25",
            "%41",
            "é",
            " ",
            "utm_a",
            "https://",
            "%3f",
            "+",
        ),
    ]
)


@given(
    scheme=st.sampled_from(("http", "https")),
    host=st.sampled_from(
        (
            "h",
            "www.post.example",
            "amp.m.post.example",
            "www.google.com/amp/s/h.example",
            "h.cdn.ampproject.org/c/h.a",
        )
    ),
    port=st.sampled_from(("", ":80", ":443", ":8080", ":")),
    path=st.lists(PIECES, max_size=9).map("".join),
)
@example(scheme="http", host="h", port="", path="..amp")
@example(scheme="http", host="h", port="", path="%2e.amp")
@example(scheme="http", host="h", port="", path="..;jsessionid=1")
@example(scheme="http", host="h", port=":443", path="a")
@example(scheme="http", host="h", port="", path="%%41a")
@example(scheme="http", host="h", port="", path="a?%61mp=1")
def test_the_key_of_a_key_is_that_key(scheme: str, host: str, port: str, path: str) -> None:
    try:
        key = url_key(f"{scheme}://{host}{port}/{path}")
    except Rejected:
        return

    assert url_key(f"https://{key}") == key
    assert url_key(f"http://{key}") == key


@given(st.text(max_size=200))
def test_any_text_has_a_key_or_is_rejected(text: str) -> None:
    for url in (text, f"https://{text}", f"https://post.example/{text}"):
        try:
            outcome: object = url_key(url) and registrable_domain(url)
        except Rejected as refused:
            outcome = refused.reason is ReasonCode.URL_INVALID

        assert outcome

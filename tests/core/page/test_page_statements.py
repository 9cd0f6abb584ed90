"""What a page says of itself: JSON-LD, times, authors, titles, pictures, rights."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.page.authors import people
from pipelines.core.page.dates import Statement, first_publication, stated_time, url_day
from pipelines.core.page.jsonld import Agent, read_jsonld
from pipelines.core.page.markup import parse_markup
from pipelines.core.page.metadata import PageMetadata, read_metadata
from pipelines.core.page.outlet import addresses_of, country_of
from pipelines.core.page.pictures import media_of, split_credit
from pipelines.core.page.rights import tdm_of
from pipelines.core.page.titles import without_title_lines
from schemas.article_parts import Precision, PublishedSource, Tdm, Zone

LONG = "Ferry strike ends after nine days " * 5 + "today"
FETCHED = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def metadata_of(head: str, body: str = "") -> PageMetadata:
    return read_metadata(parse_markup(f"<html><head>{head}</head><body>{body}</body></html>"), latest=FETCHED)


def jsonld_script(json: str) -> str:
    return f'<script type="application/ld+json">{json}</script>'


@pytest.mark.parametrize(
    "script",
    [
        '{"@type": "NewsArticle", "headline": "Ferry strike ends"}',
        '[{"@type": "WebPage", "headline": "Home"}, {"@type": "NewsArticle", "headline": "Ferry strike ends"}]',
        '{"@graph": [{"@type": ["Thing", "Article"], "headline": ["Ferry strike ends"]}]}',
        '{"@type": "WebPage", "mainEntity": {"@type": "http://schema.org/NewsArticle", "headline": "Ferry strike ends"}}',
        '<!-- {"@type": "NewsArticle", "headline": "Ferry strike ends"} -->',
        '//<![CDATA[\n{"@type": "NewsArticle", "headline": "Ferry strike ends"}\n//]]>',
        '{"@type": "NewsArticle", "headline": "Ferry\n strike\tends"};',
        '{"@type": "NewsArticle", "headline": "Ferry strike ends",}',
    ],
)
def test_the_article_is_found_in_every_shape_of_jsonld(script: str) -> None:
    assert read_jsonld([script]).headline == "Ferry strike ends"


@pytest.mark.parametrize(
    "script",
    [
        "",
        "null",
        "[" * 100_000,
        '{"@type":' * 50_000,
        '{"@type": "Recipe"',
        '"NewsArticle"',
        '{"a": "' + "x" * 2_000_000 + '"}',
    ],
)
def test_broken_jsonld_says_nothing(script: str) -> None:
    assert read_jsonld([script]) == read_jsonld([])


RELATED = '{"@type":"NewsArticle","headline":"Tram line opens","url":"https://post.example/tram"}'
OWN = '{"@type":"Article","headline":"Ferry strike ends","datePublished":"2026-03-01T10:00:00Z"'


@pytest.mark.parametrize(
    ("scripts", "head", "body"),
    [
        ([OWN + "}", '{"@type":"ItemList","itemListElement":[' + RELATED + "]}"], "", ""),
        (['{"@type":"ItemList","itemListElement":[{"item":' + RELATED + "}]}", OWN + "}"], "", ""),
        ([f'[{RELATED},{OWN},"url":"https://post.example/ferry"}}]'], "", ""),
        ([f'[{RELATED},{OWN},"mainEntityOfPage":{{"@id":"http://www.post.example/ferry/"}}}}]'], "", ""),
        ([f'[{RELATED},{OWN},"@id":"/ferry#article"}}]'], "", ""),
        (
            [f'[{RELATED},{OWN},"url":"https://post.example/f-1"}}]'],
            '<link rel="canonical" href="https://post.example/f-1">',
            "",
        ),
        ([RELATED, OWN + "}"], '<meta property="og:title" content="Ferry Strike Ends">', ""),
        ([RELATED, OWN + "}"], "", "<h1>Ferry strike ends</h1>"),
        ([OWN.replace("Article", "NewsArticle") + "}", RELATED], "", ""),
    ],
)
def test_related_articles_do_not_speak_for_the_page(scripts: list[str], head: str, body: str) -> None:
    markup = f"<html><head>{head}{''.join(map(jsonld_script, scripts))}</head><body>{body}</body></html>"
    metadata = read_metadata(parse_markup(markup), latest=FETCHED, url="https://post.example/ferry")

    assert metadata.headline == "Ferry strike ends"
    assert metadata.published == statement("2026-03-01T10:00:00Z", PublishedSource.JSON_LD)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(("name", "@value", "url", "@type")), inner)
    ),
    max_leaves=9,
)
FIELDS = (
    "@type", "headline", "author", "publisher", "image", "keywords", "datePublished", "wordCount", "hasPart",
    "isAccessibleForFree", "articleSection", "articleBody", "@graph", "mainEntity",
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(FIELDS), json_values))
def test_any_value_in_any_field_of_jsonld_is_survived(node: dict[str, object]) -> None:
    try:
        script = orjson.dumps({"@type": "NewsArticle"} | node).decode()
    except (TypeError, ValueError):
        return

    read_jsonld([script])


@pytest.mark.parametrize(
    ("text", "instant", "precision", "zone"),
    [
        ("2026-03-02T06:30:00+02:00", "2026-03-02T04:30:00+00:00", Precision.SECOND, Zone.STATED),
        (
            "2026-03-02T06:30:00.000Z[Europe/Vienna]",
            "2026-03-02T06:30:00+00:00",
            Precision.SECOND,
            Zone.STATED,
        ),
        ("2026-03-02 06:30", "2026-03-02T06:30:00+00:00", Precision.MINUTE, Zone.ASSUMED),
        ("2026/03/02", "2026-03-02T00:00:00+00:00", Precision.DAY, Zone.ASSUMED),
        ("02.03.2026, 06:30 Uhr", "2026-03-02T06:30:00+00:00", Precision.MINUTE, Zone.ASSUMED),
        ("Mon, 02 Mar 2026 06:30:00 GMT", "2026-03-02T06:30:00+00:00", Precision.SECOND, Zone.STATED),
        ("2 Mar 2026 06:30 +0100", "2026-03-02T05:30:00+00:00", Precision.MINUTE, Zone.STATED),
        ("1772433000", "2026-03-02T06:30:00+00:00", Precision.SECOND, Zone.STATED),
        ("1772433000000", "2026-03-02T06:30:00+00:00", Precision.SECOND, Zone.STATED),
    ],
)
def test_a_time_keeps_what_was_said(text: str, instant: str, precision: Precision, zone: Zone) -> None:
    time = stated_time(text)

    assert time is not None
    assert (time.instant.isoformat(), time.precision, time.zone) == (instant, precision, zone)


@pytest.mark.parametrize(
    "text", [None, "", "yesterday", "03/02/2026", "2026-13-40", "99.99.2026", "2 Mar", "9" * 200]
)
def test_what_is_no_time_is_none(text: str | None) -> None:
    assert stated_time(text) is None


@given(st.text("0123456789-:./ TZMonMar+,", max_size=40))
def test_any_text_is_a_time_or_none(text: str) -> None:
    stated_time(text)


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://post.example/2026/03/02/ferry", "2026-03-02"),
        ("https://post.example/world/ferry-2026-03-02", "2026-03-02"),
        ("https://post.example/20260302/ferry", "2026-03-02"),
        ("https://post.example/2026/03/ferry", None),
        ("https://post.example/article/120260302999", None),
        ("https://post.example/2026/13/45/ferry", None),
    ],
)
def test_an_address_may_tell_the_day(url: str, day: str | None) -> None:
    time = url_day(url)

    assert (time and time.instant.date().isoformat()) == day


def statement(text: str, source: PublishedSource = PublishedSource.META) -> Statement:
    time = stated_time(text)
    assert time is not None
    return Statement(time, source)


def test_a_naive_time_yields_to_the_same_time_with_its_zone() -> None:
    naive, exact = statement("2026-03-01", PublishedSource.JSON_LD), statement("2026-03-01T17:40:00+01:00")

    assert first_publication([naive, exact], FETCHED) == exact
    assert first_publication([naive, statement("2026-02-01T17:40:00Z")], FETCHED) == naive


def test_a_time_much_later_than_the_fetch_is_refused() -> None:
    later, true = statement("2026-03-09T10:00:00Z"), statement("2026-03-01T10:00:00Z")

    assert first_publication([later, true], FETCHED) == true
    assert first_publication([later], FETCHED) is None
    assert first_publication([later], FETCHED + timedelta(days=7)) == later


@pytest.mark.parametrize(
    ("head", "body", "source"),
    [
        (
            jsonld_script('{"@type":"NewsArticle","datePublished":"2026-03-01T10:00:00Z"}'),
            "",
            PublishedSource.JSON_LD,
        ),
        ('<meta property="article:published_time" content="2026-03-01T10:00:00Z">', "", PublishedSource.META),
        ('<meta itemprop="datePublished" content="2026-03-01T10:00:00Z">', "", PublishedSource.META),
        (
            "",
            '<span itemprop="datePublished" content="2026-03-01T10:00:00Z">1 March</span>',
            PublishedSource.TIME,
        ),
        ("", '<p><time datetime="2026-03-01T10:00:00Z">1 March</time></p>', PublishedSource.TIME),
        (
            "",
            '<article><header><time datetime="2026-03-01T10:00:00Z">1 March</time></header></article>',
            PublishedSource.TIME,
        ),
    ],
)
def test_the_publication_time_names_its_place(head: str, body: str, source: PublishedSource) -> None:
    published = metadata_of(head, body).published

    assert published is not None
    assert published.source is source
    assert published.time.instant == datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [
        '<aside><time datetime="2026-02-01">x</time></aside>',
        '<div class="teaser-list"><p><time datetime="2026-02-01">x</time></p></div>',
        '<footer><time datetime="2026-02-01">x</time></footer>',
        '<div id="comments"><time datetime="2026-02-01">x</time></div>',
        '<header><time datetime="2026-02-01">x</time></header>',
        '<main><figure><figcaption><time datetime="2026-02-01">x</time></figcaption></figure></main>',
        '<figure><time datetime="2026-02-01">x</time></figure>',
        '<aside class="related"><span itemprop="datePublished" content="2026-02-01">x</span></aside>',
        '<aside class="related"><meta itemprop="datePublished" content="2026-02-01"></aside>',
        '<aside><time pubdate datetime="2026-02-01">x</time></aside>',
        "<p>It happened on 2026-02-01 in the harbour.</p>",
    ],
)
def test_a_teaser_s_or_a_comment_s_time_is_not_the_article_s(body: str) -> None:
    assert metadata_of("", body).published is None


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Ina Marlow", ("Ina Marlow",)),
        ("Von Lene Uhrig und Jo Brandl", ("Lene Uhrig", "Jo Brandl")),
        ("Par Luc Amiel", ("Luc Amiel",)),
        ("Written by Odd Lassen, Ina Marlow", ("Odd Lassen", "Ina Marlow")),
        ("Ina Marlow (Port Ellery)", ("Ina Marlow",)),
        ("Ina Marlow @inamarlow", ("Ina Marlow",)),
        ("Ina Marlow | ina@courier.example", ("Ina Marlow",)),
        ("Byron Vonnegut", ("Byron Vonnegut",)),
        ("@courier", ()),
        ("https://courier.example/staff/ina", ()),
        ("Courier Newsroom", ()),
        ("dpa", ()),
        ("courier.com", ()),
        ("The Courier", ()),
        ("24", ()),
        ("", ()),
    ],
)
def test_authors_are_people(line: str, names: tuple[str, ...]) -> None:
    assert people([Agent(line)], outlet="The Courier") == names


def test_an_organisation_is_no_author() -> None:
    assert people([Agent("Heron Quay", is_organisation=True), Agent("Ina Marlow")]) == ("Ina Marlow",)


@pytest.mark.parametrize(
    ("head", "body", "headline"),
    [
        ("<title>Ferry strike ends | Courier</title>", "", "Ferry strike ends"),
        (
            '<meta property="og:title" content="Ferry strike ends - now">',
            "<h1>Ferry strike ends</h1>",
            "Ferry strike ends",
        ),
        ('<meta property="og:title" content="Crew\'s strike">', "<h1>Crew’s strike</h1>", "Crew's strike"),
        (
            jsonld_script('{"@type":"NewsArticle","headline":"Ferry strike &amp; talks end"}'),
            "",
            "Ferry strike & talks end",
        ),
        (
            jsonld_script('{"@type":"NewsArticle","headline":"Ferry strike …"}')
            + '<meta property="og:title" content="Ferry strike ends">',
            "<h1>Ferry strike ends</h1>",
            "Ferry strike ends",
        ),
        (
            jsonld_script(
                '{"@type":"NewsArticle","headline":"Strike ends - Courier","publisher":{"name":"Courier"}}'
            ),
            "",
            "Strike ends",
        ),
        (
            jsonld_script(
                '{"@type":"NewsArticle","headline":"Strike - a diary","publisher":{"name":"Courier"}}'
            ),
            "",
            "Strike - a diary",
        ),
        (jsonld_script(f'{{"@type":"NewsArticle","headline":"{LONG[:110]}"}}'), f"<h1>{LONG}</h1>", LONG),
        ("", "<h1>Ferry strike ends</h1>", "Ferry strike ends"),
        ("", "", None),
    ],
)
def test_the_headline_is_the_publisher_s_without_the_outlet(
    head: str, body: str, headline: str | None
) -> None:
    assert metadata_of(head, body).headline == headline


def test_leading_lines_that_repeat_the_title_leave_the_text() -> None:
    titles = frozenset({"ferry strike ends"})

    assert without_title_lines(["Ferry strike ends!", "Crews return."], titles) == ["Crews return."]
    assert without_title_lines(["Crews return.", "Ferry strike ends"], titles) == [
        "Crews return.",
        "Ferry strike ends",
    ]
    assert without_title_lines(["Ferry strike ends"], titles) == ["Ferry strike ends"]


@pytest.mark.parametrize(
    ("line", "caption", "credit"),
    [
        ("The ferry at its berth. Photo: Tobi Renner", "The ferry at its berth.", "Tobi Renner"),
        ("Die Fähre am Kai. Foto: Tobi Renner/Bildwerk", "Die Fähre am Kai.", "Tobi Renner/Bildwerk"),
        ("The ferry at its berth. © Bildwerk", "The ferry at its berth.", "Bildwerk"),
        ("The ferry at its berth (Tobi Renner/Bildwerk)", "The ferry at its berth", "Tobi Renner/Bildwerk"),
        ("The ferry at its berth", "The ferry at its berth", None),
        ("", None, None),
    ],
)
def test_a_photo_credit_leaves_its_caption(line: str, caption: str | None, credit: str | None) -> None:
    assert split_credit(line) == (caption, credit)


def test_the_main_picture_takes_the_caption_of_its_figure() -> None:
    tree = parse_markup(
        '<html><body><figure><img src="/a.jpg"><figcaption>The quay. Photo: Tobi Renner</figcaption></figure>'
        '<aside><figure><img src="/b.jpg"><figcaption>An advert</figcaption></figure></aside></body></html>'
    )
    pictures = metadata_of('<meta property="og:image" content="/a.jpg">').pictures

    media = media_of(tree, pictures, base="https://courier.example/x")

    assert [(one.role, one.url, one.caption, one.credit) for one in media] == [
        ("main", "https://courier.example/a.jpg", "The quay.", "Tobi Renner")
    ]


@pytest.mark.parametrize(
    ("reservation", "robots", "tdm"),
    [
        ("1", None, Tdm.RESERVED),
        ("0", None, Tdm.ALLOWED),
        (None, "index, noai", Tdm.RESERVED),
        ("0", "noimageai", Tdm.RESERVED),
        (None, "noindex", Tdm.UNKNOWN),
        (None, None, Tdm.UNKNOWN),
    ],
)
def test_mining_is_reserved_by_header_or_robots(
    reservation: str | None, robots: str | None, tdm: Tdm
) -> None:
    assert tdm_of(reservations=(reservation,), robots=(robots,)) is tdm


@pytest.mark.parametrize(
    ("url", "locale", "country"),
    [
        ("https://courier.co.uk/a", None, "GB"),
        ("https://seeblatt.at/a", "de_DE", "AT"),
        ("https://courier.example/a", "en_ZA", "ZA"),
        ("https://courier.example/a", "en_US", None),
        ("https://courier.example/a", "de-AT", "AT"),
        ("https://courier.io/a", None, None),
        ("https://courier.eu/a", None, None),
        (None, "xx_QQ", None),
        (None, None, None),
    ],
)
def test_a_country_is_told_only_when_it_is_sure(
    url: str | None, locale: str | None, country: str | None
) -> None:
    assert country_of(url, locale) == country


PAGE = "https://www.courier.example/world/ferry-strike-ends-2026?utm_source=x"


@pytest.mark.parametrize(
    ("link", "canonical", "syndicated"),
    [
        ("/world/ferry-strike-ends-2026", "https://www.courier.example/world/ferry-strike-ends-2026", None),
        ("https://m.courier.example/world/other-2", None, None),
        (
            "https://post.example/world/ferry-strike-ends-77",
            None,
            "https://post.example/world/ferry-strike-ends-77",
        ),
        ("https://www.courier.example/", None, None),
        ("https://www.courier.example/world", None, None),
        ("https://post.example/", None, None),
        ("javascript:void(0)", None, None),
        ("http://[broken", None, None),
    ],
)
def test_a_canonical_link_says_only_what_it_may(
    link: str, canonical: str | None, syndicated: str | None
) -> None:
    addresses = addresses_of(PAGE, (link,))

    assert (addresses.url, addresses.canonical_url, addresses.syndicated_from) == (
        PAGE,
        canonical,
        syndicated,
    )
    assert addresses.url_key == "courier.example/world/ferry-strike-ends-2026"


@pytest.mark.parametrize(
    ("path", "headline", "is_article"),
    [
        ("/actualites/quarante-peniches", "Quarante péniches bloquées par la grève", True),
        ("/stadt/neue-bruecke", "Neue Brücke für Marnow", True),
        ("/town/tram_line", "Council agrees on tram line", True),
        ("/2026/peniches", "Ferries again", True),
        ("/town/tram.html", "Ferries again", True),
        ("/news/world-europe", "Quarante péniches bloquées par la grève", False),
        ("/sport/football", "Football: Marnow wins", False),
        ("/town/tram-line", None, False),
    ],
)
def test_a_short_slug_is_an_article_s_where_the_headline_has_its_words(
    path: str, headline: str | None, is_article: bool
) -> None:
    link = f"https://post.example{path}"
    addresses = addresses_of(PAGE, (link,), headline)

    assert addresses.syndicated_from == (link if is_article else None)


TEMPLATE_LINKS = (
    "/",
    "/?lang=en",
    "/index.html",
    "/index.html?lang=en",
    "/home.html",
    "/index.php?view=home",
    "/search?q=",
    "/2026",
    "/2026/03",
    "/news",
    "/world/asia-pacific-and-more",
    "/news/harbour-news-and-weather",
    "/c-123456",
    "/article",
)


@pytest.mark.parametrize("link", TEMPLATE_LINKS)
@pytest.mark.parametrize(
    "url",
    [
        "https://courier.example/news/hafenstreik",
        "https://courier.example/2026/03/02/ruecktritt",
        "https://courier.example/c-123456/harbour-master-resigns-987654",
        "https://courier.example/article?id=5",
        "https://courier.example/search?q=ferry",
        "https://courier.example/index.php?id=78",
    ],
)
def test_pages_of_one_template_do_not_become_one_article(url: str, link: str) -> None:
    assert addresses_of(url, (link,), "The harbour master resigns").canonical_url is None


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://m.courier.example/world/ferry-ends/amp", "https://www.courier.example/world/ferry-ends"),
        ("https://courier.example/world/ferry-ends.html?x=1", "https://courier.example/ferry-ends"),
        ("https://courier.example/print/ferry", "https://courier.example/world/ferry"),
        ("https://courier.example/amp/story?aid=987654", "https://courier.example/world/a-b-987654"),
        ("https://courier.example/drucken/987654.html", "https://courier.example/world/strike-987654.html"),
        ("https://courier.example/index.php?id=77&view=x", "https://courier.example/index.php?id=77"),
        ("https://courier.example/a/ferry-strike-over", "https://courier.example/b/ferry-strike-ends"),
        ("https://courier.example/p?id=7", "https://courier.example/harbour-master-resigns"),
        ("https://courier.example/p?id=7", "https://courier.example/harbour-master-resigns-7.html"),
        ("https://courier.example/news", "https://courier.example/news/?lang=en"),
    ],
)
def test_views_of_one_article_join_at_its_canonical_link(url: str, link: str) -> None:
    assert addresses_of(url, (link,), "Harbour master resigns").canonical_url == link


@pytest.mark.parametrize("link", TEMPLATE_LINKS[:10])
def test_a_page_without_address_does_not_stand_at_a_front_page(link: str) -> None:
    assert addresses_of(None, (f"https://courier.example{link}",), "Harbour master resigns").url is None


def test_a_page_without_address_stands_where_it_says() -> None:
    addresses = addresses_of(None, ("/relative", "https://post.example/ferry"), "Ferry sails")

    assert (addresses.url, addresses.url_key) == ("https://post.example/ferry", "post.example/ferry")
    assert addresses_of(None, ("https://post.example/",)).url is None

"""Sentences in which a site speaks of itself, and sentences of news that only sound like them."""

import time

import pytest

from pipelines.core.page.stripped.notices import is_notice

NOTICES = [
    "We use cookies to give you the best experience on our site.",
    "This website uses cookies to ensure that you get what you came for.",
    "Marnowmail.example uses cookies and similar means to show you advertising.",
    "We and our partners use necessary cookies to measure traffic.",
    "By continuing to browse this site you agree to our use of cookies.",
    "By clicking “Accept” you agree to our terms and our privacy policy.",
    "By signing up with your email you agree to our privacy policy.",
    "Sign up for our newsletter and find the day's news in your inbox.",
    "Get the morning's best stories delivered straight to your inbox.",
    "This site is protected by reCAPTCHA, and its terms apply.",
    "Bitte aktivieren Sie Javascript.",
    "If you buy something through the links in our stories, we may earn a commission.",
    "This post may contain affiliate links.",
    "Please enable JavaScript to read this page.",
    "Wir verwenden Cookies, um Ihnen die Nutzung unserer Seiten zu erleichtern.",
    "Diese Website verwendet Cookies für eine bessere Erfahrung.",
    "Nous utilisons des cookies pour améliorer votre expérience.",
    "Utilizamos cookies para mejorar su experiencia.",
    "Este site utiliza cookies para melhorar a navegação.",
    "Questo sito utilizza i cookie per migliorare l'esperienza.",
    "Wij gebruiken cookies om deze site te verbeteren.",
    "Мы используем файлы cookie, чтобы сайт работал лучше.",
]
NO_NOTICES = [
    "",
    "We use cookies to calm the dogs, the vet said.",
    "“We use cookies to make our site better”, said the head of the company, whom the court fined.",
    "The company uses cookies to follow its visitors, the court found.",
    "By using less water you agree with nature, she said.",
    "By clicking a button on the website, thieves moved the money within seconds.",
    "If you buy bread here we get a smile, the baker said.",
    "The council will sign up for our newsletter next, he joked.",
    "Sign up now, the army told young people, and become an engineer.",
    "Get the bus to the coast, the ministry told tourists on Friday.",
    "Wir verwenden Cookies im Teig, sagt der Bäcker.",
    "This site is protected by a wall of the eleventh century.",
]


@pytest.mark.parametrize("line", NOTICES)
def test_a_site_that_speaks_of_itself_is_known(line: str) -> None:
    assert is_notice(line)


@pytest.mark.parametrize("line", NO_NOTICES)
def test_a_sentence_of_news_is_no_notice(line: str) -> None:
    assert not is_notice(line)


@pytest.mark.parametrize(
    "piece", ["we use ", "by clicking site you agree ", "by using site site you you ", "this site uses a "]
)
def test_no_line_takes_long(piece: str) -> None:
    line = (piece * 700)[:700]
    start = time.process_time()
    is_notice(line)

    assert time.process_time() - start < 0.1

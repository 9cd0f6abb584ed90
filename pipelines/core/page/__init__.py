"""A crawled page becomes an article: from its HTML, or from text that was stripped of markup."""

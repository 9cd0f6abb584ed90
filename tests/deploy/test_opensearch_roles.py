"""The roles and the policy for a cluster are those of the code, and the role of readers hides what readers may not see."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path

import yaml

from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.manage import ensure_index
from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.upsert import write_articles
from deploy.opensearch.roles import roles, written
from schemas.article_parts import ItemKind, PubStatus
from schemas.visibility import readable, readable_query
from tests.builders import MORNING, an_article
from tests.index_server import unique_names

FILES = Path(__file__).resolve().parents[2] / "deploy" / "opensearch"
NAMES = IndexNames()


def test_the_file_of_roles_is_what_the_code_says():
    """`python -m deploy.opensearch > deploy/opensearch/roles.yml` writes it."""
    assert (FILES / "roles.yml").read_text() == written(NAMES)


def test_readers_are_held_by_the_rule_and_editors_by_none():
    made = yaml.safe_load(written(NAMES))
    [reader], [editor] = (made[f"news_{name}"]["index_permissions"] for name in ("reader", "editor"))

    assert json.loads(reader["dls"]) == readable_query("now")
    assert "dls" not in editor
    assert (reader["allowed_actions"], editor["allowed_actions"]) == (["read"], ["read"])


def test_every_role_is_of_the_indices_of_one_installation():
    mine, other = "wire-articles-2026.03-000001", "wire-articles-articles-2026.03-000001"
    for name, role in roles(IndexNames(prefix="wire")).items():
        patterns = [] if name == "_meta" else role["index_permissions"][0]["index_patterns"]
        assert [any(fnmatch(index, one) for one in patterns) for index in (mine, other)] == [
            bool(patterns),
            False,
        ]


def test_the_query_of_the_role_of_readers_finds_what_the_rule_lets_them_see(index_server):
    now = datetime.now(UTC)
    articles = [
        an_article("open"),
        an_article("embargoed", visible_from=now + timedelta(hours=1)),
        an_article("lifted", visible_from=now - timedelta(hours=1)),
        an_article("expired", visible_until=now - timedelta(hours=1)),
        an_article("expiring", visible_until=now + timedelta(hours=1)),
        an_article("restricted", restricted=True),
        an_article("advisory", item_kind=ItemKind.ADVISORY),
        an_article("withheld", pub_status=PubStatus.WITHHELD),
        an_article("killed", pub_status=PubStatus.CANCELED),
    ]
    articles = [replace(article, first_received=MORNING) for article in articles]
    names = unique_names()
    [permission] = roles(names)[f"{names.prefix}_reader"]["index_permissions"]
    with IndexClient(index_server.cluster, patience_s=60) as client:
        ensure_index(client, names)
        write_articles(client, names, articles)
        client.ask("POST", f"/{names.editors}/_refresh")
        found = client.ask(
            "POST", f"/{names.editors}/_search", {"size": 100, "query": json.loads(permission["dls"])}
        )

    assert {hit["_id"] for hit in found["hits"]["hits"]} == {
        article.article_id for article in articles if readable(article, now)
    }


def test_the_policy_deletes_months_and_never_what_is_undated():
    policy = json.loads((FILES / "retain.ism.json").read_text())["policy"]
    [template] = policy["ism_template"]
    names = [NAMES.generation(month, 1) for month in ("2026.03", "1999.12", "undated")]

    assert [any(fnmatch(name, one) for one in template["index_patterns"]) for name in names] == [
        True,
        True,
        False,
    ]
    assert {state["name"] for state in policy["states"]} == {"kept", "deleted"}

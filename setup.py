"""Name, packages and dependencies of the distribution: the single source of truth.

Tool settings live in pyproject.toml; the exact versions that tests ran with in constraints.txt.
"""

from pathlib import Path

from setuptools import find_packages, setup

DESCRIPTION = "Streaming ingestion of wire and web news: clean articles with event IDs"

RUNTIME = [
    "apache-beam~=2.77.0",
    "kafka-python[crc32c,lz4,snappy,zstd]>=3.0.12,<3.1",
    "trafilatura[all]>=2.3.1,<2.4",
    "orjson>=3.11",
    "opensearch-py~=3.2.0",
    # trafilatura's justext asks for lxml[html_clean]; pips before 24 do not match the extra's new spelling.
    "lxml_html_clean>=0.4",
    "lxml>=5.3",
    "py3langid>=0.4",
    "courlan>=1.3",
    "tld~=0.13.2",
    "charset-normalizer>=3.4",
    "numpy>=2.0",
    "pyarrow>=19,<26",
    "zstandard>=0.23",
    "brotli>=1.2",
    "typer>=0.15",
    "rich>=13.9",
    # Zones of provider profiles: slim images ship no zone files.
    "tzdata>=2024.2",
    "duckdb~=2.0.0",
    "warcio~=1.8",
    "prometheus-client>=0.21",
    "pyyaml>=6.0",
]

DEVELOPMENT = [
    "pytest>=8.3",
    "pytest-xdist>=3.8",
    "hypothesis>=6.120",
    "import-linter>=2.1",
    "mypy>=1.14",
    "ruff>=0.9",
    "lxml-stubs>=0.5",
    # The private authority of the local broker.
    "cryptography>=42",
    "types-PyYAML>=6.0",
]

setup(
    name="copydesk",
    version="0.1.0",
    description=DESCRIPTION,
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    python_requires=">=3.11",
    packages=find_packages(include=["schemas*", "pipelines*", "connectors*"]),
    package_data={
        "schemas": ["contracts/*.json"],
        "pipelines.core": ["*.json", "*.zst", "*/*.json", "*/*.zst", "*/*/*.json"],
        "connectors.kafka": ["topics.yaml"],
        "connectors.search.opensearch": ["unicode61.json"],
    },
    install_requires=RUNTIME,
    extras_require={"dev": DEVELOPMENT},
    entry_points={"console_scripts": ["copydesk = pipelines.__main__:main"]},
)

"""Which columns the three kinds of Parquet have."""

from functools import cache

import pyarrow as pa

from schemas.article import Article
from schemas.generate import arrow_schema, column_types
from schemas.spec import Index


@cache
def reader_schema() -> pa.Schema:
    """Columns of `articles/`: those of an article without what is history's only."""
    whole = arrow_schema(Article)
    names = [field.name for field in column_types(Article) if field.spec.index is not Index.HISTORY]
    return pa.schema([whole.field(name) for name in names], metadata=whole.metadata)


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with exactly the schema's columns: others are left out, missing ones are null."""
    columns = [
        table[field.name].cast(field.type)
        if field.name in table.column_names
        else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)

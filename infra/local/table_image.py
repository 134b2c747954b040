"""Prints the running stack's table, one item a line in DynamoDB's own JSON, ordered by key: an
image that tests can load.

`infra/local/run exec .local/venv/bin/python infra/local/table_image.py >image.json`
"""

import base64
import json
import os
import sys
from typing import Any

import boto3

Item = dict[str, Any]


def plain(value: Any) -> Any:
    """An attribute as JSON can hold it: DynamoDB writes bytes as base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value


def items(table: str) -> list[Item]:
    """All items of a table, ordered by key."""
    # Untyped: its methods are made from the service's description when it runs.
    make: Any = boto3.client
    pages = make("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    found: list[Item] = [plain(item) for page in pages for item in page["Items"]]
    return sorted(found, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def image(found: list[Item]) -> str:
    """A JSON array with one item a line, so that two images can be compared line by line."""
    lines = [
        json.dumps(item, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        for item in found
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def main() -> int:
    """The image of the table that TABLE_NAME names."""
    sys.stdout.write(image(items(os.environ["TABLE_NAME"])))
    return 0


if __name__ == "__main__":
    sys.exit(main())

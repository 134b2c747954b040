"""The images of tables: printed so that they can be compared, and kept without a key that can be
read.
"""

import json
import re
from pathlib import Path

import pytest

import settings
from table_image import image, plain

IMAGES = sorted((settings.ROOT / "tests" / "fixtures" / "table-images").glob("*.json"))
# A whole key or secret; the beginnings that the portal shows are shorter.
READABLE = re.compile(r"(?:rk|sk)_(?:test|live)_\w{12}|whsec_\w{12}|blnk_test_\w{12}")


def test_an_image_has_one_item_a_line_and_bytes_as_base64() -> None:
    items = [
        {"pk": {"S": "a"}, "sk": {"S": "1"}, "b": {"B": b"\x00\xff"}},
        {"pk": {"S": "a"}, "sk": {"S": "2"}, "l": {"L": [{"N": "1"}]}},
    ]
    text = image([plain(item) for item in items])
    assert text.splitlines()[1:3] == [
        '{"b":{"B":"AP8="},"pk":{"S":"a"},"sk":{"S":"1"}},',
        '{"l":{"L":[{"N":"1"}]},"pk":{"S":"a"},"sk":{"S":"2"}}',
    ]
    assert len(json.loads(text)) == 2


@pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.stem)
def test_a_kept_image_is_ordered_by_key_and_holds_no_key_that_can_be_read(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    keys = [(item["pk"]["S"], item["sk"]["S"]) for item in json.loads(text)]
    assert keys == sorted(set(keys))
    assert len(text.splitlines()) == len(keys) + 2
    assert READABLE.findall(text) == []


def test_every_stored_version_is_described() -> None:
    told = (settings.ROOT / "tests" / "fixtures" / "table-images" / "README.md").read_text(
        encoding="utf-8"
    )
    assert IMAGES
    assert all(f"`{path.name}`" in told for path in IMAGES)

"""Files at the repository's root that no tool holds together."""

import re
import tomllib

import settings


def test_the_changelog_tells_of_the_version_that_is_built() -> None:
    version = tomllib.loads((settings.ROOT / "Cargo.toml").read_text())["workspace"]["package"][
        "version"
    ]
    headings = re.findall(
        r"(?m)^## \[(.+)\](?: - \d{4}-\d{2}-\d{2})?$", (settings.ROOT / "CHANGELOG.md").read_text()
    )
    assert headings[:2] == ["Unreleased", version]

"""The documents lead to what exists: links, their anchors, commands. What the README promises of
itself holds, and the example adds up.
"""

import re
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

import pytest

import settings

# Folders that others fill.
FOREIGN = {".git", ".local", "node_modules", "target", "dist"}
# Three minutes of a newcomer's time.
README_LINES = range(90, 111)
FENCED = re.compile(r"(?ms)^(```|~~~).*?^\1")
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def _documents(folder: Path = settings.ROOT) -> list[Path]:
    found: list[Path] = []
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in FOREIGN:
            found += _documents(path)
        elif path.suffix == ".md":
            found.append(path)
    return found


def _anchors(text: str) -> set[str]:
    """The anchors that GitHub gives the headings of a document."""
    seen: Counter[str] = Counter()
    anchors = set()
    for heading in re.findall(r"(?m)^#{1,6} +(.+?) *#*$", FENCED.sub("", text)):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        anchors.add(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return anchors


def _broken(document: Path, text: str) -> list[str]:
    """The relative links of a document's text that lead nowhere."""
    broken = []
    for link in LINK.findall(CODE.sub("", FENCED.sub("", text))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = unquote(link).partition("#")
        target = document.parent / name if name else document
        known = not anchor or (
            target.suffix == ".md"
            and target.exists()
            and anchor in _anchors(target.read_text(encoding="utf-8"))
        )
        if not target.exists() or not known:
            broken.append(link)
    return broken


@pytest.mark.parametrize(
    "document", _documents(), ids=lambda path: str(path.relative_to(settings.ROOT))
)
def test_a_document_leads_only_to_what_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = set(
        re.findall(r"(?m)^([a-z]+):", (settings.ROOT / "Makefile").read_text(encoding="utf-8"))
    )
    assert _broken(document, text) == []
    assert set(re.findall(r"`make ([a-z]+)", text)) <= targets


def test_a_link_to_a_missing_file_or_heading_is_found(tmp_path: Path) -> None:
    document = tmp_path / "a.md"
    document.write_text("# One heading\n\n## Twice\n\n## Twice\n", encoding="utf-8")
    text = (
        "[1](b.md) [2](a.md#none) [3](a.md#one-heading) [4](#twice-1) "
        "[5](https://example.com/x#y) `[6](c.md)`\n```\n[7](d.md)\n```\n"
    )
    assert _broken(document, text) == ["b.md", "a.md#none"]


def test_the_readme_is_short() -> None:
    assert (
        len((settings.ROOT / "README.md").read_text(encoding="utf-8").splitlines()) in README_LINES
    )


def test_the_example_of_the_money_model_adds_up() -> None:
    text = (
        (settings.ROOT / "shared" / "src" / "model" / "ledger" / "README.md")
        .read_text(encoding="utf-8")
        .split("## An example")[1]
    )
    rows = [
        [cell.strip(" `*") for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    entries = [
        (source, destination, int(amount))
        for name, source, destination, amount in rows
        if name.startswith("txn_")
    ]
    balances = {
        name: (int(debits), int(credits_), int(balance))
        for name, debits, credits_, balance in rows
        if balance.lstrip("-").isdigit() and not name.startswith("txn_")
    }
    assert len(entries) == 5
    for name, (debits, credits_, balance) in balances.items():
        debited = sum(amount for source, _, amount in entries if name in (source, "all"))
        credited = sum(amount for _, destination, amount in entries if name in (destination, "all"))
        assert (debits, credits_, balance) == (debited, credited, credited - debited), name
    assert set(balances) == {"all"} | {
        name for source, destination, _ in entries for name in (source, destination)
    }

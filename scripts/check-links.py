#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold every link and picture of the documents to a file that exists and a heading it has.

Also holds docs/README.md to lead to every document, over as many links as it takes.
"""
import pathlib
import re
import sys

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^ *```.*?^ *```", re.M | re.S)


def text_of(path):
    return FENCE.sub("", path.read_text())


def anchors(path):
    headings = re.findall(r"^#+ (.*)$", text_of(path), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


def links(document):
    """The targets within the tree: (as written, path, anchor)."""
    for target in LINK.findall(text_of(document)):
        if not re.match(r"[a-z]+:", target):
            name, _, anchor = target.partition("#")
            yield target, (document.parent / name).resolve() if name else document, anchor


def reached_from(index):
    reached, waiting = {index}, [index]
    while waiting:
        document = waiting.pop()
        for _, path, _ in links(document):
            if path.suffix == ".md" and path.exists() and path not in reached:
                reached.add(path)
                waiting.append(path)
    return reached


def faults(root):
    documents = [path for part in ("*.md", "docs/**/*.md", "tests/**/*.md") for path in sorted(root.glob(part))]
    for document in documents:
        for target, path, anchor in links(document):
            if not path.exists():
                yield f"{document.relative_to(root)}: {target}: no such file"
            elif anchor and anchor not in anchors(path):
                yield f"{document.relative_to(root)}: {target}: no such heading"
    reached = reached_from(root / "docs/README.md")
    for document in documents:
        if root / "docs" in document.parents and document not in reached:
            yield f"{document.relative_to(root)}: nothing leads there from docs/README.md"


def main():
    found = list(faults(pathlib.Path(__file__).resolve().parent.parent))
    print("\n".join(found), end="\n" if found else "")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())

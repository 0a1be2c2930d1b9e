#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold every link between documents to a file that exists and a heading it has.

Also holds docs/README.md to name every document.
"""
import pathlib
import re
import sys

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.M | re.S)


def anchors(path):
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", path.read_text()), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


def faults(root):
    documents = sorted(root.glob("*.md")) + sorted(root.glob("docs/**/*.md"))
    for document in documents:
        for target in LINK.findall(FENCE.sub("", document.read_text())):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            path = (document.parent / name).resolve() if name else document
            if not path.exists():
                yield f"{document.relative_to(root)}: {target}: no such file"
            elif anchor and anchor not in anchors(path):
                yield f"{document.relative_to(root)}: {target}: no such heading"
    index = root / "docs/README.md"
    named = {(index.parent / t).resolve() for t in LINK.findall(index.read_text())}
    for document in documents:
        if root / "docs" in document.parents and document not in named | {index}:
            yield f"docs/README.md: does not name {document.relative_to(root)}"


def main():
    found = list(faults(pathlib.Path(__file__).resolve().parent.parent))
    print("\n".join(found), end="\n" if found else "")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""No tracked file refers to a document that the repository does not have, or names a path of somebody's machine.

    scripts/check-references.py
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# A Markdown link to a file, and any mention of a document by its name.
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s#]*)(?:#([^)\s]*))?\)")
DOCUMENT = re.compile(r"(?<![\w./<>*$-])(?:\$\w+/)?(?:\.\./)*((?:[\w-]+/)*[\w-]+\.md)\b")

# Comes with a network that `scripts/setup.sh` fetches.
FETCHED = {"MODEL_LICENSES.md"}

# Folders that exist on one machine only. `/root/` stands in the docker images, where it is everybody's.
MACHINE_PATH = re.compile(r"(?<![\w./:-])/(?:work|home/\w+|Users/\w+|tmp/rh)/")


def tracked():
    """Paths of all tracked files, from the root of the repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [pathlib.PurePosixPath(path) for path in listed.split("\0") if path]


def exists(name, folder):
    """Whether `name` is a file in `folder`, which mentions it, or in a folder above it."""
    return any((ROOT / above / name).exists() for above in (folder, *folder.parents))


def anchors(page):
    """The anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", page, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def mistakes(path, text, names):
    """Mistakes of one file, with their lines; `names` are the names of all documents."""
    for number, line in enumerate(text.splitlines(), 1):
        if path.suffix == ".md":
            for target, anchor in LINK.findall(line):
                document = ROOT / path.parent / target if target else ROOT / path
                if not document.exists():
                    yield number, f"links to {target}, which does not exist"
                elif anchor and anchor not in anchors(document.read_text(encoding="utf-8")):
                    yield number, f"links to '#{anchor}', which {document.name} does not have"
        for document in DOCUMENT.findall(line):
            if not exists(document, path.parent) and document not in names | FETCHED:
                yield number, f"mentions {document}, which the repository does not have"
        for found in MACHINE_PATH.findall(line):
            yield number, f"names the machine's path {found}"


def main():
    """Checks every tracked text file."""
    paths = tracked()
    names = {path.name for path in paths if path.suffix == ".md"}
    count = 0
    for path in paths:
        try:
            text = (ROOT / path).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        if path.name == pathlib.Path(__file__).name:
            continue
        for number, mistake in mistakes(path, text, names):
            print(f"{path}:{number}: {mistake}", file=sys.stderr)
            count += 1
    if count:
        sys.exit(f"check-references: {count} mistakes")


main()

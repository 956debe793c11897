#!/usr/bin/env python3
"""Every element's page has the common form and describes what gst-inspect-1.0 shows; its launch line runs.

    . scripts/env.sh; scripts/check-element-docs.py            # all pages
    . scripts/env.sh; scripts/check-element-docs.py framemux   # these
"""

import pathlib
import re
import subprocess
import sys

PAGES = pathlib.Path(__file__).parent.parent / "docs" / "elements"

# A page may have more sections; these are there, in this order.
SECTIONS = [
    "Behaviour",
    "Pads and caps",
    "Properties",
    "Live input and files",
    "Latency",
    "Seeking",
    "Messages",
    "Statistics",
    "Failure",
]

# A launch line ends by itself; a loaded machine needs some seconds for the networks.
LONGEST_RUN_S = 120

# DeepStream's elements are not installed where tests run.
NOT_RUN = re.compile(r"\bnv[a-z0-9]+\b")


def launch_line(page):
    """The first shell block of a page."""
    block = re.search(r"^```sh\n(.*?)^```", page, re.M | re.S)
    return block.group(1) if block and "gst-launch-1.0" in block.group(1) else None


def inspected(element):
    """Names of the element's properties, and of the counters that its `stats` lists while it does not run."""
    page = subprocess.run(["gst-inspect-1.0", "--no-colors", element], capture_output=True, text=True, check=True).stdout
    section = re.search(r"^Element Properties:\n(.*?)(?=^\S|\Z)", page, re.M | re.S)
    text = section.group(1) if section else ""
    properties = re.findall(r"^  ([a-z][a-z-]*) *:", text, re.M)
    stats = re.search(r"^  stats *:.*\n((?:   .*\n|\n)*)", text, re.M)
    counters = re.findall(r"^ {20,}([a-z][a-z0-9-]*): ", stats.group(1), re.M) if stats else []
    return set(properties) - {"name", "parent", "qos"}, [name for name in counters if name != "flags"]


def mistakes(element):
    """What is wrong with the page of `element`."""
    path = PAGES / f"{element}.md"
    if not path.exists():
        yield "is missing"
        return
    page = path.read_text()
    if not page.startswith(f"# {element}\n"):
        yield f"does not begin with '# {element}'"
    found = [section for section in re.findall(r"^## (.*)$", page, re.M) if section in SECTIONS]
    if found != SECTIONS:
        yield f"has the sections {found}, expected {SECTIONS}"
    properties, counters = inspected(element)
    for name in sorted(properties) + counters:
        if f"`{name}`" not in page:
            yield f"does not describe `{name}`"
    line = launch_line(page)
    if line is None:
        yield "shows no launch line"
    elif not NOT_RUN.search(line):
        yield from run(line)


def run(line):
    """Plays a launch line to its end."""
    try:
        ended = subprocess.run(
            ["bash", "-ec", line], capture_output=True, text=True, errors="replace", timeout=LONGEST_RUN_S, cwd=PAGES.parent.parent
        )
    except subprocess.TimeoutExpired:
        yield f"the launch line does not end within {LONGEST_RUN_S} s"
        return
    if ended.returncode != 0:
        yield f"the launch line fails with status {ended.returncode}:\n{ended.stderr[-2000:]}"


def main():
    """Checks the pages of the elements that the plugin has, or of those that are named."""
    listed = subprocess.run(["gst-inspect-1.0", "--no-colors", "roundhouse"], capture_output=True, text=True, check=True).stdout
    elements = sys.argv[1:] or re.findall(r"^  ([a-z]+): ", listed, re.M)
    count = 0
    for element in elements:
        for mistake in mistakes(element):
            print(f"check-element-docs: docs/elements/{element}.md {mistake}", file=sys.stderr)
            count += 1
    if count or not elements:
        sys.exit(f"check-element-docs: {count} mistakes in {len(elements)} pages")
    print(f"check-element-docs: {len(elements)} pages, their launch lines run", file=sys.stderr)


main()

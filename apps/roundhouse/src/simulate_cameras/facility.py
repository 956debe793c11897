# SPDX-License-Identifier: MIT OR Apache-2.0
"""The facility file of the clips, with the simulated cameras and no others, each with its address."""

import os
import re

from faults import Mistake


def write(clips, path, cameras, login):
    """Writes the facility file that lies beside the clips to `path`, with one [[camera]] for each simulated camera.

    `cameras`: by name, the name of the clip that it shows and its URI. A clip that several cameras show gives each of them
    its section, with its own name. `login`: USER:PASSWORD, which goes into a file beside it that only its owner can read, or
    nothing.
    """
    secret = f"{path}.credentials"
    if login:
        with open(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(login + "\n")
    credentials = f"file:{os.path.basename(secret)}" if login else ""
    shipped = os.path.join(clips, "facility.toml")
    with open(shipped, encoding="utf-8") as file:
        text = file.read()
    # Files that it names lie beside it, not beside what is written.
    folder = os.path.abspath(clips)
    text = re.sub(r'(?m)^(\s*reference\s*=\s*")([^"]*)', lambda found: found[1] + os.path.join(folder, found[2]), text)
    others, sections = parts(text.splitlines())
    for name, (clip, uri) in cameras.items():
        if clip not in sections:
            raise Mistake(f'{shipped} has no [[camera]] with id = "{clip}", which the clip {clip}.mp4 shows')
        others += section(sections[clip], name, uri, credentials)
    # Written beside it and renamed: whoever waits for the file never reads half of it.
    with open(f"{path}.part", "w", encoding="utf-8") as file:
        file.write("\n".join(others) + "\n")
    os.replace(f"{path}.part", path)


def parts(lines):
    """The lines outside of [[camera]] sections, and those sections by their id."""
    others, sections, current = [], {}, None
    for line in lines:
        if line.startswith("[") and not line.startswith("[camera."):
            current = [] if line.strip() == "[[camera]]" else None
        (others if current is None else current).append(line)
        name = re.match(r'\s*id\s*=\s*"([^"]*)"', line)
        if current is not None and name:
            sections[name[1]] = current
    return others, sections


def section(lines, name, uri, credentials):
    """The [[camera]] section `lines` for the camera `name` at `uri`."""
    written = []
    for line in lines:
        key = re.match(r"\s*(\w+)\s*=", line)
        if key and key[1] in ("uri", "credentials", "source"):
            continue
        if key and key[1] == "id":
            uri = re.sub("//[^/@]*@", "//", uri)
            written += [f'id = "{name}"', f'uri = "{uri}"']
            written += [f'credentials = "{credentials}"'] if credentials else []
        else:
            written.append(line)
    return written

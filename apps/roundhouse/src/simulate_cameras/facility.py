# SPDX-License-Identifier: MIT OR Apache-2.0
"""The facility file of the clips, with the address of each simulated camera."""

import os
import re


def write(clips, path, uris, login):
    """Writes the facility file that lies beside the clips to `path`, with `uri` in each [[camera]]; those that are not simulated are
    left out.

    `login`: USER:PASSWORD, which goes into a file beside it that only its owner can read, or nothing.
    """
    secret = f"{path}.credentials"
    if login:
        with open(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(login + "\n")
    with open(os.path.join(clips, "facility.toml"), encoding="utf-8") as file:
        # Each camera is a part of the file, with the tables that belong to it.
        parts = re.split(r"(?m)^(?=\[+[A-Za-z])(?!\[+camera\.)", file.read())
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(addressed(part, uris, login and os.path.basename(secret)) for part in parts)


def addressed(part, uris, secret):
    """A part of the file; that of a camera with its address and the file of its secret, or nothing if it is not simulated."""
    if not part.startswith("[[camera]]"):
        return part
    name = re.search(r'(?m)^\s*id\s*=\s*"([^"]*)".*\n', part)
    if not name or name[1] not in uris:
        return ""
    head, *tables = re.split(r"(?m)^(?=\[camera\.|\[\[camera\.)", part, maxsplit=1)
    head = re.sub(r"(?m)^\s*(uri|credentials)\s*=.*\n?", "", head)
    uri = re.sub("//[^/@]*@", "//", uris[name[1]])
    lines = f'uri = "{uri}"\n' + (f'credentials = "file:{secret}"\n' if secret else "")
    return head.replace(name[0], name[0] + lines) + "".join(tables)

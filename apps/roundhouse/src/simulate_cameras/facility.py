# SPDX-License-Identifier: MIT OR Apache-2.0
"""The facility file of the clips, with the address of each simulated camera."""

import os
import re


def write(clips, path, uris, login):
    """Writes the facility file that lies beside the clips to `path`, with `uri` in each [[camera]] that is simulated.

    `login`: USER:PASSWORD, which goes into a file beside it that only its owner can read, or nothing.
    """
    secret = f"{path}.credentials"
    if login:
        with open(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(login + "\n")
    with open(os.path.join(clips, "facility.toml"), encoding="utf-8") as file:
        lines = file.read().splitlines()
    written = []
    in_camera = False
    for line in lines:
        in_camera = line.strip() == "[[camera]]" or (in_camera and not line.startswith("["))
        if in_camera and re.match(r"\s*(uri|credentials)\s*=", line):
            continue
        written.append(line)
        name = re.match(r'\s*id\s*=\s*"([^"]*)"', line)
        if in_camera and name and name[1] in uris:
            uri = re.sub("//[^/@]*@", "//", uris[name[1]])
            written.append(f'uri = "{uri}"')
            if login:
                written.append(f'credentials = "file:{os.path.basename(secret)}"')
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(written) + "\n")

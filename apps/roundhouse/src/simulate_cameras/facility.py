# SPDX-License-Identifier: MIT OR Apache-2.0
"""The facility file of the clips, with the address of each simulated camera."""

import os
import re


def write(clips, path, uris):
    """Writes the facility file that lies beside the clips to `path`, with `uri` in each [[camera]] that is simulated."""
    with open(os.path.join(clips, "facility.toml"), encoding="utf-8") as file:
        lines = file.read().splitlines()
    written = []
    in_camera = False
    for line in lines:
        in_camera = line.strip() == "[[camera]]" or (in_camera and not line.startswith("["))
        if in_camera and re.match(r"\s*uri\s*=", line):
            continue
        written.append(line)
        name = re.match(r'\s*id\s*=\s*"([^"]*)"', line)
        if in_camera and name and name[1] in uris:
            written.append(f'uri = "{uris[name[1]]}"')
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(written) + "\n")

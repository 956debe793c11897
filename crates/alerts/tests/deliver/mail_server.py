# SPDX-License-Identifier: MIT OR Apache-2.0
"""A mail server for tests: mail_server.py PORT FOLDER [CERTIFICATE KEY].

It writes each message into FOLDER, one file each. With a certificate it offers STARTTLS and wants the user `me` with the password
`secret`. It refuses the recipient `nobody@example.com` for ever and `later@example.com` for now.
"""

import asyncio
import ssl
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult


class Box:
    """What becomes of a message."""

    def __init__(self, folder):
        self.folder = folder
        self.number = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address == "nobody@example.com":
            return "550 no such mailbox"
        if address == "later@example.com":
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.number += 1
        head = f"TLS: {session.ssl is not None}\nFROM: {envelope.mail_from}\nTO: {', '.join(envelope.rcpt_tos)}\n"
        (self.folder / f"{self.number}.eml").write_text(head + envelope.content.decode("utf-8"))
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    # What is not `handled` the server answers itself.
    return AuthResult(success=(data.login, data.password) == (b"me", b"secret"), handled=False)


async def main(port, folder, *pair):
    box = Box(Path(folder))
    options = {}
    if pair:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*pair)
        options = {"tls_context": context, "require_starttls": True, "authenticator": authenticate, "auth_required": True}
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box, hostname="localhost", **options), "127.0.0.1", int(port))
    async with server:
        await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))

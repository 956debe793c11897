# SPDX-License-Identifier: MIT OR Apache-2.0
"""The network between a camera and its clients, in user space, so that it can be made to fail.

Clients connect here; each connection is carried on to the RTSP server inside the process. What passes is looked at only as
far as faults need it: RTSP requests (to answer them wrongly, and to lead RTP over UDP through here), RTP packets (to lose
them and to shift their times) and RTCP sender reports (to shift the camera's clock).
"""

import asyncio
import random
import re
import struct

SENDER_REPORT = 200
# Ticks of RTP time in a second, for all codecs of pictures.
RTP_RATE = 90000
INTERLEAVED = 0x24  # '$', which begins a packet of RTP inside RTSP.


class Relay:
    """The relay of one camera; its faults are set from another thread."""

    def __init__(self, server_port, pictures_over_http):
        self.server_port = server_port
        self.pictures_over_http = pictures_over_http
        self.answer = None
        self.stall = False
        self.loss = 0.0
        self.clock = 0.0
        self.stamps = 0.0

    async def listen(self, host, port):
        """Begins to listen; returns the port."""
        server = await asyncio.start_server(self.serve, host, port)
        return server.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        """Carries one connection until either side closes it."""
        try:
            first = await reader.readuntil(b"\r\n\r\n")
            if first.startswith((b"GET ", b"HEAD ")) and b" HTTP/" in first.split(b"\r\n", 1)[0]:
                await self.pictures_over_http(first, writer)
            else:
                await Connection(self, reader, writer).carry(first)
        except (OSError, EOFError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def passable(self):
        """Waits while the connection is stalled."""
        while self.stall:
            await asyncio.sleep(0.05)

    def shifted(self, packet):
        """The RTCP packet with the camera's clock wrong by `clock` seconds, and its RTP time by `stamps` seconds."""
        if len(packet) < 20 or packet[1] != SENDER_REPORT:
            return packet
        ntp, stamp = struct.unpack_from(">QI", packet, 8)
        ntp = (ntp + int(self.clock * (1 << 32))) % (1 << 64)
        return packet[:8] + struct.pack(">QI", ntp, self.stepped(stamp)) + packet[20:]

    def stamped(self, packet):
        """The RTP packet with its time wrong by `stamps` seconds."""
        if not self.stamps or len(packet) < 8:
            return packet
        (stamp,) = struct.unpack_from(">I", packet, 4)
        return packet[:4] + struct.pack(">I", self.stepped(stamp)) + packet[8:]

    def stepped(self, stamp):
        """An RTP time, wrong by `stamps` seconds."""
        return (stamp + int(self.stamps * RTP_RATE)) % (1 << 32)


class Connection:
    """One client's connection."""

    def __init__(self, relay, reader, writer):
        self.relay = relay
        self.reader = reader
        self.writer = writer
        self.ports = []

    async def carry(self, first):
        """Carries both directions, beginning with the client's `first` request."""
        reader, self.server = await asyncio.open_connection("127.0.0.1", self.relay.server_port)
        directions = [
            asyncio.ensure_future(self.to_server(first)),
            asyncio.ensure_future(self.to_client(reader)),
        ]
        try:
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for direction in directions:
                direction.cancel()
            await asyncio.gather(*directions, return_exceptions=True)
            self.server.close()
            for port in self.ports:
                port.close()

    async def to_server(self, first):
        """Carries requests, and RTCP of the client inside them."""
        unit = first
        while unit:
            await self.relay.passable()
            if unit[0] == INTERLEAVED:
                self.server.write(unit)
            elif self.relay.answer:
                self.writer.write(refusal(unit, self.relay.answer))
            else:
                self.server.write(await self.led_through(unit))
            unit = await next_unit(self.reader)

    async def to_client(self, reader):
        """Carries answers, and RTP and RTCP inside them."""
        while unit := await next_unit(reader):
            if unit[0] == INTERLEAVED:
                change = self.relay.shifted if unit[1] % 2 else self.relay.stamped
                unit = unit[:4] + change(unit[4:])
            if self.relay.stall:
                # In the middle of a packet, as when a link breaks.
                half = len(unit) // 2
                self.writer.write(unit[:half])
                await self.relay.passable()
                unit = unit[half:]
            self.writer.write(unit)
            await self.writer.drain()

    async def led_through(self, request):
        """The request with the client's UDP ports replaced by ports of this relay."""
        ports = re.search(rb"client_port=(\d+)-(\d+)", request)
        if not ports:
            return request
        client = self.writer.get_extra_info("peername")[0]
        ours = [await self.open_port(client, int(port), rtcp) for rtcp, port in enumerate(ports.groups())]
        return request.replace(ports[0], b"client_port=%d-%d" % tuple(ours))

    async def open_port(self, client, port, rtcp):
        """Opens a UDP port whose datagrams go on to the client."""
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_datagram_endpoint(
            lambda: Datagrams(self.relay, (client, port), bool(rtcp)), local_addr=("127.0.0.1", 0)
        )
        self.ports.append(protocol.transport)
        return protocol.transport.get_extra_info("sockname")[1]


class Datagrams(asyncio.DatagramProtocol):
    """Datagrams of the server, on their way to a client."""

    def __init__(self, relay, client, rtcp):
        self.relay = relay
        self.client = client
        self.rtcp = rtcp

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, _address):
        lost = not self.rtcp and random.random() < self.relay.loss
        if not lost and not self.relay.stall:
            change = self.relay.shifted if self.rtcp else self.relay.stamped
            self.transport.sendto(change(data), self.client)


async def next_unit(reader):
    """The next RTSP message with its body, or the next interleaved packet; empty at the end."""
    try:
        start = await reader.readexactly(1)
        if start[0] == INTERLEAVED:
            head = start + await reader.readexactly(3)
            return head + await reader.readexactly(struct.unpack(">H", head[2:])[0])
        head = start + await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    length = re.search(rb"(?im)^content-length: *(\d+)", head)
    return head + (await reader.readexactly(int(length[1])) if length else b"")


def refusal(request, status):
    """An answer with an error status."""
    sequence = re.search(rb"(?im)^cseq: *(\d+)", request)
    lines = [f"RTSP/1.0 {status} Refused by the simulator", f"CSeq: {sequence[1].decode() if sequence else 0}"]
    if status == 401:
        lines.append('WWW-Authenticate: Basic realm="simulated camera"')
    return ("\r\n".join(lines) + "\r\n\r\n").encode()

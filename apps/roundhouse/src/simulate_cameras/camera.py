# SPDX-License-Identifier: MIT OR Apache-2.0
"""One simulated camera: a process with an RTSP server of its own behind a relay.

All clients of a camera see the same live picture: what the clip shows at this time since the clips began, over and over.
"""

import asyncio
import contextlib
import random
import sys
import threading
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

import clip  # noqa: E402
import faults  # noqa: E402
import relay  # noqa: E402

PATH = "/stream"


class Camera:
    """The camera inside its process."""

    def __init__(self, settings):
        self.settings = settings
        self.codec, self.size = settings.codec, settings.size
        self.garbage = self.silent = False
        self.slow = 1.0
        self.clips = {}
        self.pump = None
        self.clip()

    def clip(self):
        """What is filmed now; each size and codec is encoded once."""
        key = (self.codec, self.size)
        if key not in self.clips:
            settings = self.settings
            self.clips[key] = clip.load(
                settings.cache, settings.clip, self.codec, self.size, settings.rate, settings.key_distance, settings.length
            )
        return self.clips[key]

    def apply(self, fault):
        """Carries out a fault."""
        if fault.name in ("answer", "stall", "loss", "clock", "stamps"):
            setattr(self.relay, fault.name, fault.value)
            return
        setattr(self, fault.name, fault.value)
        if fault.name in ("size", "codec"):
            self.clip()
        if fault.name == "codec":
            self.server.client_filter(lambda _server, _client: GstRtspServer.RTSPFilterResult.REMOVE)
            self.mount()

    def now(self):
        """Seconds since the clips began; negative before."""
        return time.time() - self.settings.epoch

    def run(self):
        """Serves for ever; commands come as lines on standard input."""
        self.server = GstRtspServer.RTSPServer()
        self.server.set_address("127.0.0.1")
        self.server.set_service("0")
        self.mount()
        if self.settings.user:
            self.protect()
        self.server.attach(None)
        self.relay = relay.Relay(self.server.get_bound_port(), self.pictures_over_http)
        threading.Thread(target=GLib.MainLoop().run, daemon=True).start()
        asyncio.run(self.serve())

    async def serve(self):
        """Listens for clients and obeys commands."""
        port = await self.relay.listen(self.settings.host, self.settings.port)
        print(f"port {port}", flush=True)
        loop = asyncio.get_running_loop()
        commands = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
        while line := await commands.readline():
            try:
                fault = faults.fault(line.decode())
                await loop.run_in_executor(None, self.apply, fault)
                print("ok", flush=True)
            except (faults.Mistake, RuntimeError) as mistake:
                print(f"error: {mistake}", flush=True)

    def mount(self):
        """Offers the stream, with the payloader of the codec."""
        payloader = clip.PAYLOADERS[self.codec]
        branches = [f"appsrc name=source is-live=true format=time ! {payloader} name=pay0 pt=96"]
        if self.settings.audio:
            branches.append("audiotestsrc is-live=true volume=0.1 ! audio/x-raw,rate=8000 ! alawenc ! rtppcmapay name=pay1 pt=8")
        if self.settings.metadata:
            branches.append("appsrc name=metadata is-live=true format=time ! rtpgstpay name=pay2 pt=98")
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch("( " + " ".join(branches) + " )")
        factory.set_shared(True)
        factory.connect("media-configure", self.configure)
        if self.settings.user:
            permissions = GstRtspServer.RTSPPermissions()
            permissions.add_permission_for_role("viewer", "media.factory.access", True)
            permissions.add_permission_for_role("viewer", "media.factory.construct", True)
            factory.set_permissions(permissions)
        self.server.get_mount_points().add_factory(PATH, factory)

    def protect(self):
        """Lets in only who knows user and password; basic and digest."""
        auth = GstRtspServer.RTSPAuth()
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        user, password = self.settings.user, self.settings.password
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
        self.server.set_auth(auth)

    def configure(self, _factory, media):
        """A first client came: begins to feed its media."""
        element = media.get_element()
        source = element.get_by_name("source")
        source.set_property("caps", Gst.Caps.from_string(self.clip().caps))
        if self.pump:
            self.pump.stop()
        self.pump = Pump(self, source, element.get_by_name("metadata"))
        media.connect("unprepared", lambda _media, pump=self.pump: pump.stop())

    async def pictures_over_http(self, request, writer):
        """Answers GET /mjpeg with an endless stream of pictures, GET /snapshot.jpg with one."""
        path = request.split(b" ", 2)[1]
        film = self.clip()
        if self.codec != "mjpeg" or path not in (b"/mjpeg", b"/snapshot.jpg"):
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        elif path == b"/snapshot.jpg":
            data = film.picture(film.at(self.now())).data
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nConnection: close\r\n")
            writer.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        else:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=picture\r\n\r\n")
            while True:
                if not self.silent:
                    data = film.picture(film.at(self.now())).data
                    writer.write(b"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(data))
                    writer.write(data + b"\r\n")
                    await writer.drain()
                await asyncio.sleep(self.slow / film.rate)
        await writer.drain()


class Pump(threading.Thread):
    """Feeds the pictures of now into a media, from a key picture on, until it is told to stop."""

    def __init__(self, camera, source, metadata):
        super().__init__(daemon=True)
        self.camera, self.source, self.metadata = camera, source, metadata
        self.ended = threading.Event()
        self.start()

    def stop(self):
        """Ends it, at the latest after the next picture."""
        self.ended.set()

    def run(self):
        camera = self.camera
        film, slow, number, due = None, 1.0, 0, 0.0
        while not self.ended.is_set():
            late = camera.now() - due > 1
            if camera.clip() is not film or camera.slow != slow or late:
                film, slow = camera.clip(), camera.slow
                number = film.next_key(camera.now())
                due = number / film.rate
                self.source.set_property("caps", Gst.Caps.from_string(film.caps))
            if self.ended.wait(max(0.0, due - camera.now())):
                return
            if not camera.silent:
                self.push(film.picture(number), film.rate)
            number += 1
            due += slow / film.rate

    def push(self, picture, rate):
        """Sends one picture, stamped with the media's running time."""
        clock = self.source.get_clock()
        if clock is None:
            return
        data = spoilt(picture.data) if self.camera.garbage else picture.data
        buffer = Gst.Buffer.new_wrapped(data)
        buffer.pts = buffer.dts = max(0, clock.get_time() - self.source.get_base_time())
        buffer.duration = int(Gst.SECOND / rate)
        if not picture.is_key:
            buffer.set_flags(Gst.BufferFlags.DELTA_UNIT)
        if self.source.emit("push-buffer", buffer) != Gst.FlowReturn.OK:
            self.stop()
        if self.metadata and picture.is_key:
            text = Gst.Buffer.new_wrapped(b"<MetadataStream/>")
            text.pts = buffer.pts
            self.metadata.set_property("caps", Gst.Caps.from_string("text/x-raw,format=utf8"))
            self.metadata.emit("push-buffer", text)


def spoilt(data):
    """The picture with its contents replaced; the first bytes stay, so that it travels as before."""
    return data[:5] + random.randbytes(len(data) - 5)


def main(settings):
    """The whole life of a camera's process."""
    Gst.init(None)
    try:
        camera = Camera(settings)
    except (RuntimeError, GLib.Error) as error:
        print(f"error: {error}", flush=True)
        sys.exit(1)
    with contextlib.suppress(KeyboardInterrupt):
        camera.run()

#!/usr/bin/env bash
# When an RTSP server dies, `rtspsrc` over TCP reports the end of the stream, not an error.
#
# Seen with: GStreamer 1.22.0 and its RTSP server (Debian 12), protocols=tcp, one JPEG stream.
# What happens: the server's process is killed in mid-stream. `rtspsrc` posts a WARNING and sends EOS; no ERROR comes, so
#   the pipeline ends like one whose file was played to its end, and `gst-launch-1.0` exits with status 0.
# What one expects: a live source whose connection breaks is an ERROR.
# Remedy: treat EOS of a camera as a loss, and reconnect.
set -euo pipefail
. "$(dirname "$0")/packages.sh"
gstreamer libgstrtspserver-1.0-0=1.22.0-2 gir1.2-gst-rtsp-server-1.0=1.22.0-2 gstreamer1.0-tools=1.22.0-2+deb12u1

cat >"$work/server.py" <<'PYTHON'
"""Serves a test picture at rtsp://127.0.0.1:PORT/test and prints the port."""
import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer

Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_service("0")
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch("( videotestsrc is-live=true ! video/x-raw,format=I420,width=320,height=240,framerate=10/1 ! jpegenc ! rtpjpegpay name=pay0 )")
server.get_mount_points().add_factory("/test", factory)
server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
PYTHON

/usr/bin/python3 "$work/server.py" >"$work/port" &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 50); do [ -s "$work/port" ] && break; sleep 0.2; done
[ -s "$work/port" ] || unable "the RTSP server does not start"

PATH=$work/root/usr/bin:$PATH
gst-launch-1.0 --version | head -n 2 | tail -n 1
gst-launch-1.0 -v -m rtspsrc location="rtsp://127.0.0.1:$(cat "$work/port")/test" protocols=tcp \
  ! rtpjpegdepay ! identity silent=false ! fakesink sync=false >"$work/messages" 2>&1 &
client=$!
for _ in $(seq 50); do grep -q 'last-message = chain' "$work/messages" && break; sleep 0.2; done
grep -q 'last-message = chain' "$work/messages" || { kill "$server" "$client"; unable "the stream does not play"; }
kill -KILL "$server"
wait "$server" 2>/dev/null || true
status=0
timeout 60 tail --pid="$client" -f /dev/null || { kill "$client"; changed "the client goes on after the server is gone"; }
wait "$client" || status=$?

echo "what the client says of it:"
grep -oE '^(ERROR|WARNING): .*|^Got EOS.*' "$work/messages" || true
echo "exit status of gst-launch-1.0: $status"
if grep -q '^ERROR' "$work/messages"; then changed "an ERROR is posted"; fi
grep -q 'Got EOS' "$work/messages" || changed "no EOS"
[ "$status" = 0 ] || changed "gst-launch-1.0 fails"
echo "as described: EOS and no ERROR"

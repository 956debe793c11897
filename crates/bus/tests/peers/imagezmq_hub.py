# SPDX-License-Identifier: MIT OR Apache-2.0
"""A hub on imagezmq.

    imagezmq_hub.py rep|sub ADDRESS raw|jpeg [CAMERA]

`rep` prints its port first. Each picture is printed as name, shape and greatest and smallest value. `sub` takes what begins with the
name CAMERA only.
"""

import sys

import cv2
import imagezmq
import numpy as np
import zmq

mode, address, encoding, *camera = sys.argv[1:]
hub = imagezmq.ImageHub(open_port=address, REQ_REP=mode == "rep")
if mode == "rep":
    print(hub.zmq_socket.getsockopt_string(zmq.LAST_ENDPOINT).rsplit(":", 1)[1], flush=True)
for name in camera:
    hub.zmq_socket.setsockopt(zmq.UNSUBSCRIBE, b"")
    hub.zmq_socket.setsockopt_string(zmq.SUBSCRIBE, '{"msg": "' + name)
while True:
    if encoding == "jpeg":
        name, jpeg = hub.recv_jpg()
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_UNCHANGED)
    else:
        name, picture = hub.recv_image()
    print(ascii(name), "x".join(map(str, picture.shape)), picture.max(), picture.min(), flush=True)
    if mode == "rep":
        hub.send_reply(b"OK")

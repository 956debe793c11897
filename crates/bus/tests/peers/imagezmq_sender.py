# SPDX-License-Identifier: MIT OR Apache-2.0
"""A camera on imagezmq.

    imagezmq_sender.py req|pub ADDRESS raw|grey|jpeg COUNT

Picture number N, from 1, has 5 columns, 4 rows and the value N everywhere. `req` prints N when it is answered, and gives an answer
two seconds before it makes a new connection, as imagezmq's own examples do. `pub` prints its port, and sends number 0 until a line
arrives on standard input, so that a subscription has time to come.
"""

import sys
import threading

import cv2
import imagezmq
import numpy as np
import zmq

mode, address, encoding, count = sys.argv[1:]
count = int(count)


def connect():
    """A sender."""
    sender = imagezmq.ImageSender(connect_to=address, REQ_REP=mode == "req")
    if mode == "req":
        sender.zmq_socket.setsockopt(zmq.RCVTIMEO, 2000)
        sender.zmq_socket.setsockopt(zmq.LINGER, 0)
    return sender


def send(sender, number):
    """Sends a picture and waits for the answer, if there is one."""
    shape = (4, 5) if encoding == "grey" else (4, 5, 3)
    picture = np.full(shape, number % 256, np.uint8)
    if encoding != "jpeg":
        return sender.send_image("cam-é1", picture)
    return sender.send_jpg("cam-é1", cv2.imencode(".jpg", picture)[1])


sender = connect()
if mode == "pub":
    print(sender.zmq_socket.getsockopt_string(zmq.LAST_ENDPOINT).rsplit(":", 1)[1], flush=True)
    begin = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), begin.set()), daemon=True).start()
    while not begin.wait(0.01):
        send(sender, 0)
for number in range(1, count + 1):
    while True:
        try:
            answer = send(sender, number)
            break
        except zmq.Again:
            sender.close()
            sender = connect()
    if mode == "req":
        assert answer == b"OK", answer
        print(number, flush=True)
print("done", flush=True)
# What is under way is sent before the socket closes.
sender.zmq_socket.close(linger=60_000)
sender.zmq_context.term()

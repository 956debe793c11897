# SPDX-License-Identifier: MIT OR Apache-2.0
"""A peer on confluent-kafka.

    kafka_peer.py send|receive BROKERS TOPIC COUNT

`send` numbers its COUNT events from 1. `receive` prints number and key of each of COUNT events.
"""

import json
import sys

from confluent_kafka import Consumer, Producer

role, brokers, topic, count = sys.argv[1:]
count = int(count)
if role == "send":
    producer = Producer({"bootstrap.servers": brokers, "enable.idempotence": True})
    for number in range(1, count + 1):
        event = {
            "specversion": "1.0",
            "type": "com.roundhouse.position-report.v1",
            "source": "/hall-a/python/1",
            "id": f"1-{number}",
            "subject": "camera/C1",
            "sender": "python",
            "sequence": f"{number:020}",
            "flow": "prod",
            "data": {},
        }
        producer.produce(topic, json.dumps(event), key="C1")
    assert producer.flush(300) == 0
else:
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "python", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    for _ in range(count):
        message = consumer.poll(300)
        assert message is not None and message.error() is None, message and message.error()
        print(int(json.loads(message.value())["sequence"]), message.key().decode())
    consumer.close()

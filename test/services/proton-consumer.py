"""A consumer as the platform's documents write it for Python: qpid-proton, no address.

usage: proton-consumer.py URL USERNAME PASSWORD COUNT [SLOW]
Prints a JSON line for each message, and ends after COUNT of them. With SLOW it has two in hand at a time and
rests 50 ms on each.
"""

import json
import sys
import time

from proton.handlers import MessagingHandler
from proton.reactor import Container


class AmqpClient(MessagingHandler):
    def __init__(self, url, username, password, count, slow):
        super().__init__(prefetch=2 if slow else 10)
        self.url = url
        self.username = username
        self.password = password
        self.left = count
        self.slow = slow

    def on_start(self, event):
        connection = event.container.connect(
            self.url,
            user=self.username,
            password=self.password,
            heartbeat=60,
            allowed_mechs="PLAIN",
            allow_insecure_mechs=True,
            reconnect=False,
        )
        event.container.create_receiver(connection)

    def on_message(self, event):
        message = event.message
        body = message.body
        if self.slow:
            time.sleep(0.05)
        received = {
            "topic": message.properties.get("topic"),
            "messageId": message.properties.get("messageId"),
            "generateTime": int(message.properties.get("generateTime")),
            "id": str(message.id),
            "bodyType": type(body).__name__,
            "body": bytes(body).decode("utf-8"),
        }
        print(json.dumps(received), flush=True)
        self.left -= 1
        if self.left == 0:
            self.accept(event.delivery)
            event.connection.close()

    def on_transport_error(self, event):
        print("transport error: %s" % event.transport.condition, file=sys.stderr, flush=True)
        sys.exit(1)


if __name__ == "__main__":
    url, username, password, count = sys.argv[1:5]
    Container(AmqpClient(url, username, password, int(count), len(sys.argv) > 5)).run()

"""A device on paho, with the line protocol of test/sdk/line-protocol.cjs."""

import json
import os
import sys

import paho.mqtt.client as mqtt

SETTINGS = json.loads(os.environ["MOORING_TEST_DEVICE"])
PROTOCOLS = {"3.1": mqtt.MQTTv31, "3.1.1": mqtt.MQTTv311, "5": mqtt.MQTTv5}


def tell(event, value=None):
    print(json.dumps({"event": event, "value": value}, separators=(",", ":")), flush=True)


def reason(code):
    """A number before MQTT 5, an object with one since."""
    return getattr(code, "value", code)


def on_message(_client, _userdata, message):
    tell("message", {"topic": message.topic, "text": message.payload.decode()})


client = mqtt.Client(
    client_id=SETTINGS["clientId"],
    protocol=PROTOCOLS[SETTINGS["protocol"]],
    transport=SETTINGS["transport"],
)
client.username_pw_set(SETTINGS["username"], SETTINGS["password"])
client.on_connect = lambda _client, _userdata, _flags, code, *_: tell("connack", reason(code))
client.on_disconnect = lambda _client, _userdata, code, *_: tell("close", reason(code))
client.on_subscribe = lambda _client, _userdata, _mid, granted, *_: tell(
    "suback", [reason(one) for one in granted]
)
client.on_publish = lambda _client, _userdata, mid: tell("puback", mid)
client.on_message = on_message
try:
    client.connect(SETTINGS["host"], SETTINGS["port"])
except Exception as error:
    tell("error", str(error))
client.loop_start()

for line in sys.stdin:
    name, *args = json.loads(line)
    getattr(client, name)(*args)

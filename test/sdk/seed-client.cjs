'use strict';

// The device of the MQTT sample (mqtt 2.18): signs in by hand, posts, subscribes.
const { createHmac } = require('node:crypto');
const { obey, settings } = require('./line-protocol.cjs');
const { mqtt2 } = require('./mqtt2.cjs');
const { watchClient } = require('./watch-client.cjs');

const { productKey, deviceName, deviceSecret, regionId, clean = false, ext } = settings;

const signed = { productKey, deviceName, clientId: 'seed001client', timestamp: Date.now() };
const content = Object.keys(signed)
  .sort()
  .map((name) => name + signed[name])
  .join('');
const extension = ext === undefined ? '' : `,ext=${ext}`;

const client = mqtt2.connect(`tcp://${productKey}.iot-as-mqtt.${regionId}.aliyuncs.com:1883`, {
  keepalive: 60,
  clean,
  protocolVersion: 4,
  clientId: `${signed.clientId}|securemode=3,signmethod=hmacsha1,timestamp=${signed.timestamp}${extension}|`,
  username: `${deviceName}&${productKey}`,
  password: createHmac('sha1', deviceSecret).update(content).digest('hex'),
});
watchClient(client);

obey({
  publish: (topic, text, options) => client.publish(topic, text, options),
  subscribe: (topic, options) => client.subscribe(topic, options),
  unsubscribe: (topic) => client.unsubscribe(topic),
  ping: () => client._checkPing(),
});

'use strict';

// The device of the sample without preregistration: regnwl, then connwl with what it was given.
const { createHmac } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { obey, settings, tell } = require('./line-protocol.cjs');
const { mqtt2 } = require('./mqtt2.cjs');
const { watchClient } = require('./watch-client.cjs');

const { productKey, productSecret, deviceName, regionId, protocol, caPath } = settings;
const address = { host: `${productKey}.iot-as-mqtt.${regionId}.aliyuncs.com`, port: 1883 };
const username = `${deviceName}&${productKey}`;

function register() {
  const random = Date.now();
  const content = `deviceName${deviceName}productKey${productKey}random${random}`;
  const client = mqtt2.connect({
    ...address,
    protocol,
    ...(caPath !== undefined && { ca: readFileSync(caPath) }),
    clientId: `${random}|securemode=2,authType=regnwl,random=${random},signmethod=hmacsha1|`,
    username,
    password: createHmac('sha1', productSecret).update(content).digest('hex'),
    keepalive: 120,
    reconnectPeriod: 0,
  });
  client.on('error', (error) => tell('register-error', String(error)));
  client.on('close', () => tell('register-close'));
  client.on('message', (topic, payload) => {
    if (topic !== '/ext/regnwl') return;
    client.end();
    tell('registered', JSON.parse(payload));
  });
}

let online;

function goOnline({ clientId, deviceToken }) {
  online = mqtt2.connect({
    ...address,
    protocol: 'mqtt',
    clientId: `${clientId}|securemode=-2,authType=connwl|`,
    username,
    password: deviceToken,
    reconnectPeriod: 0,
  });
  watchClient(online);
}

obey({
  register,
  goOnline,
  publish: (topic, text) => online.publish(topic, text, { qos: 1 }),
});

'use strict';

const { tell } = require('./line-protocol.cjs');

const TOLD = new Set(['connack', 'suback', 'unsuback', 'puback', 'pingresp']);

/** Tells what an MQTT.js client of any version gets to see of its broker. */
exports.watchClient = (client) => {
  client.on('connect', () => tell('connect'));
  client.on('close', () => tell('close'));
  client.on('error', (error) => tell('error', String(error)));
  client.on('message', (topic, payload) => tell('message', { topic, text: String(payload) }));
  client.on('packetsend', ({ cmd, messageId, subscriptions }) => {
    if (cmd !== 'subscribe') return;
    tell('subscribe', { messageId, topics: subscriptions.map(({ topic }) => topic) });
  });
  client.on('packetreceive', ({ cmd, messageId, returnCode, granted }) => {
    if (TOLD.has(cmd)) tell(cmd, { messageId, returnCode, granted });
  });
};

'use strict';

// Loaded with --require: what a package sends to the platform's fixed address goes to the test's
// broker. The package's files stay as they are.
const net = require('node:net');
const tls = require('node:tls');

const PLATFORM = /^[^.]+\.iot-as-mqtt\.[^.]+\.aliyuncs\.com$/;
const PLATFORM_PORT = 1883;
const [host, port] = (process.env.MOORING_TEST_MQTT ?? '').split(':');

const isPlatform = (options) =>
  PLATFORM.test(options.host ?? '') && Number(options.port) === PLATFORM_PORT;

const connectTcp = net.connect;
function redirectedTcp(...args) {
  const options = typeof args[0] === 'object' ? args[0] : { port: args[0], host: args[1] };
  if (!isPlatform(options)) return connectTcp.apply(net, args);
  return connectTcp({ ...options, host, port: Number(port) }, args.at(-1));
}
net.connect = redirectedTcp;
net.createConnection = redirectedTcp;

const connectTls = tls.connect;
tls.connect = (...args) => {
  const [options, ...rest] = args;
  if (typeof options !== 'object' || !isPlatform(options)) return connectTls.apply(tls, args);
  // The chain is checked as ever; the name in it cannot be the platform's.
  const here = { host, port: Number(port), checkServerIdentity: () => undefined };
  return connectTls({ ...options, ...here }, ...rest);
};

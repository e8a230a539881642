import { Agent, request } from 'node:http';
import rhea from 'rhea';

/** The baseline: what a business server would write. It accepts a message when the POST of its body was answered with 2xx. */
const [amqpPort, httpPort, address = '', window] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(window) });
const connection = rhea.connect({
  host: '127.0.0.1',
  port: Number(amqpPort),
  username: 'bare',
  password: 'bare',
});
connection.open_receiver({
  source: { address },
  autoaccept: false,
  credit_window: Number(window),
});
connection.on('message', ({ message, delivery }) => {
  const body: Buffer = message?.body.content;
  const post = request(
    {
      host: '127.0.0.1',
      port: Number(httpPort),
      path: '/in',
      method: 'POST',
      agent,
      headers: { 'Content-Type': 'application/json', 'Content-Length': body.length },
    },
    (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 200) delivery?.accept();
      });
    },
  );
  post.end(body);
});
connection.on('receiver_open', () => process.stdout.write('ready 0\n'));
process.once('SIGTERM', () => process.exit(0));

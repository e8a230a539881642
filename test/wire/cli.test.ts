import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { httpSign } from '../../shared/core/signing/http-sign.ts';
import { runCli } from '../support/cli.ts';
import { spawnMooring } from '../support/command-line.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

let stack: TestStack;
let env: Record<string, string>;

beforeAll(async () => {
  stack = await startTestStack();
  env = { MOORING_DATA_DIR: stack.dataDir };
});

afterAll(() => stack.stop());

describe('mooring <Action>', () => {
  test('calls the stack whose data folder it finds', async () => {
    const { productKey } = stack.demo;
    const { code, out, err } = await runCli(['QueryProduct', '--ProductKey', productKey], { env });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toMatchObject({ Success: true, Data: { ProductKey: productKey } });
  });

  test('reads a value from a file, and one @ from two', async () => {
    const { productKey } = stack.demo;
    const tsl = { schema: '', profile: { productKey }, properties: [], events: [], services: [] };
    const file = join(tempFolder(), 'tsl.json');
    writeFileSync(file, JSON.stringify(tsl));
    const product = ['--ProductKey', productKey];
    const module = ['--FunctionBlockId', 'extra', '--TslStr', `@${file}`];
    const imported = await runCli(['ImportThingModelTsl', ...product, ...module], { env });
    expect(imported).toMatchObject({ code: 0, err: '' });
    const named = ['RegisterDevice', ...product, '--DeviceName', '@@home'];
    const registered = await runCli(named, { env });
    expect(JSON.parse(registered.out)).toMatchObject({ Data: { DeviceName: '@home' } });
  });

  test('tells what a refusal says and what to do', async () => {
    const { code, out, err } = await runCli(['QueryProduct', '--ProductKey', 'nope'], { env });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(
      /^iot\.prod\.NotExistedProduct: The product nope does not exist\.\nRequestId: [0-9A-F-]{36}\nA ProductKey comes from/,
    );
  });

  test('names the nearest action where the endpoint does not serve one', async () => {
    const { code, err } = await runCli(['QueryProducts'], { env });
    expect(code).toBe(1);
    expect(err).toContain('InvalidAction.NotFound');
    expect(err).toContain('does not serve QueryProducts. Did you mean QueryProduct?');
  });

  test('takes options before the environment, and the environment before demo.json', async () => {
    const access = { MOORING_ACCESS_KEY_ID: 'fromEnvironment', MOORING_ACCESS_KEY_SECRET: 'hush' };
    const fromEnvironment = await runCli(['QueryProduct'], { env: { ...env, ...access } });
    expect(fromEnvironment.err).toContain('does not know the access key fromEnvironment');
    const options = ['--access-key-id', 'fromOptions', '--access-key-secret', 'hush'];
    const fromOptions = await runCli(['QueryProduct', ...options], { env: { ...env, ...access } });
    expect(fromOptions.err).toContain('does not know the access key fromOptions');
    expect(fromOptions.err).not.toContain('hush');
  });

  test('says what is missing where there is neither a key nor a demo', async () => {
    const dataDir = tempFolder();
    const { code, err } = await runCli(['QueryProduct'], { env: { MOORING_DATA_DIR: dataDir } });
    expect(code).toBe(1);
    expect(err).toContain(`--endpoint is not given, and ${join(dataDir, 'demo.json')}`);
  });

  test('says that nobody answers at the endpoint', async () => {
    const args = ['QueryProduct', '--endpoint', 'http://127.0.0.1:1'];
    const { code, err } = await runCli(args, { env });
    expect(code).toBe(1);
    expect(err).toContain('http://127.0.0.1:1 cannot be reached (ECONNREFUSED)');
  });

  test('sends a list for a repeated parameter and keeps every digit of the answer', async () => {
    const bodies: string[] = [];
    const endpoint = await startEcho(bodies, '{"MessageId":911824743705107904,"Success":true}');
    const args = ['BatchCall', '--DeviceName', 'one', '--DeviceName', 'two', '--Asc', '0'];
    const { code, out } = await runCli([...args, '--endpoint', endpoint], { env });
    expect({ code, out }).toEqual({
      code: 0,
      out: '{\n  "MessageId": 911824743705107904,\n  "Success": true\n}\n',
    });
    const sent = Object.fromEntries(new URLSearchParams(bodies[0]));
    expect(sent).toMatchObject({
      Action: 'BatchCall',
      'DeviceName.1': 'one',
      'DeviceName.2': 'two',
      Asc: '0',
    });
  });

  test('says so where the answer is no JSON', async () => {
    const endpoint = await startEcho([], '<html>gateway</html>');
    const { code, err } = await runCli(['QueryProduct', '--endpoint', endpoint], { env });
    expect(code).toBe(1);
    expect(err).toContain(`${endpoint} did not answer in JSON`);
  });
});

describe('mooring tail', () => {
  test('shows a message as it comes, and ends with Ctrl-C', async () => {
    const { productKey, deviceName } = stack.demo;
    const child = spawnMooring(['tail', '--data-dir', stack.dataDir, '--device', deviceName]);
    onTestFinished(() => void child.kill());
    if (!child.stdout || !child.stderr) throw new Error('the child has no output');
    await once(child.stderr, 'data');
    const line = once(createInterface(child.stdout), 'line');
    const stopPosting = postUntilStopped();
    const [shown] = await line;
    await stopPosting();
    expect(shown).toMatch(
      new RegExp(
        `^\\S+Z uplink   /${productKey}/${deviceName}/user/update \\d{18,19} \\{"n":1\\}$`,
      ),
    );
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

describe('commands on the data folder of a running stack', () => {
  test('list no dead letters where there are none', async () => {
    const args = ['dead-letters', 'list', '--consumer', 'thing-recorder'];
    const { code, out, err } = await runCli(args, { env });
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toBe('thing-recorder has no such dead letters.\n');
  });

  test('replay no dead letter that is not there', async () => {
    const args = ['dead-letters', 'replay', '--consumer', 'thing-recorder', '--message-id', '1'];
    const { code, err } = await runCli(args, { env });
    expect({ code, err }).toEqual({
      code: 1,
      err: 'mooring: thing-recorder has no dead letter 1.\n',
    });
  });

  test('write the device indexes anew', async () => {
    const { productKey } = stack.demo;
    await stack.stop();
    stack = await startTestStack();
    env = { MOORING_DATA_DIR: stack.dataDir };
    const args = ['rebuild-indexes', '--product', stack.demo.productKey];
    expect(await runCli(args, { env })).toMatchObject({
      code: 0,
      out: `${stack.demo.productKey} has 2 devices, all of them in the indexes.\n`,
    });
    expect(await runCli(['rebuild-indexes', '--product', productKey], { env })).toMatchObject({
      code: 1,
      err: `mooring: There is no product ${productKey} here.\n`,
    });
  });
});

/** A server that notes what it gets and always answers the same. */
async function startEcho(bodies: string[], answer: string): Promise<string> {
  const server = createServer(async (request, response) => {
    bodies.push(await text(request));
    response.end(answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Posts again and again, since a tail begins at a moment that only it knows. */
function postUntilStopped(): () => Promise<void> {
  let stopped = false;
  const posting = signIn().then(async (token) => {
    const { productKey, deviceName } = stack.demo;
    while (!stopped) {
      await post(`/topic/${productKey}/${deviceName}/user/update`, '{"n":1}', {
        'Content-Type': 'application/octet-stream',
        password: token,
      });
      await sleep(50);
    }
  });
  return () => {
    stopped = true;
    return posting;
  };
}

async function signIn(): Promise<string> {
  const { productKey, deviceName, deviceSecret } = stack.demo;
  const clientId = `${productKey}.${deviceName}`;
  const sign = httpSign({ clientId, deviceName, productKey }, 'hmacsha1', deviceSecret);
  const form = { productKey, deviceName, clientId, signmethod: 'hmacsha1', sign };
  const headers = { 'Content-Type': 'application/json' };
  const { info } = await post('/auth', JSON.stringify(form), headers);
  return info.token;
}

async function post(path: string, body: string, headers: Record<string, string>) {
  const reply = await fetch(`${stack.endpoints['http']}${path}`, { method: 'POST', headers, body });
  return (await reply.json()) as { info: { token: string } };
}

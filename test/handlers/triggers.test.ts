import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { CloudHandler } from '../../shared/runtime/http-function.ts';
import { openFunctions } from '../support/event-fixture.ts';

const events = join(import.meta.dirname, '../../events');

type Answer = { status: number; body: unknown };

/** The payload of an FC 2 trigger is not JSON but a request stream: its file holds what it is made of. */
type Fc2Payload = {
  request: Record<string, unknown> & { body: string };
  context: unknown;
};

const call = async (handler: CloudHandler, file: string, payload: unknown): Promise<Answer> => {
  if (file.startsWith('fc2-')) return callFc2(handler, payload as Fc2Payload);
  // Function Compute 3 hands bytes over, Lambda an object.
  const event = file.startsWith('fc3-') ? Buffer.from(JSON.stringify(payload)) : payload;
  const answer = (await handler(event, {})) as { statusCode: number; body: string };
  return { status: answer.statusCode, body: bodyOf(answer.body) };
};

/** RabbitMQ is answered in plain text. */
function bodyOf(text: string): unknown {
  return text.startsWith('{') ? JSON.parse(text) : text;
}

async function callFc2(handler: CloudHandler, { request, context }: Fc2Payload): Promise<Answer> {
  const { body, ...parts } = request;
  const answer: Answer = { status: 0, body: undefined };
  const response = {
    setStatusCode: (status: number) => {
      answer.status = status;
    },
    setHeader: () => undefined,
    send: (text: string) => {
      answer.body = bodyOf(text);
    },
  };
  const stream = Readable.from(body === '' ? [] : [Buffer.from(body)]);
  await handler(Object.assign(stream, parts), response, context);
  return answer;
}

function readJson(...path: readonly string[]): unknown {
  return JSON.parse(readFileSync(join(events, ...path), 'utf8'));
}

const payloadsOf = (name: string) =>
  readdirSync(join(events, name)).filter((file) => file !== 'expected.json');

for (const name of [
  'device-auth',
  'device-register',
  'certificate-distributor',
  'topic-ingest',
  'guided-sign-in',
  'remote-config',
  'mqtt-auth',
  'mqtt-uplink',
  'openapi',
]) {
  describe(`events/${name}`, () => {
    const expected = readJson(name, 'expected.json') as Record<string, unknown>;

    test('every trigger has an accepted and a refused payload, each with its expected reply', () => {
      const files = ['fc2', 'fc3', 'lambda-http-api', 'lambda-url'].flatMap((trigger) => [
        `${trigger}-accepted.json`,
        `${trigger}-refused.json`,
      ]);
      expect(payloadsOf(name)).toEqual(files);
      expect(Object.keys(expected).sort()).toEqual(files);
    });

    test.each(payloadsOf(name))('%s gets its expected reply', async (file) => {
      const handler = (await openFunctions())[name];
      if (!handler) throw new Error(`${name} is not among the functions`);
      expect(await call(handler, file, readJson(name, file))).toMatchObject(
        expected[file] as object,
      );
    });
  });
}

describe('events/thing-recorder', () => {
  const expected = readJson('thing-recorder', 'expected.json') as Record<string, unknown>;

  test.each(payloadsOf('thing-recorder'))('%s gets its expected answer', async (file) => {
    const record = (await openFunctions())['thing-recorder'];
    if (!record) throw new Error('thing-recorder is not among the functions');
    const answer = await record(readJson('thing-recorder', file));
    expect(answer).toMatchObject(expected[file] as object);
  });
});

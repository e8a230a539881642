import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogLine } from '../support/captured-log.ts';
import { codeOf } from '../support/device-http.ts';
import { drainBus } from '../support/drain-bus.ts';
import { longRun } from '../support/long.ts';
import type { Attempt } from './random-requests/attempt.ts';
import { garbage } from './random-requests/garbage.ts';
import { mqttAttempts } from './random-requests/mqtt-mutations.ts';
import { callRequest, mutatedCalls, validCall } from './random-requests/openapi-mutations.ts';
import {
  alinkPost,
  customPost,
  EVENT,
  mutatedPosts,
  PROPERTY,
} from './random-requests/post-mutations.ts';
import { mutatedSignIns, validSignIn } from './random-requests/sign-in-mutations.ts';
import { openTarget, type Target } from './random-requests/target.ts';
import { refusalCode } from './random-requests/verdict.ts';

const REQUESTS = longRun ? 100_000 : 10_000;

describe('requests before they are made wrong', () => {
  test('are accepted, so that what is refused below is refused for its mutation', async () => {
    const target = await openTarget();
    const { weak, strong } = target.fleet;
    for (const request of [
      ...['hmacmd5', 'hmacsha1', 'hmacsha256'].map((signmethod) =>
        validSignIn(target, { signmethod }),
      ),
      validSignIn(target, { signmethod: 'hmacsha1', timestamp: 'text', version: 'default' }),
      validSignIn(target, { signmethod: 'hmacsha1', timestamp: 'number' }),
      ...[weak, strong].flatMap((device) => [
        alinkPost(device, PROPERTY),
        alinkPost(device, EVENT),
        customPost(device),
      ]),
    ]) {
      expect(codeOf(await target.handler(request)), request.body.toString()).toBe(0);
    }
    const called = await target.handler(callRequest(validCall(target)));
    expect(JSON.parse(called.body)).toMatchObject({ Success: true });
  });
});

describe('random requests', () => {
  test(
    `get nothing but a well-formed refusal, ${REQUESTS} times, and leave nothing behind`,
    async () => {
      const target = await openTarget();
      const codes = new Set<string>();
      let sent = 0;
      const used = callRequest(validCall(target));
      await target.handler(used);
      const anything = fc.oneof(
        { weight: 4, arbitrary: garbage(target) },
        { weight: 3, arbitrary: mutatedSignIns(target) },
        { weight: 4, arbitrary: mutatedPosts(target) },
        { weight: 1, arbitrary: mutatedCalls(target, used) },
        { weight: 2, arbitrary: mqttAttempts(target) },
      );
      await fc.assert(
        fc.asyncProperty(anything, async (attempted) => {
          codes.add(await refusedWith(attempted, target));
          sent += 1;
          passTime(target, sent);
        }),
        { numRuns: REQUESTS },
      );

      expect(sent).toBe(REQUESTS);
      expect(await drainBus(target.parts.bus)).toEqual([]);
      expect(target.writes.filter((write) => !write.startsWith('seen openapi-nonce/'))).toEqual([]);
      expect([...codes]).toEqual(expect.arrayContaining(EXPECTED_CODES));
    },
    longRun ? 600_000 : 60_000,
  );
});

/** That all of them came up shows that the requests reach every check. */
const EXPECTED_CODES = [
  ...['10001', '20000', '20001', '20002', '20003', '40000', '404', '460', '401', 'deny'],
  ...['SignatureDoesNotMatch', 'InvalidAccessKeyId.NotFound', 'MissingParameter'],
  ...['InvalidTimeStamp.Expired', 'InvalidAction.NotFound', 'SignatureNonceUsed'],
];

async function refusedWith({ request }: Attempt, target: Target): Promise<string> {
  const { lines } = target.parts.log;
  lines.length = 0;
  const reply = await target.handler(request);
  for (const line of lines) checkLine(line, target);
  return refusalCode(request.path, reply);
}

/** A fault shows in the log with its cause; a secret never does. */
function checkLine({ level, fields, message }: LogLine, { fleet, accessKey }: Target): void {
  const { error, err } = fields;
  if (level === 'error') throw new Error(`fault: ${message}`, { cause: error ?? err });
  const text = JSON.stringify(fields);
  const shown = [...fleet.secrets, accessKey.accessKeySecret].find((secret) =>
    text.includes(secret),
  );
  if (shown !== undefined) throw new Error(`a secret is in the log line "${message}"`);
}

/** Slow enough for 30 messages a second and device, but for most of every thousand, when the clock stands. */
function passTime({ parts }: Target, sent: number): void {
  if (sent % 1000 > 900) parts.clock.advance(45);
}

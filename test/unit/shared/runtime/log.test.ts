import { describe, expect, test } from 'vitest';
import { createLog } from '../../../../shared/runtime/log.ts';
import type { LogLevel } from '../../../../shared/runtime/log-level.ts';

function openLog(level: LogLevel) {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  const read = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log: createLog({ level, destination }), read };
}

describe('lines', () => {
  test('a call is one line of JSON with time, level, fields and message', () => {
    const { log, read } = openLog('info');
    log.warn({ topic: '/a/b', refused: { kind: 'token-absent' } }, 'message refused');
    expect(read()).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        topic: '/a/b',
        refused: { kind: 'token-absent' },
        msg: 'message refused',
      },
    ]);
  });

  test('what is below the level is not written', () => {
    const { log, read } = openLog('error');
    log.info({}, 'no');
    log.warn({}, 'no');
    log.error({}, 'yes');
    expect(read().map(({ msg }) => msg)).toEqual(['yes']);
  });

  test('an error comes with its cause and stack', () => {
    const { log, read } = openLog('info');
    log.error({ error: new Error('outer', { cause: new Error('inner') }) }, 'failed');
    expect(read()[0]?.['error']).toMatchObject({
      message: expect.stringContaining('outer'),
      stack: expect.stringContaining('log.test.ts'),
      cause: { message: 'inner' },
    });
  });
});

describe('odd fields', () => {
  test('what cannot be written does not hide the message', () => {
    const { log, read } = openLog('info');
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    log.error({ circle }, 'failed');
    expect(read()[0]).toMatchObject({
      level: 'error',
      msg: 'failed',
      unwritable: expect.stringContaining('circular'),
    });
  });

  test('a bigint is written in digits', () => {
    const { log, read } = openLog('info');
    log.info({ messageId: 892687627916247999n }, 'x');
    expect(read()[0]?.['messageId']).toBe('892687627916247999');
  });

  test('a silent log writes nothing', () => {
    const { log, read } = openLog('silent');
    log.error({}, 'x');
    expect(read()).toEqual([]);
  });
});

describe('secrets', () => {
  for (const name of ['sign', 'password', 'token', 'Authorization', 'deviceSecret', 'secret']) {
    test(`${name} is blotted out at any depth`, () => {
      const { log, read } = openLog('info');
      log.info({ [name]: 'hush', request: { headers: { [name]: 'hush' } } }, 'x');
      expect(JSON.stringify(read())).not.toContain('hush');
    });
  }

  test('a string to sign and a key id are shown', () => {
    const { log, read } = openLog('info');
    log.info({ refused: { stringToSign: 'clientIdx', signmethod: 'hmacmd5' } }, 'x');
    expect(read()[0]?.['refused']).toEqual({ stringToSign: 'clientIdx', signmethod: 'hmacmd5' });
  });

  test('the fields of the caller are left as they were', () => {
    const { log } = openLog('info');
    const fields = { token: 'kept', inner: { password: 'kept' } };
    log.info(fields, 'x');
    expect(fields).toEqual({ token: 'kept', inner: { password: 'kept' } });
  });
});

import { beforeEach, describe, expect, test } from 'vitest';
import { firmwareVersion } from '../../../../../shared/core/firmware/firmware.ts';
import type { MessageBus } from '../../../../../shared/ports/message-bus.ts';
import { drainBus, jsonBodyOf } from '../../../../support/drain-bus.ts';
import { createMemoryParts } from '../../../../support/memory-parts.ts';
import { START_MS } from '../../../../support/test-clock.ts';
import { openUplink, type TestUplink } from '../../../../support/uplink.ts';

let uplink: TestUplink;

beforeEach(async () => {
  uplink = await openUplink();
});

const topicOf = (action: string) =>
  `/ota/device/${action}/${uplink.device.productKey}/${uplink.device.deviceName}`;
const inform = (version: unknown, module?: unknown) =>
  uplink.take(topicOf('inform'), { id: '1', params: { version, module } });
const progress = (step: unknown, module?: string, desc?: string) =>
  uplink.take(topicOf('progress'), { id: '1', params: { step, desc, module } });
const published = () => drainBus(uplink.parts.bus);
const kinds = async () => (await published()).map(({ kind }) => kind);
const names = () => {
  const { productKey, deviceName, iotId } = uplink.device;
  return { productKey, deviceName, iotId };
};

describe('a version that a device reports', () => {
  test('is kept, and goes to the bus as the platform routes it', async () => {
    const { outcome, replies } = await inform('1.0.3', 'mcu');
    const messages = await published();
    expect(replies).toEqual([]);
    expect(outcome).toEqual({ ok: true, value: messages[0]?.messageId });
    const { productKey, deviceName } = names();
    const topic = `/${productKey}/${deviceName}/ota/version/post`;
    expect(messages).toMatchObject([{ kind: 'ota_version', topic, transport: 'mqtt', ...names() }]);
    expect(messages.map(jsonBodyOf)).toEqual([
      { ...names(), moduleName: 'mcu', moduleVersion: '1.0.3', messageCreateTime: START_MS },
    ]);
  });

  test.each([[undefined], [''], ['default'], [null]])(
    'for the module %j is that of the default one',
    async (module) => {
      await inform('1.0.3', module);
      expect(await firmwareVersion(uplink.device.iotId, uplink.parts.store)).toBe('1.0.3');
      const [message] = await published();
      expect(message && jsonBodyOf(message)).toMatchObject({ moduleName: 'default' });
    },
  );

  test('again is taken, and the bus hears nothing', async () => {
    await inform('1.0.3');
    await inform('1.0.3', 'mcu');
    await published();
    expect((await inform('1.0.3')).outcome).toMatchObject({ ok: true });
    expect(await kinds()).toEqual([]);
  });

  test('that is another is no upgrade where no progress was reported', async () => {
    await inform('1.0.3');
    await inform('1.0.4');
    expect(await kinds()).toEqual(['ota_version', 'ota_version']);
    expect(await firmwareVersion(uplink.device.iotId, uplink.parts.store)).toBe('1.0.4');
  });

  test('is told again where the bus has failed', async () => {
    const { bus } = createMemoryParts();
    let isGone = true;
    const publish: MessageBus['publish'] = (message) =>
      isGone ? Promise.reject(new Error('gone')) : bus.publish(message);
    uplink = await openUplink({}, { bus: { publish } });
    expect((await inform('1.0.3')).outcome).toMatchObject({ failure: { kind: 'publish-failed' } });
    isGone = false;
    await inform('1.0.3');
    expect(await drainBus(bus)).toMatchObject([{ kind: 'ota_version' }]);
  });

  const unreadable: [string, unknown][] = [
    ['no JSON', Buffer.from('v1')],
    ['no params', { id: '1' }],
    ['no version', { params: { module: 'mcu' } }],
    ['an empty version', { params: { version: '' } }],
    ['a version of 129 characters', { params: { version: 'v'.repeat(129) } }],
    ['a module that is none', { params: { version: '1', module: {} } }],
    ['a module of 65 characters', { params: { version: '1', module: 'm'.repeat(65) } }],
  ];
  test.each(unreadable)('as %s passes as it was sent', async (_, body) => {
    expect((await uplink.take(topicOf('inform'), body)).outcome).toMatchObject({ ok: true });
    expect(await published()).toMatchObject([{ kind: 'uplink', topic: topicOf('inform') }]);
  });

  test('of a hundred and first module is told, and not kept', async () => {
    for (let at = 0; at < 101; at += 1) await inform('1', `m${at}`);
    const record = await uplink.parts.store.table('firmware').read({
      partition: uplink.device.iotId,
    });
    expect(record?.value.modules).toHaveLength(100);
    expect(await kinds()).toHaveLength(101);
    await inform('2', 'm0');
    expect(await kinds()).toEqual(['ota_version']);
  });
});

describe('an upgrade', () => {
  test('has succeeded with the next version that is another', async () => {
    await inform('1.0.3', 'mcu');
    await progress('35', 'mcu', 'writing');
    await progress('100', 'mcu');
    await inform('1.0.3', 'mcu');
    expect(await kinds()).toEqual(['ota_version', 'uplink', 'uplink']);
    await inform('1.0.4', 'mcu');
    const messages = await published();
    expect(messages.map(({ kind }) => kind)).toEqual(['ota_version', 'ota_result']);
    const { productKey, deviceName } = names();
    expect(messages[1]?.topic).toBe(`/${productKey}/${deviceName}/ota/upgrade`);
    expect(messages[1] && jsonBodyOf(messages[1])).toEqual({
      ...names(),
      status: 'SUCCEEDED',
      messageCreateTime: START_MS,
      srcVersion: '1.0.3',
      destVersion: '1.0.4',
      desc: 'success',
      jobId: '',
      taskId: '',
    });
    await inform('1.0.5', 'mcu');
    expect(await kinds()).toEqual(['ota_version']);
  });

  test.each([['-1'], ['-2'], ['-3'], ['-4'], [-1]])(
    'has failed with step %j, and what was sent passes too',
    async (step) => {
      await inform('1.0.3');
      await progress('35');
      await published();
      await progress(step, undefined, 'checksum');
      const messages = await published();
      expect(messages).toMatchObject([
        { kind: 'uplink', topic: topicOf('progress') },
        { kind: 'ota_result' },
      ]);
      expect(messages[1] && jsonBodyOf(messages[1])).toEqual({
        ...names(),
        status: 'FAILED',
        messageCreateTime: START_MS,
        srcVersion: '1.0.3',
        destVersion: '',
        desc: 'checksum',
        jobId: '',
        taskId: '',
      });
      await inform('1.0.4');
      expect(await kinds()).toEqual(['ota_version']);
    },
  );

  test('of one module is not that of another', async () => {
    await inform('1.0.3');
    await inform('7', 'mcu');
    await progress('35', 'mcu');
    await published();
    await inform('1.0.4');
    expect(await kinds()).toEqual(['ota_version']);
  });

  test('of a device whose version nobody knows fails, but succeeds for nobody', async () => {
    await progress('-2');
    expect(await kinds()).toEqual(['uplink', 'ota_result']);
    await progress('35');
    await inform('1.0.4');
    expect(await kinds()).toEqual(['uplink', 'ota_version']);
  });

  test.each([
    ['no JSON', Buffer.from('35')],
    ['no step', { params: {} }],
    ['a step that is no number', { params: { step: 'half' } }],
    ['an empty step', { params: { step: '' } }],
  ])('whose progress is %s passes as it was sent', async (_, body) => {
    await inform('1.0.3');
    await published();
    await uplink.take(topicOf('progress'), body);
    const [message, ...more] = await published();
    expect(message).toMatchObject({ kind: 'uplink' });
    expect(more).toEqual([]);
  });
});

test('a request for firmware passes as it was sent', async () => {
  await uplink.take(topicOf('request'), { id: '1', params: { version: '1' } });
  expect(await published()).toMatchObject([{ kind: 'uplink', topic: topicOf('request') }]);
});

import { setTimeout as sleep } from 'node:timers/promises';
import RPCClient from '@alicloud/pop-core';
import { expect } from 'vitest';
import type { Demo } from '../../infra/local/demo.ts';

/** Property of the demo product that numbered posts carry. */
const NUMBERED_PROPERTY = 'temperature';

/** Params of a post whose number is its time too, so that it is unique and pages by it. */
export function numberedParams(number: number) {
  return { [NUMBERED_PROPERTY]: { value: (number % 160) - 40, time: number + 1 } };
}

/**
 * Every numbered post that was answered is in the history of its device once, as a server reads it
 * through the OpenAPI. `answered` gives the device of each number.
 */
export async function expectRecordedOnce(
  endpoint: string,
  demo: Demo,
  answered: ReadonlyMap<number, string>,
): Promise<void> {
  const { accessKeyId, accessKeySecret, productKey } = demo;
  const client = new RPCClient({
    accessKeyId,
    accessKeySecret,
    endpoint,
    apiVersion: '2018-01-20',
  });
  await waitUntilDrained(endpoint);
  const byDevice = new Map<string, number[]>();
  for (const [number, name] of answered)
    byDevice.set(name, [...(byDevice.get(name) ?? []), number]);
  for (const [deviceName, numbers] of byDevice) {
    const times = await readTimes(client, { productKey, deviceName });
    const known = new Set(times);
    expect(known.size, `${deviceName}: none twice`).toBe(times.length);
    const missing = numbers.filter((number) => !known.has(number + 1));
    expect(missing, `${deviceName}: none missing`).toEqual([]);
  }
}

async function readTimes(
  client: RPCClient,
  name: { productKey: string; deviceName: string },
): Promise<number[]> {
  const times: number[] = [];
  let start = 0;
  for (;;) {
    const query = {
      ...name,
      Identifier: NUMBERED_PROPERTY,
      StartTime: start,
      EndTime: 1e12,
      Asc: 1,
      PageSize: 50,
    };
    const { Data } = await client.request<{
      Data: { List: { PropertyInfo: { Time: string }[] }; NextValid: boolean; NextTime: number };
    }>('QueryDevicePropertyData', query, { method: 'POST' });
    times.push(...Data.List.PropertyInfo.map(({ Time }) => Number(Time)));
    if (!Data.NextValid) return times;
    start = Number(Data.NextTime);
  }
}

async function waitUntilDrained(endpoint: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const metrics = await (await fetch(`${endpoint}/metrics`)).text();
    if (/^mooring_bus_backlog_messages\{consumer="thing-recorder"\} 0$/m.test(metrics)) return;
    await sleep(100);
  }
  throw new Error('the recorder did not catch up within a minute');
}

import { expect } from 'vitest';
import type { ApiDevice } from './api-device.ts';
import type { Params, TestApi } from './openapi.ts';

const number = (identifier: string, accessMode = 'rw') => ({
  identifier,
  name: identifier,
  accessMode,
  required: false,
  dataType: { type: 'int', specs: { min: '0', max: '100' } },
});

const service = (identifier: string, callType: 'sync' | 'async') => ({
  identifier,
  name: identifier,
  required: false,
  callType,
  method: `thing.service.${identifier}`,
  inputData: [number('delay')].map(({ accessMode: _, required: __, ...input }) => input),
  outputData: [],
});

/** What a server can set and call: `Level`, `Quiet` write-only and `Temp` read-only; `Reset` async, `Measure` sync. */
export async function importControls(
  api: TestApi,
  { ProductKey }: ApiDevice,
  params: Params = {},
): Promise<void> {
  const TslStr = JSON.stringify({
    profile: { productKey: ProductKey },
    properties: [number('Level'), number('Quiet', 'w'), number('Temp', 'r')],
    events: [],
    services: [service('Reset', 'async'), service('Measure', 'sync')],
  });
  const { body } = await api.call('ImportThingModelTsl', { ProductKey, TslStr, ...params });
  expect(body).toMatchObject({ Success: true });
}

/** What went down to devices. */
export const requestsSent = (api: TestApi) =>
  api.downlink.published.map(({ topic, payload }) => ({
    topic,
    body: JSON.parse(Buffer.from(payload).toString()),
  }));

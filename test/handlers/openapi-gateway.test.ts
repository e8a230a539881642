import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { createHandler } from '../../functions/openapi/handler.ts';
import {
  EMPTY_REQUEST,
  openTestApi,
  signedQuery,
  type TestApi,
  toQuery,
} from '../support/openapi.ts';

let api: TestApi;

beforeEach(async () => {
  api = await openTestApi();
});

const product = { NodeType: 0, ProductName: 'Test product' };

describe('the gateway', () => {
  test('takes a call once, whichever instance it comes to first', async () => {
    const newRequestId = () => randomUUID().toUpperCase();
    const other = createHandler({ parts: { ...api.registry }, log: api.log, newRequestId });
    const query = toQuery(signedQuery('CreateProduct', product, api.clock.nowMs));
    const handlers = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? api.handler : other));
    const replies = await Promise.all(
      handlers.map((handler) => handler({ ...EMPTY_REQUEST, query })),
    );
    const outcomes = replies.map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'success')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'nonce-reused')).toHaveLength(19);
    const listed = await api.call('QueryProductList', { CurrentPage: 1, PageSize: 10 });
    expect(listed.body['Data']).toMatchObject({ Total: 1 });
  });

  test('passes over parameters that an action does not know', async () => {
    const strange = {
      IotInstanceId: 'iot-060a',
      ResourceGroupId: 'rg',
      Colour: 'blue',
      'A.1.B': 1,
    };
    const { body } = await api.call('CreateProduct', { ...product, ...strange });
    expect(body).toMatchObject({ Success: true, Data: { ProductName: 'Test product' } });
  });

  test.each([
    { params: { ProductName: 'Test product' }, status: 400, code: 'MissingParameter' },
    { params: { NodeType: 0, ProductName: '' }, status: 200, code: 'iot.prod.NullProductName' },
  ])('or the product behind it refuses a parameter that is missing: $code', async (refused) => {
    const reply = await api.call('CreateProduct', refused.params);
    expect({ status: reply.status, code: reply.body.Code }).toEqual({
      status: refused.status,
      code: refused.code,
    });
  });

  test('refuses a number that is none, in its own envelope', async () => {
    const { status, body } = await api.call('QueryDeviceByStatus', {
      ProductKey: 'a1',
      Status: 'many',
    });
    expect(status).toBe(400);
    expect(body).toEqual({
      RequestId: expect.stringMatching(/^[0-9A-F-]{36}$/),
      HostId: 'iot.test',
      Code: 'InvalidParameter',
      Message: 'The parameter Status is not valid: one of 0, 1, 3, 8.',
    });
  });

  test('says of an action that there is none, in its own envelope', async () => {
    expect(await api.call('MakeCoffee')).toEqual({
      status: 404,
      body: {
        RequestId: expect.any(String),
        HostId: 'iot.test',
        Code: 'InvalidAction.NotFound',
        Message: 'Specified api is not found, please check your url and method.',
      },
    });
  });
});

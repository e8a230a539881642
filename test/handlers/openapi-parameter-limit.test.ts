import { expect, test } from 'vitest';
import { openTestApi, signedQuery, toQuery } from '../support/openapi.ts';

const form = { 'content-type': 'application/x-www-form-urlencoded', host: 'iot.test' };
const refused = {
  status: 400,
  body: { Code: 'IncompleteSignature', Message: 'more than 4000 parameters' },
};

/** A signed call of exactly so many parameters. */
function callOf(count: number, atMs: number): string {
  const signed = Object.keys(signedQuery('QueryProduct', {}, atMs)).length;
  const extras = Array.from({ length: count - signed }, (_, at) => [`Extra.${at}`, '1']);
  return toQuery(signedQuery('QueryProduct', Object.fromEntries(extras), atMs));
}

test('4000 parameters are read and their signature is checked', async () => {
  const api = await openTestApi();
  const reply = await api.send({ query: callOf(4000, api.clock.nowMs) });
  expect(reply.body.Code).toBe('iot.prod.NullProductKey');
});

test('one more is refused', async () => {
  const api = await openTestApi();
  expect(await api.send({ query: callOf(4001, api.clock.nowMs) })).toMatchObject(refused);
});

test('100,000 in a form are refused before they are read', async () => {
  const api = await openTestApi();
  const body = Buffer.from('&a=1'.repeat(100_000));
  expect(await api.send({ method: 'POST', headers: form, body })).toMatchObject(refused);
});

test('query and form count together, in either style of signature', async () => {
  const api = await openTestApi();
  const half = '&a=1'.repeat(2000);
  for (const headers of [form, { ...form, authorization: 'ACS3-HMAC-SHA256 x' }]) {
    const request = { method: 'POST', headers, query: half, body: Buffer.from(half) };
    expect(await api.send(request)).toMatchObject(refused);
  }
});

import { expect, test } from 'vitest';
import { carriesHookToken } from '../../../../../shared/core/mqtt/hook-token.ts';

const TOKEN = 'hook-token-01';

test.each([
  { headers: { 'x-mooring-hook-token': TOKEN }, query: '' },
  { headers: { authorization: `Bearer ${TOKEN}` }, query: '' },
  { headers: { authorization: `bearer ${TOKEN}` }, query: '' },
  { headers: {}, query: `token=${TOKEN}` },
  { headers: {}, query: `a=b&token=${TOKEN}` },
])('a call with $headers and "$query" carries the token', (request) => {
  expect(carriesHookToken(request, TOKEN)).toBe(true);
});

test.each([
  { headers: {}, query: '' },
  { headers: { 'x-mooring-hook-token': '' }, query: '' },
  { headers: { 'x-mooring-hook-token': `${TOKEN}x` }, query: '' },
  { headers: { authorization: TOKEN }, query: '' },
  { headers: { authorization: `Basic ${TOKEN}` }, query: '' },
  { headers: {}, query: 'token=other' },
  { headers: { 'x-mooring-hook-token': 'other' }, query: `token=${TOKEN}` },
])('a call with $headers and "$query" does not', (request) => {
  expect(carriesHookToken(request, TOKEN)).toBe(false);
});

test('any call does where no token is configured', () => {
  expect(carriesHookToken({ headers: {}, query: '' }, undefined)).toBe(true);
});

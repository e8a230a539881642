import { describe, expect, test } from 'vitest';
import { readApiRequest } from '../../../../../shared/core/shadow/api-request.ts';

const AT_MS = 1_700_000_000_000;

function outcomeOf(message: unknown, isDelta = false) {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  const read = readApiRequest(text, { isDelta, atMs: AT_MS });
  if (read.ok) return read.value;
  return read.failure.kind === 'shadow-refused' ? read.failure.apiCode : read.failure;
}

const update = (state: unknown, version: unknown = 2) => ({ method: 'update', state, version });
const many = Object.fromEntries(Array.from({ length: 129 }, (_, n) => [`a${n}`, n]));
const deep = { a: { b: { c: { d: { e: { f: 1 } } } } } };

describe('a change by the API', () => {
  test('takes the place of all that was desired, unless it is a delta', () => {
    const values = { color: 'green' };
    const made = { kind: 'change', from: 'api', version: 2, atMs: AT_MS };
    expect(outcomeOf(update({ desired: values }))).toEqual({
      ...made,
      desired: { kind: 'replace', values },
    });
    expect(outcomeOf(update({ desired: values }), true)).toEqual({
      ...made,
      desired: { kind: 'merge', values },
    });
  });

  test('merges what is reported in either case, and clears what is the text null', () => {
    expect(outcomeOf(update({ reported: { a: 'null' }, desired: 'null' }))).toMatchObject({
      reported: { kind: 'merge', values: { a: 'null' } },
      desired: { kind: 'clear' },
    });
  });

  test.each([
    ['ShadowMessageIsNotJson', 'no JSON'],
    ['ShadowMessageIsNotJson', '[]'],
    ['ShadowMessageLengthIsLarge', `{"a":"${'é'.repeat(8 * 1024)}"}`],
    ['NotFoundMethodInShadowMessage', { state: {} }],
    ['MethodValueIsNotUpdate', { method: 'get' }],
    ['NotFoundStateInShadowMessage', { method: 'update', version: 2 }],
    ['NotFoundVersionOrNullVersionValue', { method: 'update', state: { desired: { a: 1 } } }],
    ['NotFoundVersionOrNullVersionValue', update({ desired: { a: 1 } }, null)],
    ['InvalidVersionValueInShadowMessage', update({ desired: { a: 1 } }, 'x')],
    ['NotFoundDesireInShadowMessage', update({})],
    ['DesireValueIsNullInShadowMessage', update({ desired: null })],
    ['DesireInfoInShadowMessageIsNotJson', update({ desired: 'green' })],
    ['DesireInfoInShadowMessageIsNotJson', update({ desired: deep })],
    ['NoneElementInDesire', update({ desired: {} })],
    ['ElementKeyOrValueIsNullInDesire', update({ desired: { a: { b: null } } })],
    ['ElementKeyOrValueIsNullInDesire', update({ desired: { '': 1 } })],
    ['TooManyElementInDesire', update({ desired: many })],
    ['NotFoundReportInShadowMessage', update({ reported: null })],
    ['ReportInShadowMessageIsNotJson', update({ reported: 3 })],
    ['NoneElementInReport', update({ reported: {} })],
    ['ElementKeyOrValueIsNullInReport', update({ reported: { a: null } })],
    ['TooManyElementInReport', update({ reported: many })],
  ])('is refused with %s: %j', (code, message) => {
    expect(outcomeOf(message)).toBe(code);
  });
});

import { expect, test } from 'vitest';
import { refuseMismatch } from '../../../../../shared/core/signing/refuse-mismatch.ts';

const mismatch = (stringToSign: string) => ({ ok: false, reason: 'why', stringToSign }) as const;

test('a mismatch is refused with its reason and what should have been signed', () => {
  const { failure } = refuseMismatch(mismatch('clientIdc'), { clientId: 'c' });
  expect(failure).toEqual({
    kind: 'signature-mismatch',
    reason: 'why',
    stringToSign: 'clientIdc',
  });
});

test('what should have been signed is cut to 512 characters', () => {
  const { failure } = refuseMismatch(mismatch('x'.repeat(600)));
  expect(failure).toMatchObject({ stringToSign: 'x'.repeat(512) });
});

test.each(['deviceSecret', 'PASSWORD'])('a submitted %s is kept out of it', (name) => {
  const { failure } = refuseMismatch(mismatch(`${name}hidden`), { [name]: 'hidden' });
  expect(JSON.stringify(failure)).not.toContain('hidden');
});

import { randomBytes } from 'node:crypto';
import {
  type CertificateFields,
  certificateContent,
  verifyCertificateSign,
} from '../../shared/core/signing/certificate-sign.ts';
import { hmac } from '../../shared/core/signing/hmac.ts';
import {
  type RegisterFields,
  registerContent,
  verifyRegisterSign,
} from '../../shared/core/signing/register-sign.ts';
import { parseSignMethod, type SignMethod } from '../../shared/core/signing/sign-method.ts';
import type { Verification } from '../../shared/core/signing/verification.ts';
import { type CommandContext, UsageError } from './command.ts';
import { requireOption } from './options.ts';

const TEXT = { type: 'string' } as const;

/** Of `mooring sign --product-secret`. */
export const PRODUCT_SECRET_OPTIONS = {
  'product-key': TEXT,
  'product-secret': TEXT,
  'device-name': TEXT,
  'device-id': TEXT,
  random: TEXT,
  timestamp: TEXT,
  method: TEXT,
  sign: TEXT,
} as const;

type Values = { [Name in keyof typeof PRODUCT_SECRET_OPTIONS]?: string | undefined };

/** What a device without a secret sends: its content, its request, and the judgement of a given sign. */
type Signing = {
  content: string;
  request(signed: Signed): readonly [name: string, body: string];
  verify(signed: Signed, productSecret: string): Verification;
};

type Signed = { sign: string; signMethod: SignMethod };

/** Prints what is signed, or judges `--sign`. Resolves to the exit code. */
export async function signWithProductSecret(
  values: Values,
  { terminal }: CommandContext,
): Promise<number> {
  const given = requireOption(values['product-secret'], 'product-secret');
  const signMethod = methodOf(values.method);
  const signing = signingOf(values);
  const productSecret = given === '-' ? (await terminal.readInput()).trim() : given;
  const sign = hmac(signMethod, productSecret, signing.content).toString('hex');
  const lines = [
    ['content', signing.content],
    ['method', signMethod],
    ['sign', sign],
    signing.request({ sign, signMethod }),
  ];
  const judged = values.sign && signing.verify({ sign: values.sign, signMethod }, productSecret);
  if (judged) lines.push(['given sign', judged.ok ? 'right' : `wrong: ${judged.reason}`]);
  terminal.out(lines.map(([name = '', text]) => `${name.padEnd(NAME_WIDTH)} ${text}\n`).join(''));
  return judged && !judged.ok ? 1 : 0;
}

const NAME_WIDTH = 'POST /auth/register/device'.length;
const RANDOM_BYTES = 8;

function methodOf(text = 'hmacsha256'): SignMethod {
  const method = parseSignMethod(text);
  if (method) return method;
  throw new UsageError('--method is not right: hmacmd5, hmacsha1 or hmacsha256.');
}

function signingOf(values: Values): Signing {
  const productKey = requireOption(values['product-key'], 'product-key');
  const random = values.random ?? randomBytes(RANDOM_BYTES).toString('hex');
  const { timestamp, 'device-id': deviceId } = values;
  if (deviceId === undefined) {
    if (timestamp !== undefined) throw new UsageError('A registration has no --timestamp.');
    const deviceName = requireOption(values['device-name'], 'device-name');
    return registration({ productKey, deviceName, random });
  }
  return certificate({ deviceId, random, ...(timestamp && { timestamp }) }, productKey);
}

function registration(fields: RegisterFields): Signing {
  return {
    content: registerContent(fields),
    request: (signed) => [
      'POST /auth/register/device',
      new URLSearchParams({ ...fields, ...signed }).toString(),
    ],
    verify: (signed, productSecret) => verifyRegisterSign({ ...fields, ...signed }, productSecret),
  };
}

/** The product stands in the path, where it is not signed. */
function certificate(fields: CertificateFields, productKey: string): Signing {
  return {
    content: certificateContent(fields),
    request: (signed) => [
      `POST /certificate/${productKey}`,
      JSON.stringify({ ...fields, ...signed }),
    ],
    verify: (signed, productSecret) =>
      verifyCertificateSign({ ...fields, ...signed }, productSecret),
  };
}

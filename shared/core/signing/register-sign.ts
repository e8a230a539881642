import { hmac } from './hmac.ts';
import { parseSignMethod, type SignMethod } from './sign-method.ts';
import { type Verification, verifyClaim } from './verification.ts';

/** What a device that has no secret yet signs with its product's (protocol.md 2.1, 3.6). */
export type RegisterFields = Readonly<{ deviceName: string; productKey: string; random: string }>;

export type RegisterSignFields = RegisterFields &
  Readonly<{ sign: string; signMethod?: string | undefined }>;

/** The sign of a dynamic registration in lower-case hex, over HTTP and MQTT alike. */
export function registerSign(
  fields: RegisterFields,
  method: SignMethod,
  productSecret: string,
): string {
  return hmac(method, productSecret, registerContent(fields)).toString('hex');
}

/** Checks the sign of a dynamic registration. */
export function verifyRegisterSign(
  fields: RegisterSignFields,
  productSecret: string,
): Verification {
  return verifyClaim(
    {
      sign: fields.sign,
      method: parseSignMethod(fields.signMethod),
      content: registerContent(fields),
      alternatives: () => [],
    },
    productSecret,
  );
}

export function registerContent({ deviceName, productKey, random }: RegisterFields): string {
  return `deviceName${deviceName}productKey${productKey}random${random}`;
}

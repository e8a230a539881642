import { parseSignMethod } from './sign-method.ts';
import { type Verification, verifyClaim } from './verification.ts';

/** What a device that asks for its certificate signs with its product's secret. */
export type CertificateFields = Readonly<{
  deviceId: string;
  /** Only if the body names it; one in the path is not signed. */
  productKey?: string | undefined;
  random: string;
  /** As it was sent: digits. */
  timestamp?: string | undefined;
}>;

type CertificateSignFields = CertificateFields &
  Readonly<{ sign: string; signMethod?: string | undefined }>;

/** Checks the sign of a certificate request, hmacsha256 unless it names another method. */
export function verifyCertificateSign(
  fields: CertificateSignFields,
  productSecret: string,
): Verification {
  return verifyClaim(
    {
      sign: fields.sign,
      method: parseSignMethod(fields.signMethod ?? 'hmacsha256'),
      content: certificateContent(fields),
      alternatives: () => [],
    },
    productSecret,
  );
}

/**
 * Whether the content that was signed can be read in one way only. Names and values stand there
 * without anything between (protocol.md 0.1), so the content of random `1` with timestamp `2` is that of
 * random `1timestamp2` without one: somebody who has seen the first could send the second, which is
 * new as a random and has no age. No value may hold the name of a field that follows.
 */
export function isUnambiguous({ deviceId, productKey = '', random }: CertificateFields): boolean {
  return (
    !/productKey|random|timestamp/.test(deviceId) &&
    !/random|timestamp/.test(productKey) &&
    !random.includes('timestamp')
  );
}

/** The fields stand in ASCII order. */
export function certificateContent(fields: CertificateFields): string {
  const { deviceId, productKey, random, timestamp } = fields;
  let content = `deviceId${deviceId}`;
  if (productKey !== undefined) content += `productKey${productKey}`;
  content += `random${random}`;
  if (timestamp !== undefined) content += `timestamp${timestamp}`;
  return content;
}

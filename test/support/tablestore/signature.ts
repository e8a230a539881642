import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Refused } from './refused.ts';

export type Account = {
  instance: string;
  accessKeyId: string;
  accessKeySecret: string;
  /** Of temporary credentials. */
  securityToken?: string;
};

const API_VERSION = '2015-12-31';
const REQUIRED = ['date', 'apiversion', 'instancename', 'accesskeyid', 'contentmd5', 'signature'];
const LONGEST_SKEW_MS = 15 * 60 * 1000;

type Call = { path: string; headers: IncomingHttpHeaders; body: Uint8Array };

/** @throws Refused unless the account itself sent the call, now, as it is. */
export function checkCall(account: Account, { path, headers, body }: Call): void {
  const header = (name: string): string => String(headers[`x-ots-${name}`] ?? '');
  for (const name of REQUIRED) {
    if (header(name) === '')
      throw new Refused(400, 'OTSMissingHeader', `Missing header: x-ots-${name}.`);
  }
  const denied = (message: string): Refused => new Refused(403, 'OTSAuthFailed', message);
  if (header('apiversion') !== API_VERSION) throw denied('Unknown version.');
  if (header('instancename') !== account.instance) throw denied('The instance does not exist.');
  if (header('accesskeyid') !== account.accessKeyId)
    throw denied('The AccessKey ID does not exist.');
  if (header('ststoken') !== (account.securityToken ?? '')) throw denied('The token is invalid.');
  const skewMs = Math.abs(Date.now() - Date.parse(header('date')));
  if (!(skewMs <= LONGEST_SKEW_MS)) throw denied('Mismatch between system time and x-ots-date.');
  if (header('contentmd5') !== createHash('md5').update(body).digest('base64')) {
    throw denied('Mismatch between MD5 value of request body and x-ots-contentmd5.');
  }
  if (!isEqual(header('signature'), sign(account.accessKeySecret, path, headers))) {
    throw denied('Signature mismatch.');
  }
}

function sign(secret: string, path: string, headers: IncomingHttpHeaders): string {
  const signed = Object.entries(headers)
    .filter(([name]) => name.startsWith('x-ots-') && name !== 'x-ots-signature')
    .map(([name, value]) => `${name}:${String(value).trim()}\n`)
    .sort()
    .join('');
  return createHmac('sha1', secret).update(`${path}\nPOST\n\n${signed}`).digest('base64');
}

function isEqual(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

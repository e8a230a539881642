import type { Credentials, CredentialsSource } from '../ports/credentials.ts';
import { ConfigError } from './config.ts';
import { isRecord, textOf } from './event-parts.ts';

/**
 * Of the process and not of a function's parts: Function Compute hands new ones over with a call, and
 * whoever was opened at an earlier call has to use them.
 */
let latest: Credentials | undefined;

/**
 * Keeps the credentials of the function's role from the context of a call, `(event, context)` or
 * `(req, resp, context)` (protocol.md 11.1, 11.2). A context without them changes nothing.
 */
export function noteRoleCredentials(context: unknown): void {
  const given = isRecord(context) ? context['credentials'] : undefined;
  if (!isRecord(given)) return;
  const accessKeyId = textOf(given['accessKeyId']);
  const accessKeySecret = textOf(given['accessKeySecret']);
  const securityToken = textOf(given['securityToken']);
  if (accessKeyId === '' || accessKeySecret === '' || securityToken === '') return;
  latest = { accessKeyId, accessKeySecret, securityToken };
}

/**
 * An access key of the environment wins over the role. Temporary ones of the environment do not: they
 * are the role's own at the start of the process, and expire.
 * @throws ConfigError where there are neither.
 */
export function aliyunCredentials(aliyun: Partial<Credentials>): CredentialsSource {
  const configured = completeOf(aliyun);
  return () => {
    const isLasting = configured !== undefined && configured.securityToken === undefined;
    const credentials = isLasting ? configured : (latest ?? configured);
    if (credentials) return credentials;
    throw new ConfigError(NO_CREDENTIALS);
  };
}

const NO_CREDENTIALS =
  'there are no credentials for Alibaba Cloud: set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or give the function a role';

function completeOf({
  accessKeyId,
  accessKeySecret,
  securityToken,
}: Partial<Credentials>): Credentials | undefined {
  if (!accessKeyId || !accessKeySecret) return undefined;
  return { accessKeyId, accessKeySecret, ...(securityToken && { securityToken }) };
}

import { type Credentials, type CredentialsSource, isSameKey } from '../../ports/credentials.ts';

/** Where Function Compute is, and who calls it. */
export type FcAccess = {
  accountId: string;
  region: string;
  /** Of another network or a test; undefined: the public one of account and region. */
  endpoint?: string;
  credentials: CredentialsSource;
  /** Of one call. */
  timeoutMs: number;
};

/** Makes a client anew whenever the credentials are others, as those of a role become. */
export function clientByKey<Client>(
  source: CredentialsSource,
  open: (credentials: Credentials) => Promise<Client>,
): () => Promise<Client> {
  let known: { credentials: Credentials; client: Promise<Client> } | undefined;
  return async () => {
    const credentials = await source();
    if (!known || !isSameKey(known.credentials, credentials)) {
      known = { credentials, client: open(credentials) };
    }
    return known.client;
  };
}

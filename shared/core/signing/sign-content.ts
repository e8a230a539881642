/** What nearly every device signs. `timestamp` takes part only where the client sent one. */
export type SignedIdentity = Readonly<{
  clientId: string;
  deviceName: string;
  productKey: string;
  regionId?: string | undefined;
  timestamp?: string | undefined;
}>;

const NONE: ReadonlySet<string> = new Set();

/** Fields sorted by name, each written as name and value with nothing between (protocol.md 0.1). */
export function signContent(
  fields: Readonly<Record<string, string>>,
  except: ReadonlySet<string> = NONE,
): string {
  const names = Object.keys(fields).filter((name) => !except.has(name));
  let content = '';
  for (const name of names.sort()) content += `${name}${fields[name]}`;
  return content;
}

/** `signContent` of these fields without the sort: they stand in ASCII order (protocol.md 0.2). */
export function identityContent(identity: SignedIdentity): string {
  const { clientId, deviceName, productKey, regionId, timestamp } = identity;
  let content = `clientId${clientId}deviceName${deviceName}productKey${productKey}`;
  if (regionId !== undefined) content += `regionId${regionId}`;
  if (timestamp !== undefined) content += `timestamp${timestamp}`;
  return content;
}

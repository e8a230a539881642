import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiAccess, CliConfig } from '../../shared/runtime/cli-config.ts';
import { isErrno } from '../../shared/runtime/errno.ts';
import { CommandError, UsageError } from './command.ts';

/** Each part from the options, else from the environment, else from the data folder's demo.json. */
export function resolveApiAccess(options: ApiAccess, config: CliConfig): Required<ApiAccess> {
  const given = { ...pick(config), ...options };
  const demo = isComplete(given) ? {} : readDemo(config.dataDir);
  const access = { ...demo, ...given };
  if (!isComplete(access)) {
    const absent = ACCESS_OPTIONS.find(([name]) => access[name] === undefined)?.[1];
    throw new CommandError(
      `--${absent} is not given, and ${join(config.dataDir, 'demo.json')} does not have it either. Give --endpoint, --access-key-id and --access-key-secret (or MOORING_ENDPOINT, MOORING_ACCESS_KEY_ID and MOORING_ACCESS_KEY_SECRET), or run npm start in this folder first.`,
    );
  }
  return access;
}

/** @throws UsageError for what is no address of a server. */
export function refuseOddEndpoint(endpoint: string): void {
  if (/^https?:\/\/[^/]+\/?$/.test(endpoint)) return;
  throw new UsageError(
    `The endpoint "${endpoint}" is not of the form http://host:port or https://host.`,
  );
}

const ACCESS_OPTIONS = [
  ['endpoint', 'endpoint'],
  ['accessKeyId', 'access-key-id'],
  ['accessKeySecret', 'access-key-secret'],
] as const satisfies readonly (readonly [keyof ApiAccess, string])[];

function isComplete(access: ApiAccess): access is Required<ApiAccess> {
  return ACCESS_OPTIONS.every(([name]) => access[name] !== undefined);
}

function pick({ endpoint, accessKeyId, accessKeySecret }: ApiAccess): ApiAccess {
  return {
    ...(endpoint && { endpoint }),
    ...(accessKeyId && { accessKeyId }),
    ...(accessKeySecret && { accessKeySecret }),
  };
}

/** Empty where there is no such file. */
function readDemo(dataDir: string): ApiAccess {
  const path = join(dataDir, 'demo.json');
  try {
    return pick(decodeDemo(JSON.parse(readFileSync(path, 'utf8'))));
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) return {};
    // Not the parser's own words: they quote the text, and it holds secrets.
    throw new CommandError(`${path} cannot be read, or is not what npm start writes.`, { cause });
  }
}

function decodeDemo(content: unknown): ApiAccess {
  const text = (holder: unknown, name: string) => {
    const value: unknown =
      typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : undefined;
    return typeof value === 'string' ? value : '';
  };
  const endpoints: unknown =
    typeof content === 'object' && content !== null ? Reflect.get(content, 'endpoints') : undefined;
  return {
    endpoint: text(endpoints, 'http'),
    accessKeyId: text(content, 'accessKeyId'),
    accessKeySecret: text(content, 'accessKeySecret'),
  };
}

import { CommandError } from './command.ts';

/** What `settings` of the environment tell where the store is. */
type Named = { service: string; settings: string };

/**
 * Rejects with a CommandError where the service or the way to it fails: such errors say what is wrong
 * and have no stack that would help. Everything else is a bug and stays as it is.
 */
export async function explainStoreFaults<T>(
  { service, settings }: Named,
  work: Promise<T>,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const said = saidBy(error);
    if (said === undefined) throw error;
    const text = said.startsWith(service) ? said : `${service}: ${said}`;
    throw new CommandError(
      `${text.replace(/\.+$/, '')}. Check ${settings}: see docs/operations.md.`,
      { cause: error },
    );
  }
}

function saidBy(error: unknown): string | undefined {
  if (!(error instanceof Error) || error instanceof CommandError) return undefined;
  if (NO_PLACE.test(error.message)) return error.message;
  // The SDK's own words are of its inside.
  if (error.name === 'TimeoutError') return 'no answer in time';
  if (isOfService(error)) return `${error.name} ${error.message}`.trim();
  return hasCode(error) || isOfService(error.cause) ? error.message : undefined;
}

/** What the AWS SDK says of an environment that lacks something. */
const NO_PLACE = /^Region is missing|^Could not load credentials/;

/** The AWS SDK's: an answer of the service. */
function isOfService(error: unknown): boolean {
  return error instanceof Error && '$fault' in error;
}

/** Of the network, or a TablestoreError; not of a file that the command has beside the store. */
function hasCode(error: Error): boolean {
  if (!('code' in error) || typeof error.code !== 'string') return false;
  return !error.code.startsWith('ERR_') && !FILE_CODES.has(error.code);
}

const FILE_CODES: ReadonlySet<string> = new Set([
  'EACCES',
  'EDQUOT',
  'EEXIST',
  'EFBIG',
  'EIO',
  'EISDIR',
  'EMFILE',
  'ENOENT',
  'ENOSPC',
  'ENOTDIR',
  'EPERM',
  'EROFS',
]);

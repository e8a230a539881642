import { readFileSync } from 'node:fs';
import { isPopError } from '../../shared/adapters/aliyun/pop-outcome.ts';
import type { ApiAccess } from '../../shared/runtime/cli-config.ts';
import { ACTIONS } from './actions.ts';
import { refuseOddEndpoint, resolveApiAccess } from './api-access.ts';
import { type CommandContext, CommandError, UsageError } from './command.ts';
import { DATA_DIR_OPTION, folderConfig } from './folder.ts';
import { suggestion } from './nearest.ts';
import { type OptionTable, parseOptions, refusePositionals } from './options.ts';
import { printJson } from './print-json.ts';
import { describeRefusal } from './refusal.ts';

export const ACTION_USAGE = `Usage: mooring <Action> [--Param value ...] [options]

Calls an action of the OpenAPI, product Iot of version 2018-01-20, and prints the answer as JSON.
Parameters begin with a capital letter: mooring QueryDevice --ProductKey a1xxxxxxxxx --PageSize 50
A parameter that is given twice is sent as a list; of a list with one value, give --Name.1. A value of
the form @file is the content of that file; @@ at the beginning stands for one @.

  --endpoint URL             https://iot.cn-shanghai.aliyuncs.com calls Alibaba Cloud
  --access-key-id ID
  --access-key-secret KEY    better in MOORING_ACCESS_KEY_SECRET, out of the shell's history
  --data-dir DIR             the data folder (default: MOORING_DATA_DIR, else .mooring)

What the options leave out is taken from MOORING_ENDPOINT, MOORING_ACCESS_KEY_ID and
MOORING_ACCESS_KEY_SECRET, and what these leave out from demo.json in the data folder. The exit code
is 0 for an answer, 1 for a refusal or a fault, 2 for a wrong command line.
`;

const API_VERSION = '2018-01-20';
const TIMEOUT_MS = 15_000;

/** Any action will do, since the endpoint may be Alibaba Cloud's. */
export async function callAction(
  action: string,
  args: readonly string[],
  { terminal, readConfig }: CommandContext,
): Promise<number> {
  const call = readCall(args);
  const access = resolveApiAccess(call.access, folderConfig(readConfig(), call.dataDir));
  refuseOddEndpoint(access.endpoint);
  try {
    terminal.out(`${printJson(await request(action, call.parameters, access))}\n`);
    return 0;
  } catch (error) {
    if (!isPopError(error)) throw unreachable(access.endpoint, error);
    terminal.err(describeRefusal(error, { action, ...access }));
    return 1;
  }
}

/** Loads the client only here: it takes longer to load than most commands to run. */
async function request(
  action: string,
  parameters: Parameters,
  access: Required<ApiAccess>,
): Promise<unknown> {
  const { default: RpcClient } = await import('@alicloud/pop-core');
  const client = new RpcClient({ ...access, apiVersion: API_VERSION });
  // A thing model does not fit into a query string.
  const options = { method: 'POST', timeout: TIMEOUT_MS, formatAction: false };
  return client.request<unknown>(action, parameters, options);
}

type Parameters = Readonly<Record<string, string | readonly string[]>>;

type ReadCall = { access: ApiAccess; dataDir: string | undefined; parameters: Parameters };

function readCall(args: readonly string[]): ReadCall {
  const options = { ...OWN_OPTIONS, ...parameterTable(args) };
  const { values, positionals } = parseOptions(args, options, PARAMETER_RULE);
  refusePositionals(positionals);
  const {
    endpoint,
    'access-key-id': accessKeyId,
    'access-key-secret': accessKeySecret,
    'data-dir': dataDir,
    ...sent
  } = values;
  const access = {
    ...(endpoint && { endpoint }),
    ...(accessKeyId && { accessKeyId }),
    ...(accessKeySecret && { accessKeySecret }),
  };
  return { access, dataDir, parameters: decodeParameters(sent) };
}

const OWN_OPTIONS = {
  ...DATA_DIR_OPTION,
  endpoint: { type: 'string' },
  'access-key-id': { type: 'string' },
  'access-key-secret': { type: 'string' },
} as const;

/** Declares the parameters that are there, for strict parsing to know them: `Tag.1.Key` is one too. */
function parameterTable(args: readonly string[]): OptionTable {
  const names = args.flatMap((arg) => PARAMETER.exec(arg)?.[1] ?? []);
  return Object.fromEntries(names.map((name) => [name, { type: 'string', multiple: true }]));
}

const PARAMETER_RULE = ' Parameters begin with a capital letter.';

const PARAMETER = /^--([A-Z][A-Za-z0-9_.]*)(?:=|$)/s;

function decodeParameters(sent: Readonly<Record<string, unknown>>): Parameters {
  const entries = Object.entries(sent).flatMap(([name, values]) => {
    if (!Array.isArray(values)) return [];
    const texts = values.map((value) => readValue(name, String(value)));
    const [only] = texts;
    return [[name, texts.length === 1 && only !== undefined ? only : texts] as const];
  });
  return Object.fromEntries(entries);
}

function readValue(name: string, value: string): string {
  if (!value.startsWith('@')) return value;
  if (value.startsWith('@@')) return value.slice(1);
  const path = value.slice(1);
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UsageError(
      `--${name} names the file ${path}, which cannot be read. A value that begins with @ itself is written @@.`,
      { cause },
    );
  }
}

function unreachable(endpoint: string, cause: unknown): CommandError {
  const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
  const said = isSyntaxError(cause) ? 'did not answer in JSON' : 'cannot be reached';
  return new CommandError(
    `${endpoint} ${said}${code}. Is it running (npm start), and is this its address?`,
    { cause },
  );
}

/** json-bigint throws a plain object of that name. */
function isSyntaxError(cause: unknown): boolean {
  return (
    typeof cause === 'object' && cause !== null && Reflect.get(cause, 'name') === 'SyntaxError'
  );
}

/** For a first word that is neither a command nor looks like an action. */
export function suggestAction(name: string, commands: readonly string[]): string {
  return suggestion(name, [...commands, ...Object.keys(ACTIONS)]);
}

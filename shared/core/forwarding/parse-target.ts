import { ok, type Refusal, type Result, refuse } from '../../model/failure.ts';
import type { FunctionTarget } from '../../model/forwarding.ts';

/** What each kind of target is written like. */
export const TARGET_FORMS = 'fc3:FUNCTION, fc2:SERVICE/FUNCTION, lambda:FUNCTION or an http(s) URL';

/**
 * Reads `fc3:report`, `fc2:iot/report`, `lambda:report` and URLs. Refuses `invalid-parameter`, which
 * never shows a URL: it may have a password in it.
 */
export function parseTarget(text: string, qualifier: string | null): Result<FunctionTarget> {
  if (/^https?:/i.test(text)) return parseUrl(text, qualifier);
  const [, kind = '', name = ''] = /^([^:]*):(.*)$/s.exec(text) ?? [];
  if (qualifier !== null && !QUALIFIER.test(qualifier)) {
    return invalid('qualifier', 'a qualifier has 1 to 128 letters, digits, $, _ and -');
  }
  switch (kind) {
    case 'fc3':
      return parseFc3(name, qualifier);
    case 'fc2':
      return parseFc2(name, qualifier);
    case 'lambda':
      return parseLambda(name, qualifier);
    default: {
      const shown = kind === '' ? text : kind;
      return invalid('target', `"${shown}" is no kind of target: there are ${TARGET_FORMS}`);
    }
  }
}

function parseFc3(functionName: string, qualifier: string | null): Result<FunctionTarget> {
  if (functionName === '') return noName('fc3:report');
  if (!FC_NAME.test(functionName)) return badName(functionName, FC_NAME_RULE);
  return ok({ kind: 'fc3', functionName, qualifier });
}

function parseFc2(name: string, qualifier: string | null): Result<FunctionTarget> {
  const [serviceName = '', functionName = '', ...more] = name.split('/');
  if (serviceName === '')
    return invalid('target', 'the name of the service is missing: fc2:iot/report');
  if (functionName === '') return noName('fc2:iot/report');
  if (more.length > 0)
    return invalid('target', 'an fc2 target is one service and one function: fc2:iot/report');
  for (const part of [serviceName, functionName]) {
    if (!FC_NAME.test(part)) return badName(part, FC_NAME_RULE);
  }
  return ok({ kind: 'fc2', serviceName, functionName, qualifier });
}

/** A name, or the ARN of the function. */
function parseLambda(functionName: string, qualifier: string | null): Result<FunctionTarget> {
  if (functionName === '') return noName('lambda:report');
  if (!LAMBDA_NAME.test(functionName)) {
    return badName(functionName, 'is not the name or the ARN of a function of Lambda');
  }
  return ok({ kind: 'lambda', functionName, qualifier });
}

function parseUrl(url: string, qualifier: string | null): Result<FunctionTarget> {
  if (qualifier !== null) return invalid('qualifier', 'a URL has no qualifier');
  if (!URL.canParse(url) || /\s/.test(url)) {
    return invalid(
      'target',
      'the URL of the target cannot be read; example: https://example.com/messages',
    );
  }
  const { username, password } = new URL(url);
  if (username !== '' || password !== '') {
    return invalid('target', 'a rule holds no password: leave name and password out of the URL');
  }
  return ok({ kind: 'http', url });
}

const noName = (example: string) =>
  invalid('target', `the name of the function is missing: ${example}`);
const badName = (name: string, rule: string) => invalid('target', `"${name}" ${rule}`);
const invalid = (parameter: string, reason: string): Refusal =>
  refuse({ kind: 'invalid-parameter', parameter, reason });

const FC_NAME = /^[A-Za-z_][\w-]{0,127}$/;
const FC_NAME_RULE =
  'is no name of Function Compute: a letter or _, then letters, digits, _ and -, 128 at most';
const LAMBDA_NAME = /^[\w:-]{1,170}$/;
const QUALIFIER = /^[\w$-]{1,128}$/;

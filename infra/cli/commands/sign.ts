import {
  explainSign,
  type SignExplanation,
  type SignQuestion,
} from '../../../shared/core/signing/explain-sign.ts';
import type { Verification } from '../../../shared/core/signing/verification.ts';
import { type Command, type CommandContext, UsageError } from '../command.ts';
import { parseOptions, refusePositionals, requireOption } from '../options.ts';
import { PRODUCT_SECRET_OPTIONS, signWithProductSecret } from '../sign-with-product-secret.ts';

/** `mooring sign`: works without a server, and with what any device of the platform sends. */
export const sign: Command = {
  summary: 'compute any device signature, or say what is wrong with one',
  usage: `Usage: mooring sign --product-key KEY --device-name NAME --device-secret SECRET [options]
       mooring sign --product-key KEY --device-name NAME --product-secret SECRET [options]
       mooring sign --product-key KEY --device-id ID     --product-secret SECRET [options]

Prints the text that the device signs, its signature, and both as an HTTPS and as an MQTT device
sends them. With --sign it says whether that signature is right and which habit of which clients it
follows, or why it is wrong; the exit code is 1 then.

  --product-key KEY
  --device-name NAME
  --device-secret SECRET   a single - reads it from standard input, out of the shell's history
  --client-id ID           default: <product-key>.<device-name>
  --mqtt-client-id ID      a whole MQTT client id, 'id|securemode=3,signmethod=hmacsha1,...|'
  --timestamp MS           signed along if given; a whole MQTT client id says its own
  --method METHOD          hmacmd5 (the platform's default), hmacsha1 or hmacsha256; likewise
  --sign HEX               a signature, or MQTT password, to be checked
  --username NAME          an MQTT user name to be checked

With the secret of the product it is about what a device sends that has none yet: its dynamic registration
(--device-name), or its request to the certificate distributor (--device-id).

  --product-secret SECRET  a single - reads it from standard input
  --device-id ID           serial number or MAC
  --random TEXT            signed along; default: a new one
  --timestamp MS           with --device-id alone
  --method METHOD          default: hmacsha256
`,
  run: async (args, context) => {
    const { values, positionals } = parseOptions(args, OPTIONS);
    refusePositionals(positionals);
    refuseMixed(values);
    if (values['product-secret'] !== undefined) return signWithProductSecret(values, context);
    const question = await readQuestion(values, context);
    const explained = explainSign(question);
    if (!explained.ok) throw new UsageError(reasonOf(explained.failure));
    const { terminal } = context;
    terminal.out(describe(explained.value, question));
    const { verification, usernameIsRight } = explained.value;
    return verification?.ok === false || usernameIsRight === false ? 1 : 0;
  },
};

const TEXT = { type: 'string' } as const;

const OPTIONS = {
  ...PRODUCT_SECRET_OPTIONS,
  'device-secret': TEXT,
  'client-id': TEXT,
  'mqtt-client-id': TEXT,
  username: TEXT,
} as const;

type Values = { [Name in keyof typeof OPTIONS]?: string | undefined };

/** What would be left alone without a word. */
function refuseMixed(values: Values): void {
  const isOfProduct = values['product-secret'] !== undefined;
  const others = isOfProduct ? OF_DEVICE_SECRET : OF_PRODUCT_SECRET;
  const other = others.find((name) => values[name] !== undefined);
  if (other === undefined) return;
  throw new UsageError(
    isOfProduct
      ? `--${other} does not go with --product-secret.`
      : `--${other} goes with --product-secret.`,
  );
}

const OF_DEVICE_SECRET = ['device-secret', 'client-id', 'mqtt-client-id', 'username'] as const;
const OF_PRODUCT_SECRET = ['device-id', 'random'] as const;

async function readQuestion(values: Values, { terminal }: CommandContext): Promise<SignQuestion> {
  const productKey = requireOption(values['product-key'], 'product-key');
  const deviceName = requireOption(values['device-name'], 'device-name');
  const secret = requireOption(values['device-secret'], 'device-secret');
  if (values['client-id'] !== undefined && values['mqtt-client-id'] !== undefined) {
    throw new UsageError('--client-id and --mqtt-client-id exclude each other.');
  }
  return {
    productKey,
    deviceName,
    deviceSecret: secret === '-' ? (await terminal.readInput()).trim() : secret,
    clientId: values['mqtt-client-id'] ?? values['client-id'] ?? `${productKey}.${deviceName}`,
    timestamp: values.timestamp,
    signMethod: values.method,
    sign: values.sign,
    username: values.username,
  };
}

type InvalidQuestion = Extract<ReturnType<typeof explainSign>, { ok: false }>['failure'];

function reasonOf(failure: InvalidQuestion): string {
  if (failure.kind === 'invalid-parameter') {
    const option = OPTION_OF.get(failure.parameter) ?? failure.parameter;
    return `--${option} is not right: ${failure.reason}.`;
  }
  return 'reason' in failure ? `This cannot be signed: ${failure.reason}.` : failure.kind;
}

const OPTION_OF = new Map([
  ['deviceSecret', 'device-secret'],
  ['signMethod', 'method'],
]);

function describe(explained: SignExplanation, question: SignQuestion): string {
  const { content, method, mqtt, verification, usernameIsRight } = explained;
  const lines = [
    ['content', content],
    ['method', method],
    ['sign', explained.sign],
    ['POST /auth', httpBody(explained, question)],
    ['MQTT client id', mqtt.clientId],
    ['MQTT user name', mqtt.username],
    ['MQTT password', explained.sign],
  ];
  if (verification) lines.push(['given sign', verdict(verification)]);
  if (usernameIsRight !== undefined) {
    lines.push(['given user name', usernameIsRight ? 'right' : `wrong, it is ${mqtt.username}`]);
  }
  return lines.map(([name = '', text]) => `${name.padEnd(NAME_WIDTH)} ${text}\n`).join('');
}

const NAME_WIDTH = 'given user name'.length;

function httpBody({ sign, method }: SignExplanation, question: SignQuestion): string {
  const { productKey, deviceName, clientId, timestamp } = question;
  if (clientId.includes('|')) return '(MQTT only: the client id is a whole one)';
  const time = timestamp === undefined ? {} : { timestamp };
  return JSON.stringify({
    productKey,
    deviceName,
    clientId,
    ...time,
    signmethod: method,
    sign,
  });
}

function verdict(verification: Verification): string {
  if (!verification.ok) return `wrong: ${verification.reason}`;
  return `right, ${verification.method}, ${HABITS[verification.variant]}`;
}

const HABITS: Readonly<Record<Extract<Verification, { ok: true }>['variant'], string>> = {
  submitted: 'over the content above',
  'without-timestamp': 'over the content without its timestamp',
  'with-region-id': 'over the content and a regionId, as aliyun-iot-mqtt does',
  'whole-client-id': 'with the whole client id, |...| included, in the content',
};

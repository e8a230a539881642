import { type Refusal, refuse } from '../../model/failure.ts';

/** The two parts of a shadow's state. */
export type SectionName = 'reported' | 'desired';

/** What can be wrong with a request, whoever makes it. */
export type ShadowProblem = keyof typeof PROBLEMS;

type Wording = {
  /** Of the reply to a device (protocol.md 6.3). */
  code: number;
  /** Behind `iot.messagebroker.` (protocol.md 7.5); `*` is Desire or Report. */
  apiCode: string | Readonly<Record<SectionName, string>>;
  /** `*` is the name of the section. */
  message: string;
};

const NOT_JSON = {
  desired: 'DesireInfoInShadowMessageIsNotJson',
  reported: 'ReportInShadowMessageIsNotJson',
};

const PROBLEMS = {
  'not-json': {
    code: 400,
    apiCode: 'ShadowMessageIsNotJson',
    message: 'the message is not a JSON object',
  },
  'too-long': {
    code: 400,
    apiCode: 'ShadowMessageLengthIsLarge',
    message: 'a shadow has at most 16 KB',
  },
  'section-not-json': {
    code: 400,
    apiCode: NOT_JSON,
    message: '* is not a JSON object',
  },
  'too-deep': {
    code: 400,
    apiCode: NOT_JSON,
    message: '* nests more than 5 levels',
  },
  'method-absent': {
    code: 401,
    apiCode: 'NotFoundMethodInShadowMessage',
    message: 'method is missing',
  },
  'state-absent': {
    code: 402,
    apiCode: 'NotFoundStateInShadowMessage',
    message: 'state is missing',
  },
  'version-absent': {
    code: 403,
    apiCode: 'NotFoundVersionOrNullVersionValue',
    message: 'version is missing',
  },
  'version-invalid': {
    code: 403,
    apiCode: 'InvalidVersionValueInShadowMessage',
    message: 'version is not a number of a version',
  },
  'section-absent': {
    code: 404,
    apiCode: 'NotFound*InShadowMessage',
    message: '* is missing',
  },
  'section-null': {
    code: 404,
    apiCode: {
      desired: 'DesireValueIsNullInShadowMessage',
      reported: 'NotFoundReportInShadowMessage',
    },
    message: '* is null',
  },
  'section-empty': { code: 405, apiCode: 'NoneElementIn*', message: '* is empty' },
  'element-null': {
    code: 400,
    apiCode: 'ElementKeyOrValueIsNullIn*',
    message: '* has a key or a value that is empty',
  },
  'method-unknown': { code: 406, apiCode: 'MethodValueIsNotUpdate', message: 'method is unknown' },
  'document-empty': { code: 407, apiCode: 'NullShadowMessage', message: 'the shadow is empty' },
  'too-many': {
    code: 408,
    apiCode: 'TooManyElementIn*',
    message: '* has more than 128 attributes',
  },
  'version-conflict': {
    code: 409,
    apiCode: 'InvalidVersionValueInShadowMessage',
    message: 'shadow version conflict',
  },
  'rate-exceeded': { code: 429, apiCode: 'RateLimit', message: 'more than 20 requests a second' },
} as const satisfies Record<string, Wording>;

/** As `shadow-refused`, in the words of both ways in. */
export function refuseShadow(
  problem: ShadowProblem,
  section: SectionName = 'desired',
  detail?: string,
): Refusal {
  const { code, apiCode, message }: Wording = PROBLEMS[problem];
  const text = message.replace('*', section);
  const name = typeof apiCode === 'string' ? apiCode : apiCode[section];
  return refuse({
    kind: 'shadow-refused',
    code,
    apiCode: name.replace('*', SECTION_IN_CODES[section]),
    message: detail === undefined ? text : `${text}: ${detail}`,
  });
}

const SECTION_IN_CODES = { reported: 'Report', desired: 'Desire' } as const;

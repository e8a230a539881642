/** The code of a request that was not answered in time. */
export const TIMEOUT = 'Timeout';
/** The SDK's, of a connection that failed. */
const NETWORK = 'NetworkingError';
/** A lost race: the row was not as the condition wants it. */
export const CONDITION_FAILED = 'OTSConditionCheckFail';

/** A fault of the service or of the way to it. The service's own text is left out: it may quote keys. */
export class TablestoreError extends Error {
  override name = 'TablestoreError';
  /** Of the service (`OTS…`), of the way to it, or an HTTP status. */
  readonly code: string;

  constructor(code: string, operation: string, detail?: string) {
    super(
      `Tablestore: ${operation} failed with ${code}${detail === undefined ? '' : `, ${detail}`}`,
    );
    this.code = code;
  }
}

/**
 * The SDK looks for XML in an error, finds none, and gives the HTTP status as the code and the raw
 * protobuf as the message: field 1 is the code, field 2 a text. Undefined for what is no error of
 * the service or of the network.
 */
export function readError(
  error: unknown,
  { operation, tableName }: { operation: string; tableName: string | undefined },
): TablestoreError | undefined {
  if (error instanceof TablestoreError) return error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === undefined) return undefined;
  const text = String(message);
  if (code === NETWORK) return new TablestoreError(code, operation, text);
  const serviceCode = /^\n[\s\S](OTS[A-Za-z]+)/.exec(text)?.[1];
  const requestId = / requestId:([\w-]+)$/.exec(text)?.[1];
  if (serviceCode === 'OTSObjectNotExist') {
    const hint = `no table ${tableName}: mooring tables create --store tablestore makes it`;
    return new TablestoreError(serviceCode, operation, hint);
  }
  const detail = requestId && `request ${requestId}`;
  return new TablestoreError(serviceCode ?? String(code), operation, detail);
}

/** Says the service before it has done anything. */
const NOT_DONE = new Set([
  'OTSRowOperationConflict',
  'OTSNotEnoughCapacityUnit',
  'OTSTableNotReady',
  'OTSPartitionUnavailable',
  'OTSServerBusy',
  'OTSOperationThrottled',
  // Of operations on tables, of which an instance takes ten a second.
  'OTSQuotaExhausted',
]);

const PERHAPS_DONE = new Set([
  TIMEOUT,
  NETWORK,
  'OTSTimeout',
  'OTSInternalServerError',
  'OTSServerUnavailable',
  '500',
  '502',
  '503',
]);

const MOST_ATTEMPTS = 8;
/** Three of 3 s each end within the 10 s that a function has. */
const MOST_UNANSWERED = 3;

/** The same write again does no harm: its condition fails if it has been done. */
export function mayRetry({ code }: TablestoreError, attempt: number): boolean {
  if (NOT_DONE.has(code)) return attempt < MOST_ATTEMPTS;
  return PERHAPS_DONE.has(code) && attempt < MOST_UNANSWERED;
}

export const isPerhapsDone = ({ code }: TablestoreError): boolean => PERHAPS_DONE.has(code);

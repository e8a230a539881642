import {
  type AttributeValue,
  ConditionalCheckFailedException,
  CreateTableCommand,
  type CreateTableInput,
  DeleteItemCommand,
  type DeleteItemInput,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  type GetItemInput,
  PutItemCommand,
  type PutItemInput,
  QueryCommand,
  type QueryInput,
  type QueryOutput,
  ResourceNotFoundException,
  type TableDescription,
  UpdateItemCommand,
  type UpdateItemInput,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { createGate } from '../../ports/gate.ts';

/**
 * What a conditional write came to. `unclear`: the condition failed, but on a repeat, and it may have
 * failed because the first try, whose answer was lost, had been written.
 */
export type Outcome = 'written' | 'refused' | 'unclear';

export type DynamodbClient = {
  getItem(input: GetItemInput): Promise<Record<string, AttributeValue> | undefined>;
  query(input: QueryInput): Promise<QueryOutput>;
  putItem(input: PutItemInput): Promise<Outcome>;
  updateItem(input: UpdateItemInput): Promise<Outcome>;
  deleteItem(input: DeleteItemInput): Promise<Outcome>;
  /** False if there is a table of that name. */
  createTable(input: CreateTableInput): Promise<boolean>;
  /** Undefined for a table that is not there, or that was made a moment ago. */
  describeTable(table: string): Promise<TableDescription | undefined>;
  /** Does nothing where the service has expired rows by that attribute already, or knows no such call. */
  enableExpiry(table: string, attribute: string): Promise<void>;
  destroy(): void;
};

export type ClientOptions = {
  /** Default: the region's. */
  endpoint?: string;
  /** Default: what the SDK finds in environment and profile. */
  region?: string;
};

/** Three tries of 3 s each end within the 10 s that a function has. */
const MOST_TRIES = 3;
const CONNECTION_TIMEOUT_MS = 1_000;
const REQUEST_TIMEOUT_MS = 3_000;
const MOST_IN_FLIGHT = 64;
/** Local servers take any region, and the SDK asks for one. */
const REGION_OF_ENDPOINT = 'us-east-1';

/** The only module that has the SDK in it: imported when first needed, so that no function loads it in vain. */
export function createDynamodbClient({ endpoint, region }: ClientOptions): DynamodbClient {
  const gate = createGate(MOST_IN_FLIGHT);
  const givenRegion = region ?? (endpoint === undefined ? undefined : REGION_OF_ENDPOINT);
  const sdk = new DynamoDBClient({
    ...(endpoint !== undefined && { endpoint }),
    ...(givenRegion !== undefined && { region: givenRegion }),
    maxAttempts: MOST_TRIES,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: MOST_IN_FLIGHT },
      httpsAgent: { keepAlive: true, maxSockets: MOST_IN_FLIGHT },
    },
  });
  return {
    getItem: async (input) =>
      (await gate(() => explained(input, sdk.send(new GetItemCommand(input))))).Item,
    query: (input) => gate(() => explained(input, sdk.send(new QueryCommand(input)))),
    putItem: (input) => gate(() => outcome(input, sdk.send(new PutItemCommand(input)))),
    updateItem: (input) => gate(() => outcome(input, sdk.send(new UpdateItemCommand(input)))),
    deleteItem: (input) => gate(() => outcome(input, sdk.send(new DeleteItemCommand(input)))),
    createTable: (input) => createTable(sdk, input),
    describeTable: (table) => describeTable(sdk, table),
    enableExpiry: (table, attribute) => enableExpiry(sdk, table, attribute),
    destroy: () => sdk.destroy(),
  };
}

type OfTable = { TableName: string | undefined };

async function explained<T>({ TableName }: OfTable, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (!(cause instanceof ResourceNotFoundException)) throw cause;
    throw new Error(
      `DynamoDB has no table ${TableName}: mooring tables create --store dynamodb makes it`,
      { cause },
    );
  }
}

async function outcome(table: OfTable, answer: Promise<unknown>): Promise<Outcome> {
  try {
    await explained(table, answer);
    return 'written';
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return (error.$metadata.attempts ?? 1) > 1 ? 'unclear' : 'refused';
  }
}

async function createTable(sdk: DynamoDBClient, input: CreateTableInput): Promise<boolean> {
  try {
    await sdk.send(new CreateTableCommand(input));
    return true;
  } catch (error) {
    if (isNamed(error, 'ResourceInUseException')) return false;
    throw error;
  }
}

async function describeTable(
  sdk: DynamoDBClient,
  table: string,
): Promise<TableDescription | undefined> {
  try {
    return (await sdk.send(new DescribeTableCommand({ TableName: table }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function enableExpiry(sdk: DynamoDBClient, table: string, attribute: string): Promise<void> {
  try {
    const { TimeToLiveDescription: current } = await sdk.send(
      new DescribeTimeToLiveCommand({ TableName: table }),
    );
    if (current?.AttributeName === attribute) return;
    const TimeToLiveSpecification = { AttributeName: attribute, Enabled: true };
    await sdk.send(new UpdateTimeToLiveCommand({ TableName: table, TimeToLiveSpecification }));
  } catch (error) {
    // Local servers do not know the call. Rows are judged by their time at every read anyway.
    if (!isNamed(error, 'UnknownOperationException')) throw error;
  }
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof DynamoDBServiceException && error.name === name;
}

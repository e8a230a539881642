import { present, type Reading, readOrigin, textOf } from './environment.ts';

const DEFAULT_IOT_ENDPOINT = 'https://iot.cn-shanghai.aliyuncs.com';
const TABLESTORE_EXAMPLE = 'https://mooring.cn-shanghai.ots.aliyuncs.com';

/** The account of Alibaba Cloud; without an access key the role of the function is used. */
export type AliyunConfig = {
  /** Of the IoT OpenAPI. */
  endpoint: string;
  /** `IotInstanceId`, of a purchased instance. */
  instanceId?: string;
  accessKeyId?: string;
  accessKeySecret?: string;
  /** Of temporary credentials. */
  securityToken?: string;
};

/** Stores that are services. DynamoDB takes its credentials as the AWS SDK always does, Tablestore those of AliyunConfig. */
export type TablesConfig = {
  /** In front of every table's name. */
  prefix: string;
  dynamodb: { endpoint?: string; region?: string };
  tablestore: { endpoint?: string; instance?: string };
};

/** The access key in the variables that Alibaba Cloud's own tools read. */
export function readAliyun(reading: Reading): AliyunConfig {
  const { env } = reading;
  return {
    endpoint:
      readOrigin('MOORING_ALIYUN_ENDPOINT', DEFAULT_IOT_ENDPOINT, reading) ?? DEFAULT_IOT_ENDPOINT,
    ...present({
      instanceId: textOf(env, 'MOORING_ALIYUN_INSTANCE_ID'),
      accessKeyId: textOf(env, 'ALIBABA_CLOUD_ACCESS_KEY_ID'),
      accessKeySecret: textOf(env, 'ALIBABA_CLOUD_ACCESS_KEY_SECRET'),
      securityToken: textOf(env, 'ALIBABA_CLOUD_SECURITY_TOKEN'),
    }),
  };
}

export function readTables(reading: Reading): TablesConfig {
  const { env } = reading;
  return {
    prefix: textOf(env, 'MOORING_TABLE_PREFIX') ?? '',
    dynamodb: present({
      endpoint: readOrigin('MOORING_DYNAMODB_ENDPOINT', 'http://127.0.0.1:4567', reading),
      region: textOf(env, 'AWS_REGION'),
    }),
    tablestore: present({
      endpoint: readOrigin('MOORING_TABLESTORE_ENDPOINT', TABLESTORE_EXAMPLE, reading),
      instance: textOf(env, 'MOORING_TABLESTORE_INSTANCE'),
    }),
  };
}

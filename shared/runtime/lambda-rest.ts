import {
  bodyOf,
  decodePath,
  headersOf,
  isRecord,
  proxyReplyOf,
  queryOf,
  textOf,
} from './event-parts.ts';
import type { HttpTrigger } from './http-trigger.ts';

/** API Gateway's REST API, payload format 1.0 (protocol.md 11.4). */
export const lambdaRest: HttpTrigger = {
  decode: (event) => {
    if (!isRecord(event) || typeof event['httpMethod'] !== 'string') return undefined;
    const context = event['requestContext'];
    if (!isRecord(context)) return undefined;
    const identity = isRecord(context['identity']) ? context['identity'] : {};
    return {
      method: event['httpMethod'],
      path: decodePath(textOf(event['path'])),
      query: queryOf(event['multiValueQueryStringParameters'] ?? event['queryStringParameters']),
      headers: headersOf(event['multiValueHeaders'] ?? event['headers']),
      body: bodyOf(event['body'], event['isBase64Encoded']),
      sourceIp: textOf(identity['sourceIp']),
      requestId: textOf(context['requestId']),
    };
  },
  encode: proxyReplyOf,
};

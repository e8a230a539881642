/** The event that a Lambda function URL makes of these bytes of an HTTP request (protocol.md 11.4). */
export function functionUrlEvent(request: Buffer): object {
  const text = request.toString('utf8');
  const bodyAt = text.indexOf('\r\n\r\n') + 4;
  const [requestLine = '', ...headerLines] = text.slice(0, bodyAt - 4).split('\r\n');
  const [method = '', path = ''] = requestLine.split(' ');
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: Object.fromEntries(headerLines.map(headerOf)),
    requestContext: {
      domainName: 'abc.lambda-url.eu-central-1.on.aws',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'bench' },
      requestId: 'bench',
      stage: '$default',
    },
    body: text.slice(bodyAt),
    isBase64Encoded: false,
  };
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

/** The baseline: the least that answers an event of a Lambda function URL. */
export const handler = async (event: { rawPath: string }) => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ code: 0, message: `hello ${event.rawPath}` }),
  isBase64Encoded: false,
});

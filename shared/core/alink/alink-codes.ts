/** Codes and messages of Alink replies that belong to no thing model (protocol.md 4.14). */
export const ALINK_CODES = {
  success: { code: 200, message: 'success' },
  requestError: { code: 400, message: 'request error' },
  tooManyRequests: { code: 429, message: 'too many requests' },
  parameterError: { code: 460, message: 'request parameter error' },
  serverError: { code: 500, message: 'server error' },
  deviceNotFound: { code: 6100, message: 'device not found' },
  topicNotExist: { code: 6203, message: 'topic not exist' },
  deviceDisabled: { code: 6204, message: 'device is disabled' },
  dataFormatError: { code: 6207, message: 'device data format is error' },
} as const;

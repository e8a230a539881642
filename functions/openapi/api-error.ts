/** Status 200 goes with the envelope of the IoT product, any other with that of the gateway. */
export type ApiError = { status: number; code: string; message: string };

/** Of the product; the code is said without its `iot.`. */
export function iot(code: string, message: string): ApiError {
  return { status: 200, code: `iot.${code}`, message };
}

export function gateway(status: number, code: string, message: string): ApiError {
  return { status, code, message };
}

/**
 * Calls of an action that a move may make a second: half of what the platform allows an account
 * (protocol.md 7.4), because its servers go on calling meanwhile.
 */
export function callsPerSecondOf(action: string): number {
  return (ALLOWED_PER_SECOND.get(action) ?? ALLOWED_OF_OTHERS) / 2;
}

const ALLOWED_PER_SECOND = new Map([
  ['QueryProductList', 50],
  ['QueryProduct', 50],
  ['QueryDevice', 50],
  ['QueryDeviceDetail', 50],
  ['BatchQueryDeviceDetail', 5],
  ['GetThingModelTsl', 20],
  ['GetThingModelTslPublished', 20],
  ['QueryDevicePropertyStatus', 200],
  ['GetDeviceShadow', 500],
  ['QueryDeviceDesiredProperty', 50],
  ['QueryDeviceProp', 50],
  ['QueryProductTopic', 3],
]);

/** The least that a page names for an action that a move calls. */
const ALLOWED_OF_OTHERS = 10;

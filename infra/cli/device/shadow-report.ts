import type { DeviceScript } from './device-script.ts';
import { readJsonObject } from './json-text.ts';
import type { DeviceName, Outgoing } from './simulated-device.ts';
import { shadowGet, shadowReport } from './uplinks.ts';

type Following = {
  device: DeviceName;
  script: DeviceScript;
  publish(outgoing: Outgoing): void;
};

/**
 * Asks for the shadow, and reports to it under the version that follows the one of the answer: a lower
 * one would be refused (protocol.md 6.2).
 */
export function followShadow({ device, script, publish }: Following) {
  let toReport = script.shadow;
  let answer: () => void = () => undefined;
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const answers = `/shadow/get/${device.productKey}/${device.deviceName}`;
  return {
    begin: () => {
      if (script.getsShadow || toReport) publish(shadowGet(device));
      else answer();
    },
    take: (topic: string, payload: Uint8Array) => {
      if (topic !== answers) return;
      if (toReport) publish(shadowReport(device, toReport, versionIn(payload) + 1));
      toReport = undefined;
      answer();
    },
    /** When nothing is waited for any more. */
    answered,
  };
}

/** 0 for a shadow that was never used. */
function versionIn(payload: Uint8Array): number {
  const version = readJsonObject(payload)?.['version'];
  return Number.isSafeInteger(version) ? Number(version) : 0;
}

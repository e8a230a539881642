import { readJsonObject } from '../../../shared/core/alink/decode-json.ts';
import { isJsonObject, type JsonObject } from '../../../shared/core/alink/json-object.ts';
import type { DeviceScript } from './device-script.ts';
import type { DeviceName, Outgoing } from './simulated-device.ts';
import { shadowGet, shadowReport } from './uplinks.ts';

type Following = {
  device: DeviceName;
  script: DeviceScript;
  publish(outgoing: Outgoing): void;
};

/**
 * Asks for the shadow, and reports to it under the version that follows the one of the answer: a lower
 * one would be refused (protocol.md 6.2). What answers a report of an earlier connection is passed over.
 * Who asked to see the shadow sees it once more, with what was reported.
 */
export function followShadow({ device, script, publish }: Following) {
  let hasReported = false;
  let isAskedAgain = false;
  let answer: () => void = () => undefined;
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const answers = `/shadow/get/${device.productKey}/${device.deviceName}`;
  return {
    begin: () => {
      if (script.getsShadow || script.shadow) publish(shadowGet(device));
      else answer();
    },
    take: (topic: string, payload: Uint8Array) => {
      const message = topic === answers ? readJsonObject(payload) : undefined;
      if (message?.['method'] !== 'reply') return;
      if (hasReported) {
        if (!script.getsShadow || isAskedAgain) return answer();
        isAskedAgain = true;
        return publish(shadowGet(device));
      }
      if (isOfReport(message)) return;
      if (!script.shadow) return answer();
      hasReported = true;
      publish(shadowReport(device, script.shadow, versionIn(message) + 1));
    },
    /** When nothing is waited for any more. */
    answered,
  };
}

/** It tells the version in its payload, where the shadow itself has it beside. */
function isOfReport({ payload }: JsonObject): boolean {
  return isJsonObject(payload) && 'version' in payload;
}

/** 0 for a shadow that was never used. */
function versionIn({ version }: JsonObject): number {
  return Number.isSafeInteger(version) ? Number(version) : 0;
}

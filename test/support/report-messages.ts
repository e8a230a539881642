import type { EventBody, Message } from '../../shared/model/message.ts';
import { START_MS } from './test-clock.ts';

const DEVICE = { productKey: 'a1TestProd01', deviceName: 'dev_001', iotId: 'iot-1' };

type Report = { messageId: string; iotId?: string; generateTimeMs?: number };

/** A property message such as topic-ingest publishes it. */
export function propertyMessage(
  items: Readonly<Record<string, { value: unknown; time: number }>>,
  report: Report,
): Message {
  const { productKey, deviceName } = DEVICE;
  const { iotId = DEVICE.iotId } = report;
  const body = {
    deviceType: 'CustomCategory',
    iotId,
    requestId: '17',
    checkFailedData: {},
    productKey,
    gmtCreate: START_MS,
    deviceName,
    items,
  };
  const topic = `/${productKey}/${deviceName}/thing/event/property/post`;
  return messageOf({ kind: 'property', topic, body: Buffer.from(JSON.stringify(body)) }, report);
}

/** The event `Overheat` such as topic-ingest publishes it. */
export function eventMessage(
  event: Pick<EventBody, 'value' | 'time'> & Partial<EventBody>,
  report: Report,
): Message {
  const { productKey, deviceName } = DEVICE;
  const { iotId = DEVICE.iotId } = report;
  const body = {
    identifier: 'Overheat',
    name: 'Too hot',
    type: 'alert',
    iotId,
    requestId: '17',
    productKey,
    deviceName,
    gmtCreate: START_MS,
    checkFailedData: {},
    ...event,
  };
  const topic = `/${productKey}/${deviceName}/thing/event/Overheat/post`;
  return messageOf({ kind: 'event', topic, body: Buffer.from(JSON.stringify(body)) }, report);
}

export function uplinkMessage(body: Uint8Array, report: Report): Message {
  const { productKey, deviceName } = DEVICE;
  return messageOf(
    { kind: 'uplink', topic: `/${productKey}/${deviceName}/user/update`, body },
    report,
  );
}

function messageOf(content: Pick<Message, 'kind' | 'topic' | 'body'>, report: Report): Message {
  return { ...DEVICE, generateTimeMs: START_MS, transport: 'http', ...content, ...report };
}

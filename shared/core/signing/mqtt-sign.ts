import { clientIdParameter, type MqttClientId } from './mqtt-client-id.ts';
import type { MqttUsername } from './mqtt-username.ts';
import { identityContent, type SignedIdentity } from './sign-content.ts';
import { methodOfLength, parseSignMethod, type SignMethod } from './sign-method.ts';
import { type Candidate, type Variant, type Verification, verifyClaim } from './verification.ts';

export type MqttLogin = {
  clientId: MqttClientId;
  username: MqttUsername;
  /** The password of CONNECT: hex, any case. */
  sign: string;
};

/** aliyun-iot-mqtt knows Shanghai alone; the others have HTTP endpoints too (protocol.md 1.1). */
const REGION_IDS: readonly string[] = ['cn-shanghai', 'cn-beijing', 'cn-shenzhen'];

/**
 * Checks the password of CONNECT (protocol.md 3.2) against the documented content, then against
 * what single SDKs sign instead (3.4). `regionIds` stand in for a client that signs its region
 * without sending it. The timestamp is not checked for freshness: the C SDK sends a constant.
 */
export function verifyMqttSign(
  login: MqttLogin,
  deviceSecret: string,
  regionIds: readonly string[] = REGION_IDS,
): Verification {
  const identity = signedIdentity(login);
  return verifyClaim(
    {
      sign: login.sign,
      method: effectiveMethod(login),
      content: identityContent(identity),
      alternatives: () => alternatives(login.clientId, identity, regionIds),
    },
    deviceSecret,
  );
}

function signedIdentity({ clientId, username }: MqttLogin): SignedIdentity {
  return {
    clientId: clientId.clientId,
    deviceName: username.deviceName,
    productKey: username.productKey,
    timestamp: clientIdParameter(clientId, 'timestamp'),
  };
}

/** alibabacloud-iot-device-sdk signs with SHA-1 whatever method it is told to declare (3.4). */
function effectiveMethod({ clientId, sign }: MqttLogin): SignMethod | undefined {
  const declared = parseSignMethod(clientIdParameter(clientId, 'signmethod'));
  if (declared === undefined || declared === 'hmacsha1') return declared;
  if (methodOfLength(sign.length) !== 'hmacsha1') return declared;
  return isNodeSdk(clientId) ? 'hmacsha1' : declared;
}

function isNodeSdk(clientId: MqttClientId): boolean {
  const language = clientIdParameter(clientId, 'lan');
  return language === 'NodeJS' || language === 'JS' || language?.startsWith('JS|') === true;
}

function alternatives(
  clientId: MqttClientId,
  identity: SignedIdentity,
  regionIds: readonly string[],
): readonly Candidate[] {
  const sentRegionId = clientIdParameter(clientId, 'regionId');
  const regions = sentRegionId === undefined ? regionIds : [sentRegionId];
  const identities: readonly (readonly [Variant, SignedIdentity])[] = [
    ['without-timestamp', { ...identity, timestamp: undefined }],
    ...regions.map((regionId) => ['with-region-id', { ...identity, regionId }] as const),
    ['whole-client-id', { ...identity, clientId: clientId.whole }],
  ];
  return identities.map(([variant, signed]) => ({ variant, content: identityContent(signed) }));
}

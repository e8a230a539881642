import type { Registry } from '../devices/registry.ts';
import type { SecretOpener } from '../devices/secret-opener.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import type { LifecycleParts } from '../lifecycle/tell-lifecycle.ts';
import type { ConnectRate } from './connect-rate.ts';

/** What sign-ins over MQTT work with. */
export type ConnectParts = Registry &
  LifecycleParts & {
    /** Of the tokens that `POST /auth/devicename` gives out. */
    tokenKeys: KeyRing;
    rate: ConnectRate;
    /**
     * Whether the broker can send what a registration is for. Behind one that cannot, nothing may be
     * given out: it would never arrive.
     */
    canPush: boolean;
  };

/** As the rules see them. */
export type LoginParts = ConnectParts & { openSecret: SecretOpener };

import { concatBytes, equalBytes, hkdfSm3, hmacSm3, Secret, type Sm4Gcm, sm4, utf8 } from '@cssi/sm-core';
import { type TeecUuid, uuidToOctets } from '../../spec/v1/uuid.ts';
import { TAG_BYTES } from './log-format.ts';

const KEY_BYTES = 32;
const LOG_INFO = utf8('cssi-ta storage 1');
const COUNTER_INFO = utf8('cssi-ta storage counter 1');
const COUNTER_TEXT = utf8('counter');
const HEADER_TEXT = utf8('header');

/**
 * Keys of a store: HKDF-SM3 of the owner's seed with the uuid as salt. `open` of a log key takes the
 * salts of the file and of the key besides, so no two runs ever seal under the same key.
 */
export class StoreKeys {
  readonly uuid: Uint8Array;
  readonly #log: Secret;
  readonly #counter: Secret;

  constructor(seed: Secret, uuid: TeecUuid) {
    this.uuid = uuidToOctets(uuid);
    this.#log = Secret.take(hkdfSm3(seed, this.uuid, LOG_INFO, KEY_BYTES));
    this.#counter = Secret.take(hkdfSm3(seed, this.uuid, COUNTER_INFO, KEY_BYTES));
  }

  /** SM4-GCM whose nonces only rise. */
  gcm(fileSalt: Uint8Array, keySalt: Uint8Array): Sm4Gcm {
    const key = Secret.take(hkdfSm3(this.#log, concatBytes(fileSalt, keySalt), this.uuid, 16));
    try {
      return sm4.gcm(key, { nonceCheck: 'increasing' });
    } finally {
      key.destroy();
    }
  }

  /** What the chain of a log begins with; only the owner's header gives the value the counter knows. */
  headerTag(header: Uint8Array): Uint8Array {
    return hmacSm3(this.#counter, HEADER_TEXT, this.uuid, header).slice(0, TAG_BYTES);
  }

  /** MAC of a slot of the counter file. */
  slotTag(slot: Uint8Array): Uint8Array {
    return hmacSm3(this.#counter, COUNTER_TEXT, this.uuid, slot);
  }

  isSlotTag(slot: Uint8Array, tag: Uint8Array): boolean {
    return equalBytes(this.slotTag(slot), tag);
  }

  destroy(): void {
    this.#log.destroy();
    this.#counter.destroy();
  }
}

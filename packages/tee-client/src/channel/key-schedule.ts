import { concatBytes, hkdfExpandSm3, hkdfExtractSm3, Secret, sm3, sm4, utf8 } from '@cssi/sm-core';
import { SecureChannel } from './secure-channel.ts';
import type { LinkRole } from './secure-link.ts';

const KEY_BYTES = 32;
const SM4_KEY_BYTES = 16;
/** A key of the handshake seals one box, so that its nonce may be fixed. */
const NONCE = /* @__PURE__ */ new Uint8Array(12);

const info = (purpose: string): Uint8Array => utf8(`cssi-channel 1 ${purpose}`);

/**
 * The keys of a handshake: all from what both ephemeral keys agree on, each for one use and one
 * direction.
 *
 * @standard RFC 5869 §2 with SM3
 * @internal
 */
export class KeySchedule {
  readonly #prk: Secret;

  /**
   * @param shared - what the ephemeral keys agree on; zeroed here
   * @param transcript - digest of M1 and the clear part of M2
   */
  constructor(shared: Secret, transcript: Uint8Array) {
    try {
      this.#prk = Secret.take(hkdfExtractSm3(shared, transcript));
    } finally {
      shared.destroy();
    }
  }

  #key(purpose: string, length: number, context: Uint8Array = new Uint8Array(0)): Secret {
    return Secret.take(hkdfExpandSm3(this.#prk, concatBytes(info(purpose), context), length));
  }

  /** Key of the MAC by which a side shows that its identity and the agreed secret belong together. */
  macKey(side: LinkRole): Secret {
    return this.#key(`mac ${side}`, KEY_BYTES);
  }

  /** Seals the identity of a side. */
  seal(side: LinkRole, header: Uint8Array, identity: Uint8Array): Uint8Array {
    return this.#box(side, (gcm) => gcm.seal(NONCE, identity, header));
  }

  /** @throws whatever the cipher throws */
  open(side: LinkRole, header: Uint8Array, sealed: Uint8Array): Uint8Array {
    return this.#box(side, (gcm) => gcm.open(NONCE, sealed, header));
  }

  #box(side: LinkRole, use: (gcm: ReturnType<typeof sm4.gcm>) => Uint8Array): Uint8Array {
    const key = this.#key(`box ${side}`, SM4_KEY_BYTES);
    const gcm = sm4.gcm(key);
    try {
      return use(gcm);
    } finally {
      gcm.destroy();
      key.destroy();
    }
  }

  /**
   * The channel. Its keys hang on every byte of the handshake, so that two sides that have them agree
   * on who both are.
   *
   * @param transcript - digest of all up to M2, then M3
   */
  channel(role: LinkRole, transcript: Uint8Array): SecureChannel {
    const digest = sm3(transcript);
    const link = this.#key('link', KEY_BYTES, digest);
    try {
      return link.use((key) => new SecureChannel(key, this.#key('exporter', KEY_BYTES, digest), role));
    } finally {
      link.destroy();
    }
  }

  destroy(): void {
    this.#prk.destroy();
  }
}

import { concatBytes, hkdfExpandSm3, Secret, utf8 } from '@cssi/sm-core';
import { CHANNEL_LIMITS } from '../spec/v1/channel.ts';
import { badOption, broken } from './errors.ts';
import { type LinkRole, SecureLink } from './secure-link.ts';

const EXPORT_INFO = /* @__PURE__ */ utf8('cssi-channel 1 export ');

/**
 * The channel a handshake ends in: frames both ways, each used once and in order, and keys for other
 * uses.
 *
 * The initiator asks and the responder answers: the initiator takes an answer only to the last thing it
 * asked. What does not open ends the channel; every later call throws ERR_TEE_CHANNEL then.
 *
 * @standard GB/T 36624-2018 (SM4-GCM), RFC 5869 (HKDF)
 * @group Secure channel
 */
export class SecureChannel {
  readonly #link: SecureLink;
  readonly #exporter: Secret;

  /**
   * Made by {@link ChannelInitiator} and {@link ChannelResponder}.
   *
   * @param linkKey - 32 bytes; it is copied
   * @param exporter - 32 bytes; the channel owns it from now on
   * @internal
   */
  constructor(linkKey: Uint8Array, exporter: Secret, role: LinkRole) {
    this.#link = new SecureLink(linkKey, role);
    this.#exporter = exporter;
  }

  /** True when it has ended, whatever the reason. */
  get dead(): boolean {
    return this.#link.dead;
  }

  /**
   * The next frame for the other side, 32 bytes longer than `plaintext` (up to 64 MiB).
   *
   * @throws {@link SmError} ERR_TEE_CHANNEL when the channel has ended or the plaintext is too long
   */
  seal(plaintext: Uint8Array): Uint8Array {
    return this.#guarded(() => this.#link.seal(plaintext));
  }

  /**
   * What a frame of the other side carries.
   *
   * @throws {@link SmError} ERR_TEE_CHANNEL for a frame that is not genuine, was used before or is out of
   * order; the channel has ended then
   */
  open(frame: Uint8Array): Uint8Array {
    return this.#guarded(() => this.#link.open(frame));
  }

  /**
   * Key material that both ends have, and nobody else: the same for the same label and length.
   *
   * @param label - 1 to 64 bytes that name the use
   * @param length - 16 to 64
   * @throws {@link SmError} ERR_TEE_OPTION_INVALID, ERR_TEE_CHANNEL when the channel has ended
   */
  exportKey(label: Uint8Array, length: number): Secret {
    const { exportLabel, exportedKey } = CHANNEL_LIMITS;
    if (!(label instanceof Uint8Array)) throw badOption('label');
    if (label.length < exportLabel.min || label.length > exportLabel.max) throw badOption('label');
    if (!Number.isInteger(length) || length < exportedKey.min || length > exportedKey.max) {
      throw badOption('length');
    }
    if (this.dead) throw broken('dead');
    // Its length is part of what is named: a short key is no beginning of a long one.
    const info = concatBytes(EXPORT_INFO, Uint8Array.of(length, label.length), label);
    return Secret.take(hkdfExpandSm3(this.#exporter, info, length));
  }

  /** Zeroes the keys. A second call does nothing. */
  destroy(): void {
    this.#link.destroy();
    this.#exporter.destroy();
  }

  /** The exporter goes with the link, whoever ended it. */
  #guarded(action: () => Uint8Array): Uint8Array {
    try {
      return action();
    } finally {
      if (this.#link.dead) this.#exporter.destroy();
    }
  }
}

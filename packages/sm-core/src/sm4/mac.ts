import { checkBytes, equalBytes } from '../encoding/bytes.ts';
import { SM_CORE_ERRORS } from '../errors.ts';
import { requireCapability } from '../internal/capability.ts';
import { checkOptions } from '../internal/input.ts';
import type { Secret } from '../secret.ts';
import type { Sm4Key, SmEngine } from '../spec/v1/engine.ts';
import { BLOCK, checkMessage, keyBytes } from './common.ts';
import { MAC_ALGORITHMS } from './mac-algorithms.ts';
import { padMessage, type Sm4MacPadding } from './mac-padding.ts';
import { paddingOf, SM4_PARAMETERS, tagLength } from './parameters.ts';

/**
 * The MAC algorithms 1 to 8 of GB/T 15852.1-2020. `emac`, `ansi-retail-mac` and `mac-des`
 * take 32 bytes of key, K1‖K2; the others 16. `cbc-mac` is safe only where all messages
 * under a key have one length: take `cmac` unless a format asks for another.
 */
export type Sm4MacName = keyof typeof MAC_ALGORITHMS;

/** Options of a MAC. */
export interface Sm4MacOptions {
  /** `method-2` when left out; `cmac`, `tr-cbc-mac` and `cbcr-mac` have `method-4` and no other. */
  readonly padding?: Sm4MacPadding;
  /** Length of the tag in bytes, 4 to 16, 16 when left out; always 8 for `tr-cbc-mac`. */
  readonly tagBytes?: number;
}

/** MACs over SM4; messages up to 1 GiB. */
export interface Sm4MacFunctions {
  /**
   * The tag of `message`.
   *
   * @standard GB/T 15852.1-2020, MAC algorithms 1–8 (ISO/IEC 9797-1:2011 §7 for 1–6)
   * @throws {@link SmError} ERR_INPUT_VALUE for a name, padding or tag length that is not offered
   */
  mac(algorithm: Sm4MacName, key: Secret, message: Uint8Array, options?: Sm4MacOptions): Uint8Array;
  /**
   * Is `tag` the one of `message`? A tag of another length than the options say throws
   * ERR_INPUT_LENGTH.
   *
   * @standard GB/T 15852.1-2020
   */
  verifyMac(
    algorithm: Sm4MacName,
    key: Secret,
    message: Uint8Array,
    tag: Uint8Array,
    options?: Sm4MacOptions,
  ): boolean;
  /** `mac('cmac', …)`. @standard GB/T 15852.1-2020, MAC algorithm 5; NIST SP 800-38B §6.2 */
  cmac(key: Secret, message: Uint8Array, options?: Sm4MacOptions): Uint8Array;
  /** `verifyMac('cmac', …)`. @standard GB/T 15852.1-2020, MAC algorithm 5; NIST SP 800-38B §6.3 */
  verifyCmac(key: Secret, message: Uint8Array, tag: Uint8Array, options?: Sm4MacOptions): boolean;
}

function checkName(algorithm: Sm4MacName): void {
  if (typeof algorithm !== 'string' || !Object.hasOwn(MAC_ALGORITHMS, algorithm)) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_VALUE', {
      detail: `parameter=algorithm allowed=${Object.keys(MAC_ALGORITHMS).join('|')}`,
    });
  }
}

/** The MACs on `engine`. */
export function createMacs(engine: SmEngine): Sm4MacFunctions {
  const under = <T>(key: Uint8Array, use: (cipher: Sm4Key) => T): T => {
    const cipher = engine.sm4(key);
    try {
      return use(cipher);
    } finally {
      cipher.destroy();
    }
  };
  const functions: Sm4MacFunctions = {
    mac(algorithm, key, message, given) {
      requireCapability(engine, 'sm4.cbc');
      checkName(algorithm);
      const options = checkOptions(given);
      const padding = paddingOf(algorithm, options.padding);
      const length = tagLength(algorithm, options.tagBytes);
      checkMessage(algorithm, message, 'message');
      return keyBytes(key, SM4_PARAMETERS[algorithm].keyBytes, (bytes) => {
        const padded = padMessage(message, padding);
        // The empty message of CBCR is padded with zeros only.
        if (algorithm === 'cbcr-mac' && message.length === 0) padded.last.fill(0);
        try {
          const [k1, k2] = [bytes.subarray(0, BLOCK), bytes.subarray(BLOCK)];
          const full = under(k1, (cipher) =>
            MAC_ALGORITHMS[algorithm]({ cipher, k2, message: padded, under }),
          );
          if (full.length === length) return full;
          const tag = full.slice(0, length);
          full.fill(0);
          return tag;
        } finally {
          padded.head.fill(0);
          padded.last.fill(0);
        }
      });
    },
    verifyMac(algorithm, key, message, tag, options) {
      checkName(algorithm);
      checkBytes(tag, 'tag', tagLength(algorithm, checkOptions(options).tagBytes));
      const expected = functions.mac(algorithm, key, message, options);
      try {
        return equalBytes(expected, tag);
      } finally {
        expected.fill(0);
      }
    },
    cmac: (key, message, options) => functions.mac('cmac', key, message, options),
    verifyCmac: (key, message, tag, options) => functions.verifyMac('cmac', key, message, tag, options),
  };
  return functions;
}

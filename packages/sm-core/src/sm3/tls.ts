import { checkBytes, concatBytes, utf8 } from '../encoding/bytes.ts';
import { SM_CORE_ERRORS } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { SM3_DIGEST_BYTES, SM4_BLOCK_BYTES, SM4_GCM_NONCE_BYTES, type SmEngine } from '../spec/v1/engine.ts';
import { anyBytes, checkNumber, withSecret, withSecretOf } from './input.ts';
import { HKDF_SM3_MAX_BYTES, hkdfExpand, pHash } from './kdf.ts';
import { createKeySchedule, type Tls13KeySchedule } from './tls13-key-schedule.ts';

const LABEL_PREFIX = 'tls13 ';
/** Most bytes of a label with its prefix, and of a context. @standard RFC 8446 §7.1 */
const MAX_VECTOR_BYTES = 255;
/** Most bytes of a PRF output here: 64 KiB. */
const MAX_PRF_BYTES = 1 << 16;

/** Key and initial vector of one direction. @standard RFC 8446 §7.3 */
export interface Tls13TrafficKeys {
  /** 16 bytes: SM4. */
  readonly key: Uint8Array;
  /** 12 bytes. */
  readonly iv: Uint8Array;
}

/**
 * Key derivation for TLS 1.3 with the SM suites and for TLCP. Secrets are given as bytes
 * or in a {@link Secret} and stay the caller's; what is returned belongs to the caller,
 * who zeroes it. Everything in between is zeroed here.
 *
 * @standard RFC 8446 §7, RFC 8998 §2, GB/T 38636-2020
 */
export interface Sm3TlsFunctions {
  /**
   * HKDF-Expand-Label: `label` is ASCII without the prefix `tls13 `, 1 to 249 characters,
   * `context` at most 255 bytes, `length` at most 8,160.
   *
   * @standard RFC 8446 §7.1
   */
  hkdfExpandLabelSm3(
    secret: Uint8Array | Secret,
    label: string,
    context: Uint8Array,
    length: number,
  ): Uint8Array;
  /** Derive-Secret with the hash of the messages (32 bytes) already taken: 32 bytes. @standard RFC 8446 §7.1 */
  deriveSecretSm3(secret: Uint8Array | Secret, label: string, transcriptHash: Uint8Array): Uint8Array;
  /** Starts a key schedule, with the pre-shared key when there is one. @standard RFC 8446 §7.1 */
  tls13KeySchedule(psk?: Uint8Array | Secret): Tls13KeySchedule;
  /** Record keys of a traffic secret (32 bytes). @standard RFC 8446 §7.3 */
  tls13TrafficKeys(trafficSecret: Uint8Array | Secret): Tls13TrafficKeys;
  /** The next traffic secret after a KeyUpdate: 32 bytes. @standard RFC 8446 §7.2 */
  tls13NextTrafficSecret(trafficSecret: Uint8Array | Secret): Uint8Array;
  /** finished_key of a traffic secret: 32 bytes; verify_data is its HMAC over the transcript hash. @standard RFC 8446 §4.4.4 */
  tls13FinishedKey(trafficSecret: Uint8Array | Secret): Uint8Array;
  /**
   * The PRF of TLCP and of TLS 1.2 with HMAC-SM3: `label` is ASCII, 1 to 255 characters,
   * `length` at most 65,536.
   *
   * @standard GB/T 38636-2020, RFC 5246 §5
   */
  tlsPrfSm3(secret: Uint8Array | Secret, label: string, seed: Uint8Array, length: number): Uint8Array;
}

function labelBytes(label: string, max: number): Uint8Array {
  if (typeof label !== 'string') {
    throw SM_CORE_ERRORS.create('ERR_INPUT_TYPE', { detail: 'parameter=label expected=string' });
  }
  checkNumber(label.length, 'label', 1, max);
  if (!/^[\x20-\x7e]*$/.test(label)) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_ENCODING', { detail: 'parameter=label expected=ASCII' });
  }
  return utf8(label);
}

/** The structure HkdfLabel. @standard RFC 8446 §7.1 */
function hkdfLabel(label: string, context: Uint8Array, length: number): Uint8Array {
  const name = concatBytes(utf8(LABEL_PREFIX), labelBytes(label, MAX_VECTOR_BYTES - LABEL_PREFIX.length));
  return concatBytes(
    Uint8Array.of(length >> 8, length & 255, name.length),
    name,
    Uint8Array.of(context.length),
    context,
  );
}

/** The functions on `engine`; `requireHmac` refuses an engine that lacks HMAC. */
export function createSm3Tls(engine: SmEngine, requireHmac: () => void): Sm3TlsFunctions {
  const expandLabel = (secret: Uint8Array, label: string, context: Uint8Array, length: number): Uint8Array =>
    hkdfExpand(engine, secret, hkdfLabel(label, context, length), length);
  const none = new Uint8Array(0);
  const fromTraffic = <T>(secret: Uint8Array | Secret, use: (bytes: Uint8Array) => T): T => {
    requireHmac();
    return withSecretOf(secret, 'trafficSecret', SM3_DIGEST_BYTES, use);
  };

  return {
    hkdfExpandLabelSm3(secret, label, context, length) {
      requireHmac();
      checkBytes(context, 'context', 0, MAX_VECTOR_BYTES);
      checkNumber(length, 'length', 0, HKDF_SM3_MAX_BYTES);
      return withSecret(secret, 'secret', (bytes) => expandLabel(bytes, label, context, length));
    },
    deriveSecretSm3(secret, label, transcriptHash) {
      requireHmac();
      checkBytes(transcriptHash, 'transcriptHash', SM3_DIGEST_BYTES, SM3_DIGEST_BYTES);
      return withSecretOf(secret, 'secret', SM3_DIGEST_BYTES, (bytes) =>
        expandLabel(bytes, label, transcriptHash, SM3_DIGEST_BYTES),
      );
    },
    tls13KeySchedule(psk) {
      requireHmac();
      return createKeySchedule(engine, expandLabel, psk);
    },
    tls13TrafficKeys: (trafficSecret) =>
      fromTraffic(trafficSecret, (bytes) => ({
        key: expandLabel(bytes, 'key', none, SM4_BLOCK_BYTES),
        iv: expandLabel(bytes, 'iv', none, SM4_GCM_NONCE_BYTES),
      })),
    tls13NextTrafficSecret: (trafficSecret) =>
      fromTraffic(trafficSecret, (bytes) => expandLabel(bytes, 'traffic upd', none, SM3_DIGEST_BYTES)),
    tls13FinishedKey: (trafficSecret) =>
      fromTraffic(trafficSecret, (bytes) => expandLabel(bytes, 'finished', none, SM3_DIGEST_BYTES)),
    tlsPrfSm3(secret, label, seed, length) {
      requireHmac();
      checkNumber(length, 'length', 0, MAX_PRF_BYTES);
      const labelAndSeed = concatBytes(labelBytes(label, MAX_VECTOR_BYTES), anyBytes(seed, 'seed'));
      return withSecret(secret, 'secret', (bytes) => pHash(engine, bytes, labelAndSeed, length));
    },
  };
}

import {
  fromBase64,
  type JsonValue,
  randomBytes,
  Secret,
  SM4_GCM_NONCE_BYTES,
  SM4_GCM_TAG_BYTES,
  type Sm2KeyPair,
  sm2,
  sm3,
  sm4,
  toBase64,
  toHex,
} from '@cssi/sm-core';
import type { TaEnvelope } from './bundle.ts';
import type { StrictJson } from './strict-json.ts';

const KEY_BYTES = 16;
/** C1 (65) ‖ C3 (32) ‖ C2 (16). */
const WRAPPED_KEY_BYTES = 65 + 32 + KEY_BYTES;
/** Longest canonical JSON of an envelope, in bytes. */
export const MAX_ENVELOPE_BYTES = 1024;

/** Reads an envelope from a JSON value. @internal */
export function parseEnvelope(json: StrictJson, value: JsonValue): TaEnvelope {
  const read = json.fields(value, ['algorithm', 'recipient', 'wrappedKey', 'nonce']);
  json.bytes(read.wrappedKey, 'wrappedKey', WRAPPED_KEY_BYTES, WRAPPED_KEY_BYTES);
  json.bytes(read.nonce, 'nonce', SM4_GCM_NONCE_BYTES, SM4_GCM_NONCE_BYTES);
  return {
    algorithm: json.oneOf(read.algorithm, 'algorithm', ['SM2+SM4-GCM']),
    recipient: json.digest(read.recipient, 'recipient'),
    wrappedKey: read.wrappedKey as string,
    nonce: read.nonce as string,
  };
}

/** What {@link sealEnvelope} makes. */
export interface SealedEnvelope {
  readonly envelope: TaEnvelope;
  /** Ciphertext ‖ tag. */
  readonly payload: Uint8Array;
}

/**
 * Encrypts for the holder of an SM2 key: SM4-GCM under a random key that is encrypted to `recipient`.
 *
 * @param recipient - uncompressed point, 65 bytes
 * @throws {@link SmError} ERR_SM2_PUBLIC_KEY_INVALID
 * @standard GB/T 32918.4-2016; GB/T 36624-2018
 */
export function sealEnvelope(
  recipient: Uint8Array,
  plaintext: Uint8Array,
  associatedData: Uint8Array,
): SealedEnvelope {
  const key = randomBytes(KEY_BYTES);
  const nonce = randomBytes(SM4_GCM_NONCE_BYTES);
  const secret = Secret.copy(key);
  const gcm = sm4.gcm(secret);
  try {
    return {
      envelope: {
        algorithm: 'SM2+SM4-GCM',
        recipient: toHex(sm3(recipient)),
        wrappedKey: toBase64(sm2.encrypt(recipient, key, { format: 'c1c3c2' })),
        nonce: toBase64(nonce),
      },
      payload: gcm.seal(nonce, plaintext, associatedData),
    };
  } finally {
    gcm.destroy();
    secret.destroy();
    key.fill(0);
  }
}

/**
 * The content key of an envelope, 16 bytes; the caller zeroes it. `undefined` when it is not for
 * this key pair or does not open: one answer for all.
 */
export function openEnvelopeKey(pair: Sm2KeyPair, envelope: TaEnvelope): Uint8Array | undefined {
  if (envelope.recipient !== toHex(sm3(pair.publicKey))) return undefined;
  try {
    const key = sm2.decrypt(pair.privateKey, fromBase64(envelope.wrappedKey), { format: 'c1c3c2' });
    return key.length === KEY_BYTES ? key : undefined;
  } catch {
    return undefined;
  }
}

/** Decrypts the payload under the content key; `undefined` when it does not open. */
export function openEnvelopePayload(
  key: Uint8Array,
  envelope: TaEnvelope,
  payload: Uint8Array,
  associatedData: Uint8Array,
): Uint8Array | undefined {
  const secret = Secret.copy(key);
  const gcm = sm4.gcm(secret);
  try {
    return gcm.open(fromBase64(envelope.nonce), payload, associatedData);
  } catch {
    return undefined;
  } finally {
    gcm.destroy();
    secret.destroy();
  }
}

/** What an envelope adds to its content. */
export const ENVELOPE_OVERHEAD: number = SM4_GCM_TAG_BYTES;

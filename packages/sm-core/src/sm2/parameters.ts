import type { Sm2CiphertextFormat, Sm2SignatureFormat } from '../encoding/sm2.ts';
import {
  SM2_COMPRESSED_KEY_BYTES,
  SM2_DEFAULT_ID,
  SM2_MAX_ID_BYTES,
  SM2_PRIVATE_KEY_BYTES,
  SM2_PUBLIC_KEY_BYTES,
  SM2_SIGNATURE_BYTES,
  SM3_DIGEST_BYTES,
} from '../spec/v1/engine.ts';

/** Longest message of one SM2 encryption in bytes: 1 MiB. */
export const SM2_MAX_MESSAGE_BYTES: number = 1 << 20;
/** Longest key of one SM2 key exchange in bytes: 1 MiB. */
export const SM2_MAX_EXCHANGE_KEY_BYTES: number = 1 << 20;

/** Side of a key exchange: `initiator` is A of the standard, `responder` is B. @standard GB/T 32918.3-2016 §6 */
export type Sm2ExchangeRole = 'initiator' | 'responder';

/** Are the confirmations S_A and S_B, options of the standard, sent and checked? @standard GB/T 32918.3-2016 §6.1 */
export type Sm2ExchangeConfirm = 'required' | 'none';

/** How the nonce k of a signature is made. */
export type Sm2NonceRule = 'random' | 'hedged';

/** Every parameter of SM2 in this package; lengths in bytes unless a name says bits. */
export interface Sm2Parameters {
  /** The one curve. @standard GB/T 32918.5-2017 §2 */
  readonly curve: 'sm2p256v1';
  /** Object identifier of the curve. @standard GB/T 33560-2017 */
  readonly curveOid: '1.2.156.10197.1.301';
  /** Bits of the field's prime p. */
  readonly fieldBits: number;
  /** Bits of the order n of G. */
  readonly orderBits: number;
  readonly cofactor: number;
  /** The one hash. @standard GB/T 32905-2016 */
  readonly hash: 'sm3';
  readonly digestBytes: number;
  readonly privateKeyBytes: number;
  /** Encodings of a public key that are read, with their lengths; 04 is the one that is written unless asked. */
  readonly publicKeyEncodings: { readonly uncompressed: number; readonly compressed: number };
  /** Bytes of r‖s. */
  readonly signatureBytes: number;
  /** Forms of a signature, the default first. */
  readonly signatureFormats: readonly [Sm2SignatureFormat, ...Sm2SignatureFormat[]];
  /** Forms of a ciphertext, the default first. */
  readonly ciphertextFormats: readonly [Sm2CiphertextFormat, ...Sm2CiphertextFormat[]];
  /** How the nonce of a signature is made, the default first. */
  readonly nonceRules: readonly [Sm2NonceRule, ...Sm2NonceRule[]];
  /** Signer ID when none is given, as ASCII. */
  readonly defaultId: string;
  /** Lengths of a signer ID. */
  readonly idBytes: { readonly min: number; readonly max: number };
  /** Lengths of a message to encrypt. */
  readonly messageBytes: { readonly min: number; readonly max: number };
  /** Roles in a key exchange. */
  readonly exchangeRoles: readonly [Sm2ExchangeRole, ...Sm2ExchangeRole[]];
  /** Confirmation in a key exchange, the default first. */
  readonly exchangeConfirm: readonly [Sm2ExchangeConfirm, ...Sm2ExchangeConfirm[]];
  /** Lengths of an agreed key. */
  readonly exchangeKeyBytes: { readonly min: number; readonly max: number };
}

function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object') freeze(inner as object);
  return Object.freeze(value);
}

/**
 * The parameters of SM2 as this package computes it: one curve, one hash, and the lists
 * that options are checked against, so that what is not here is refused.
 *
 * @standard GB/T 32918-2016, GB/T 35276-2017
 * @example
 * ```ts
 * import { SM2_PARAMETERS } from '@cssi/sm-core';
 * const { curve, hash, defaultId } = SM2_PARAMETERS;
 * ```
 */
export const SM2_PARAMETERS: Sm2Parameters = /* @__PURE__ */ freeze<Sm2Parameters>({
  curve: 'sm2p256v1',
  curveOid: '1.2.156.10197.1.301',
  fieldBits: 256,
  orderBits: 256,
  cofactor: 1,
  hash: 'sm3',
  digestBytes: SM3_DIGEST_BYTES,
  privateKeyBytes: SM2_PRIVATE_KEY_BYTES,
  publicKeyEncodings: { uncompressed: SM2_PUBLIC_KEY_BYTES, compressed: SM2_COMPRESSED_KEY_BYTES },
  signatureBytes: SM2_SIGNATURE_BYTES,
  signatureFormats: ['der', 'raw'],
  ciphertextFormats: ['der', 'c1c3c2', 'c1c2c3'],
  nonceRules: ['random', 'hedged'],
  defaultId: SM2_DEFAULT_ID,
  idBytes: { min: 0, max: SM2_MAX_ID_BYTES },
  messageBytes: { min: 1, max: SM2_MAX_MESSAGE_BYTES },
  exchangeRoles: ['initiator', 'responder'],
  exchangeConfirm: ['required', 'none'],
  exchangeKeyBytes: { min: 1, max: SM2_MAX_EXCHANGE_KEY_BYTES },
});

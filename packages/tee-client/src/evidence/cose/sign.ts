import { type KeyObject, sign } from 'node:crypto';
import { type Sm2KeyPair, sm2 } from '@cssi/sm-core';
import { encodeCbor } from '../cbor/encode.ts';
import { type CborKey, type CborMap, CborTagged, type CborValue } from '../cbor/value.ts';
import { COSE_ALGORITHMS, type CoseAlgorithm, ECDSA_HASHES } from './algorithms.ts';
import { type CosePublicKey, coseKeyOfObject, coseKeyOfPoint } from './key.ts';
import { COSE_HEADERS, COSE_SIGN1_TAG, coseSigStructure } from './sign1.ts';

/**
 * Whoever signs COSE messages with a key at hand.
 *
 * @group Attestation
 */
export interface CoseSigner {
  readonly publicKey: CosePublicKey;
  /** Signature over the Sig_structure: r‖s, each as long as the curve's field. */
  sign(signed: Uint8Array): Uint8Array;
}

/** Options of {@link signCoseSign1} and {@link prepareCoseSign1}. @group Attestation */
export interface CoseSignOptions {
  /** More header parameters that are signed; `alg` is written anyway. */
  readonly protectedHeader?: CborMap;
  readonly unprotectedHeader?: CborMap;
  readonly externalAad?: Uint8Array;
  /** Write tag 18 in front. Default: yes. */
  readonly tagged?: boolean;
  /** Leave the payload out of the message. Default: no. */
  readonly detached?: boolean;
}

/** A message that lacks its signature. @group Attestation */
export interface PreparedCoseSign1 {
  /** What has to be signed. */
  readonly signed: Uint8Array;
  /** The message with the signature r‖s. */
  finish(signature: Uint8Array): Uint8Array;
}

/** A signer with a P-256, P-384 or P-521 key. @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED for other keys @group Attestation */
export function ecdsaCoseSigner(privateKey: KeyObject): CoseSigner {
  const publicKey = coseKeyOfObject(privateKey);
  const hash = ECDSA_HASHES[publicKey.algorithm as keyof typeof ECDSA_HASHES];
  return {
    publicKey,
    sign: (signed) => Uint8Array.from(sign(hash, signed, { key: privateKey, dsaEncoding: 'ieee-p1363' })),
  };
}

/** A signer with an SM2 key pair, which stays the caller's to destroy. @group Attestation */
export function sm2CoseSigner(pair: Sm2KeyPair): CoseSigner {
  return {
    publicKey: coseKeyOfPoint(pair.publicKey, 'SM2'),
    sign: (signed) => sm2.signWith(pair, signed, { format: 'raw' }),
  };
}

/**
 * A message for a key that is elsewhere: sign `signed`, then `finish`.
 *
 * @standard RFC 9052 §4.4
 * @group Attestation
 */
export function prepareCoseSign1(
  payload: Uint8Array,
  algorithm: CoseAlgorithm,
  options: CoseSignOptions = {},
): PreparedCoseSign1 {
  const { protectedHeader, unprotectedHeader, externalAad, tagged = true, detached = false } = options;
  const header = new Map<CborKey, CborValue>(protectedHeader);
  header.set(COSE_HEADERS.alg, COSE_ALGORITHMS[algorithm]);
  const protectedBytes = encodeCbor(header);
  return {
    signed: coseSigStructure(protectedBytes, payload, externalAad),
    finish: (signature) => {
      const list = [protectedBytes, unprotectedHeader ?? new Map(), detached ? null : payload, signature];
      return encodeCbor(tagged ? new CborTagged(COSE_SIGN1_TAG, list) : list);
    },
  };
}

/**
 * Signs a payload as COSE_Sign1.
 *
 * @example
 * ```ts
 * const message = signCoseSign1(encodeCbor(claims), sm2CoseSigner(pair));
 * ```
 * @standard RFC 9052 §4.2, §4.4
 * @group Attestation
 */
export function signCoseSign1(
  payload: Uint8Array,
  signer: CoseSigner,
  options: CoseSignOptions = {},
): Uint8Array {
  const { signed, finish } = prepareCoseSign1(payload, signer.publicKey.algorithm, options);
  return finish(signer.sign(signed));
}

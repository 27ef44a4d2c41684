import { ByteReader } from '../byte-reader.ts';
import type { LogAlgorithm } from '../event-log/types.ts';
import { malformed } from '../malformed.ts';
import type { EcdsaCurve } from '../signatures.ts';
import { hashOfId, TPM_ALG, TPM_CURVE } from './algorithms.ts';
import { sized } from './attest.ts';
import { SIGNATURE_SCHEMES, type TpmSignature } from './signature.ts';

/** Longest TPMT_PUBLIC that is read, in bytes. @group Attestation */
export const MAX_TPM_PUBLIC_BYTES = 1300;

const MAX_POLICY = 64;
const MAX_RSA_BYTES = 1024;
const MAX_COORDINATE = 66;
const DEFAULT_EXPONENT = 65_537;

/**
 * Bits of TPMA_OBJECT.
 *
 * @standard TCG TPM 2.0 Library Part 2 §8.3
 * @group Attestation
 */
export const TPM_OBJECT_ATTRIBUTES = {
  fixedTpm: 1 << 1,
  fixedParent: 1 << 4,
  sensitiveDataOrigin: 1 << 5,
  userWithAuth: 1 << 6,
  adminWithPolicy: 1 << 7,
  restricted: 1 << 16,
  decrypt: 1 << 17,
  sign: 1 << 18,
} as const;

/** A scheme a key is bound to. @group Attestation */
export interface TpmKeyScheme {
  readonly scheme: TpmSignature['scheme'];
  readonly hash: LogAlgorithm;
}

/** Public part of an RSA key, big-endian. @group Attestation */
export interface TpmRsaPublic {
  readonly type: 'rsa';
  readonly exponent: number;
  readonly modulus: Uint8Array;
}

/** A point, big-endian; x and y may be shorter than the field: leading zeros need not be there. @group Attestation */
export interface TpmEccPublic {
  readonly type: 'ecc';
  readonly curve: EcdsaCurve | 'sm2';
  readonly x: Uint8Array;
  readonly y: Uint8Array;
}

/**
 * The public area of a TPM key. Byte fields are views of the input.
 *
 * @standard TCG TPM 2.0 Library Part 2 §12.2.4 TPMT_PUBLIC
 * @group Attestation
 */
export interface TpmPublicArea {
  /** The encoding itself, which the key's Name is a digest of. */
  readonly raw: Uint8Array;
  readonly nameHash: LogAlgorithm;
  /** {@link TPM_OBJECT_ATTRIBUTES}. */
  readonly attributes: number;
  readonly authPolicy: Uint8Array;
  /** Undefined where the key names none, or one that is none of signatures. */
  readonly scheme: TpmKeyScheme | undefined;
  readonly key: TpmRsaPublic | TpmEccPublic;
}

/** TPMT_SYM_DEF_OBJECT: what the key protects its children with; of no interest here. */
function skipSymmetric(reader: ByteReader): void {
  if (reader.u16be() !== TPM_ALG.null) reader.skip(4);
}

function keyScheme(reader: ByteReader): TpmKeyScheme | undefined {
  const id = reader.u16be();
  if (id === TPM_ALG.null) return undefined;
  const scheme = SIGNATURE_SCHEMES.get(id);
  // RSAES alone has no parameter; a key for encryption is no attestation key, but may be a parent.
  if (id === 0x0015) return undefined;
  const hash = hashOfId(reader.u16be());
  if (hash === undefined) throw malformed('public-scheme');
  if (id === TPM_ALG.ecdaa) reader.skip(2);
  return scheme === undefined ? undefined : { scheme, hash };
}

function rsa(reader: ByteReader): [TpmKeyScheme | undefined, TpmRsaPublic] {
  skipSymmetric(reader);
  const scheme = keyScheme(reader);
  const bits = reader.u16be();
  const exponent = reader.u32be();
  const modulus = sized(reader, MAX_RSA_BYTES, 'public-modulus');
  if (modulus.length === 0 || modulus.length * 8 !== bits) throw malformed('public-modulus');
  return [scheme, { type: 'rsa', exponent: exponent === 0 ? DEFAULT_EXPONENT : exponent, modulus }];
}

const CURVES: ReadonlyMap<number, TpmEccPublic['curve']> = new Map(
  (Object.keys(TPM_CURVE) as TpmEccPublic['curve'][]).map((name) => [TPM_CURVE[name], name]),
);

function ecc(reader: ByteReader): [TpmKeyScheme | undefined, TpmEccPublic] {
  skipSymmetric(reader);
  const scheme = keyScheme(reader);
  const curve = CURVES.get(reader.u16be());
  if (curve === undefined) throw malformed('public-curve');
  // TPMT_KDF_SCHEME
  if (reader.u16be() !== TPM_ALG.null) reader.skip(2);
  const x = sized(reader, MAX_COORDINATE, 'public-point');
  const y = sized(reader, MAX_COORDINATE, 'public-point');
  return [scheme, { type: 'ecc', curve, x, y }];
}

/**
 * Reads the public area of an RSA or ECC key.
 *
 * @param bytes - TPMT_PUBLIC, without the length a TPM2B_PUBLIC has in front
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @standard TCG TPM 2.0 Library Part 2 §12.2.4
 * @group Attestation
 */
export function parseTpmPublicArea(bytes: Uint8Array): TpmPublicArea {
  if (bytes.length > MAX_TPM_PUBLIC_BYTES) throw malformed('public-size');
  const reader = new ByteReader(bytes, 'public');
  const type = reader.u16be();
  const nameHash = hashOfId(reader.u16be());
  if (nameHash === undefined) throw malformed('public-name-hash');
  const attributes = reader.u32be();
  const authPolicy = sized(reader, MAX_POLICY, 'public-policy');
  if (type !== TPM_ALG.rsa && type !== TPM_ALG.ecc) throw malformed('public-type');
  const [scheme, key] = type === TPM_ALG.rsa ? rsa(reader) : ecc(reader);
  reader.end();
  return { raw: bytes, nameHash, attributes, authPolicy, scheme, key };
}

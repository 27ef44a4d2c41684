/**
 * Signature algorithms of COSE that evidence is signed with.
 *
 * `SM2-SM3` has no registered number. Ours is of the range for private use, so both sides have to agree on
 * it: SM2 of GB/T 32918.2 over the Sig_structure with SM3, Z of the default ID `1234567812345678`,
 * signature r‖s of 64 bytes.
 *
 * @standard RFC 9053 §2.1, RFC 9052 §11.4.2
 * @group Attestation
 */
export const COSE_ALGORITHMS = {
  ES256: -7,
  ES384: -35,
  ES512: -36,
  'SM2-SM3': -65_537,
} as const;
/** @group Attestation */
export type CoseAlgorithm = keyof typeof COSE_ALGORITHMS;

/**
 * Elliptic curves of COSE keys; that of SM2 is ours, of the range for private use.
 *
 * @standard RFC 9053 §7.1
 * @group Attestation
 */
export const COSE_CURVES = { 'P-256': 1, 'P-384': 2, 'P-521': 3, SM2: -65_537 } as const;
/** @group Attestation */
export type CoseCurve = keyof typeof COSE_CURVES;

/** What each curve is used with here. @internal */
export const CURVE_ALGORITHMS: Readonly<Record<CoseCurve, CoseAlgorithm>> = {
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
  SM2: 'SM2-SM3',
};

/** Bytes of a coordinate. @internal */
export const COORDINATE_BYTES: Readonly<Record<CoseCurve, number>> = {
  'P-256': 32,
  'P-384': 48,
  'P-521': 66,
  SM2: 32,
};

/** Digest of an algorithm of ECDSA. @internal */
export const ECDSA_HASHES = { ES256: 'sha256', ES384: 'sha384', ES512: 'sha512' } as const;

const NAMES: ReadonlyMap<unknown, CoseAlgorithm> = new Map(
  Object.entries(COSE_ALGORITHMS).map(([name, value]) => [value, name as CoseAlgorithm]),
);
const CURVE_NAMES: ReadonlyMap<unknown, CoseCurve> = new Map(
  Object.entries(COSE_CURVES).map(([name, value]) => [value, name as CoseCurve]),
);

/** Name of a number in a header; undefined for others. @internal */
export const coseAlgorithmName = (value: unknown): CoseAlgorithm | undefined => NAMES.get(value);
/** @internal */
export const coseCurveName = (value: unknown): CoseCurve | undefined => CURVE_NAMES.get(value);

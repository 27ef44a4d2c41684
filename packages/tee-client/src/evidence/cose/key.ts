import { createPublicKey, type KeyObject } from 'node:crypto';
import { decodeSm2PublicKeyInfo } from '@cssi/pki';
import { concatBytes, equalBytes, fromHex, sm2 } from '@cssi/sm-core';
import { CborFields } from '../cbor/fields.ts';
import type { CborMap, CborValue } from '../cbor/value.ts';
import { malformed } from '../malformed.ts';
import { spkiKey } from '../signatures.ts';
import {
  COORDINATE_BYTES,
  COSE_ALGORITHMS,
  COSE_CURVES,
  type CoseAlgorithm,
  type CoseCurve,
  CURVE_ALGORITHMS,
  coseCurveName,
} from './algorithms.ts';

/**
 * A public key that verifies COSE signatures, of one algorithm only.
 *
 * @group Attestation
 */
export interface CosePublicKey {
  readonly algorithm: CoseAlgorithm;
  readonly curve: CoseCurve;
  /** 04‖x‖y. */
  readonly point: Uint8Array;
  /** The key for node:crypto; undefined for SM2. */
  readonly key: KeyObject | undefined;
}

/** Labels of a key. @standard RFC 9052 §7.1, RFC 9053 §7.1.1 */
const LABEL = { kty: 1, alg: 3, crv: -1, x: -2, y: -3 } as const;
const KTY_EC2 = 2;

const CURVE_OF_LENGTH: ReadonlyMap<number, CoseCurve> = new Map([
  [65, 'P-256'],
  [97, 'P-384'],
  [133, 'P-521'],
]);
/** SubjectPublicKeyInfo of each curve up to the point. @standard RFC 5480 §2 */
const SPKI_HEADS: Readonly<Record<Exclude<CoseCurve, 'SM2'>, Uint8Array>> = {
  'P-256': fromHex('3059301306072a8648ce3d020106082a8648ce3d030107034200'),
  'P-384': fromHex('3076301006072a8648ce3d020106052b81040022036200'),
  'P-521': fromHex('30819b301006072a8648ce3d020106052b8104002303818600'),
};
const NODE_CURVES: Readonly<Record<string, CoseCurve>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

/**
 * The key of a point 04‖x‖y.
 *
 * @param curve - when left out, the NIST curve whose points have this length
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED for bytes that are no point of the curve
 * @group Attestation
 */
export function coseKeyOfPoint(point: Uint8Array, curve?: CoseCurve): CosePublicKey {
  const found = curve ?? CURVE_OF_LENGTH.get(point.length);
  if (found === undefined || point.length !== 2 * COORDINATE_BYTES[found] + 1 || point[0] !== 4) {
    throw malformed('public-key');
  }
  const algorithm = CURVE_ALGORITHMS[found];
  if (found !== 'SM2') {
    // Reading DER checks that the point is on the curve; reading a JWK also multiplies it by the order
    // of the group, which says nothing more where the cofactor is 1 and takes as long as a signature.
    return { algorithm, curve: found, point, key: spkiKey(concatBytes(SPKI_HEADS[found], point)) };
  }
  try {
    return { algorithm, curve: found, point: sm2.publicKey(point), key: undefined };
  } catch (cause) {
    throw malformed('public-key', cause);
  }
}

/**
 * The key of a SubjectPublicKeyInfo: SM2, P-256, P-384 or P-521.
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED for other keys
 * @group Attestation
 */
export function coseKeyOfSpki(publicKeyInfo: Uint8Array): CosePublicKey {
  for (const [curve, head] of Object.entries(SPKI_HEADS) as [keyof typeof SPKI_HEADS, Uint8Array][]) {
    const point = publicKeyInfo.subarray(head.length);
    const length = 2 * COORDINATE_BYTES[curve] + 1;
    if (point.length === length && equalBytes(publicKeyInfo.subarray(0, head.length), head)) {
      return coseKeyOfPoint(point, curve);
    }
  }
  const sm2Point = sm2PointOf(publicKeyInfo);
  if (sm2Point !== undefined) return coseKeyOfPoint(sm2Point, 'SM2');
  return coseKeyOfObject(spkiKey(publicKeyInfo));
}

/**
 * The key of a public, or of the public half of a private, key of node:crypto.
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED for other keys than P-256, P-384, P-521
 * @group Attestation
 */
export function coseKeyOfObject(object: KeyObject): CosePublicKey {
  const curve = NODE_CURVES[object.asymmetricKeyDetails?.namedCurve ?? ''];
  if (object.asymmetricKeyType !== 'ec' || curve === undefined) throw malformed('public-key-algorithm');
  const key = object.type === 'private' ? createPublicKey(object) : object;
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const coordinates = [x, y].map((part) => Uint8Array.from(Buffer.from(part, 'base64url')));
  const point = concatBytes(Uint8Array.of(4), ...coordinates);
  return { algorithm: CURVE_ALGORITHMS[curve], curve, point, key };
}

/**
 * Reads a COSE_Key with both coordinates.
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @standard RFC 9052 §7, RFC 9053 §7.1.1
 * @group Attestation
 */
export function readCoseKey(value: CborValue): CosePublicKey {
  const fields = new CborFields(value, 'cose-key');
  const map = value as CborMap;
  const curve = coseCurveName(map.get(LABEL.crv));
  if (map.get(LABEL.kty) !== KTY_EC2 || curve === undefined) throw malformed('cose-key-type');
  const algorithm = map.get(LABEL.alg);
  if (algorithm !== undefined && algorithm !== COSE_ALGORITHMS[CURVE_ALGORITHMS[curve]]) {
    throw malformed('cose-key-alg');
  }
  const length = COORDINATE_BYTES[curve];
  const x = fields.bytes(LABEL.x, 'x', length);
  const y = fields.bytes(LABEL.y, 'y', length);
  return coseKeyOfPoint(concatBytes(Uint8Array.of(4), x, y), curve);
}

/**
 * The COSE_Key of a public key.
 *
 * @standard RFC 9052 §7, RFC 9053 §7.1.1
 * @group Attestation
 */
export function writeCoseKey({ curve, point }: CosePublicKey): CborMap {
  const length = COORDINATE_BYTES[curve];
  return new Map<number, CborValue>([
    [LABEL.kty, KTY_EC2],
    [LABEL.crv, COSE_CURVES[curve]],
    [LABEL.x, point.slice(1, 1 + length)],
    [LABEL.y, point.slice(1 + length)],
  ]);
}

/** 04‖x‖y of an SM2 key; undefined for a key of another kind. */
function sm2PointOf(publicKeyInfo: Uint8Array): Uint8Array | undefined {
  try {
    return decodeSm2PublicKeyInfo(publicKeyInfo);
  } catch {
    return undefined;
  }
}

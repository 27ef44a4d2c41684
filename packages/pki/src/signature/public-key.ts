import { SM_CORE_ERRORS, SM2_PUBLIC_KEY_BYTES, sm2 } from '@cssi/sm-core';
import { oidText } from '../internal/oids.ts';
import { DerProblem, expectTag, readAll, readBytesOfBits, readOne } from '../internal/tlv.ts';
import { OIDS } from '../spec/v1/oids.ts';

/** What a SubjectPublicKeyInfo holds. */
export interface PublicKeyFacts {
  /** `sm2`, `ec:` and the OID of the curve, or the OID of the algorithm. */
  readonly keyAlgorithm: string;
  readonly sm2PublicKey?: Uint8Array;
}

/**
 * Kind of key of an AlgorithmIdentifier's contents. SM2 is `id-ecPublicKey` with the curve;
 * Tongsuo writes the OID of the curve in both places, which means the same.
 */
function readKeyAlgorithm(contents: Uint8Array): string {
  const [algorithm, parameters, ...rest] = readAll(contents);
  const oid = oidText(expectTag(algorithm, 0x06, 'key algorithm').value);
  if (rest.length > 0) throw new DerProblem('key algorithm');
  if (oid !== OIDS.ecPublicKey && oid !== OIDS.sm2Curve) return oid;
  // Curves must be named: explicit parameters let a certificate bring its own curve.
  const curve = oidText(expectTag(parameters, 0x06, 'curve').value);
  if (curve === OIDS.sm2Curve) return 'sm2';
  if (oid === OIDS.sm2Curve) throw new DerProblem('curve');
  return `ec:${curve}`;
}

/**
 * Reads a SubjectPublicKeyInfo; an SM2 point is checked to lie on the curve.
 *
 * @throws SmError ERR_SM2_PUBLIC_KEY_INVALID
 */
export function readPublicKeyInfo(publicKeyInfo: Uint8Array): PublicKeyFacts {
  const [algorithm, bits, ...rest] = readAll(readOne(publicKeyInfo, 0x30).value);
  if (rest.length > 0) throw new DerProblem('public key');
  const keyAlgorithm = readKeyAlgorithm(expectTag(algorithm, 0x30, 'key algorithm').value);
  const key = readBytesOfBits(bits, 'public key');
  if (keyAlgorithm !== 'sm2') return { keyAlgorithm };
  // GB/T 35276-2017 §7.1: SM2PublicKey is 04‖X‖Y; one key has one encoding, so compressed points are refused.
  if (key.length !== SM2_PUBLIC_KEY_BYTES) throw SM_CORE_ERRORS.create('ERR_SM2_PUBLIC_KEY_INVALID');
  return { keyAlgorithm, sm2PublicKey: sm2.publicKey(key) };
}

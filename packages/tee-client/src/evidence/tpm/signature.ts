import { ByteReader } from '../byte-reader.ts';
import type { LogAlgorithm } from '../event-log/types.ts';
import { malformed } from '../malformed.ts';
import { hashOfId, TPM_ALG } from './algorithms.ts';
import { sized } from './attest.ts';

/** Longest TPMT_SIGNATURE that is read, in bytes. @group Attestation */
export const MAX_TPM_SIGNATURE_BYTES = 1200;

const MAX_RSA_BYTES = 1024;
const MAX_COORDINATE = 66;

/** A signature by RSASSA-PKCS1-v1_5 or RSASSA-PSS. @group Attestation */
export interface TpmRsaSignature {
  readonly scheme: 'rsassa' | 'rsapss';
  readonly hash: LogAlgorithm;
  readonly value: Uint8Array;
}

/** A signature by ECDSA or SM2; `r` and `s` are as long as the TPM wrote them. @group Attestation */
export interface TpmCurveSignature<Scheme extends 'ecdsa' | 'sm2' = 'ecdsa' | 'sm2'> {
  readonly scheme: Scheme;
  readonly hash: LogAlgorithm;
  readonly r: Uint8Array;
  readonly s: Uint8Array;
}

/**
 * A signature of a TPM or a TCM.
 *
 * @standard TCG TPM 2.0 Library Part 2 §11.3.4 TPMT_SIGNATURE
 * @group Attestation
 */
export type TpmSignature = TpmRsaSignature | TpmCurveSignature<'ecdsa'> | TpmCurveSignature<'sm2'>;

/** Names of the signature schemes by TPM_ALG_ID. @internal */
export const SIGNATURE_SCHEMES: ReadonlyMap<number, TpmSignature['scheme']> = new Map([
  [TPM_ALG.rsassa, 'rsassa'],
  [TPM_ALG.rsapss, 'rsapss'],
  [TPM_ALG.ecdsa, 'ecdsa'],
  [TPM_ALG.sm2, 'sm2'],
]);

/**
 * Reads a signature.
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED, for schemes other than RSASSA, RSAPSS, ECDSA and SM2 too
 * @standard TCG TPM 2.0 Library Part 2 §11.3.4
 * @group Attestation
 */
export function parseTpmSignature(bytes: Uint8Array): TpmSignature {
  if (bytes.length > MAX_TPM_SIGNATURE_BYTES) throw malformed('signature-size');
  const reader = new ByteReader(bytes, 'signature');
  const scheme = SIGNATURE_SCHEMES.get(reader.u16be());
  const hash = hashOfId(reader.u16be());
  if (scheme === undefined || hash === undefined) throw malformed('signature-algorithm');
  if (scheme === 'rsassa' || scheme === 'rsapss') {
    const value = sized(reader, MAX_RSA_BYTES, 'signature-value');
    reader.end();
    return { scheme, hash, value };
  }
  const r = sized(reader, MAX_COORDINATE, 'signature-value');
  const s = sized(reader, MAX_COORDINATE, 'signature-value');
  reader.end();
  return { scheme, hash, r, s };
}

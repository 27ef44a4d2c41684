import { type Certificate, encodeSm2PublicKeyInfo, PKI_ERRORS } from '@cssi/pki';
import { equalBytes, SM_CORE_ERRORS } from '@cssi/sm-core';
import type { Endorsements, TrustedKey } from '../../spec/v1/attestation.ts';
import { malformed } from '../malformed.ts';
import { readCertificate } from '../x509-chain.ts';
import { type AttestationKey, keyOfArea, keyOfCertificate, keyOfInfo, sameKey } from './attestation-key.ts';
import type { TpmEvidence } from './envelope.ts';
import { parseTpmPublicArea, type TpmPublicArea } from './public-area.ts';

/** The attestation key (AK) as the evidence presents it. @internal */
export interface SigningKey {
  readonly key: AttestationKey;
  /** Whether everything that names the key names the same one. */
  readonly agrees: boolean;
  readonly area: TpmPublicArea | undefined;
  /** Ancestors, the nearest first; undefined when the evidence names none. */
  readonly parents: readonly TpmPublicArea[] | undefined;
  /** That of the key first; empty without one. */
  readonly certificates: readonly Certificate[];
}

function certificateOf(der: Uint8Array): Certificate {
  try {
    return readCertificate(der);
  } catch (cause) {
    if (PKI_ERRORS.is(cause) || SM_CORE_ERRORS.is(cause)) throw malformed('certificate', cause);
    throw cause;
  }
}

/** SubjectPublicKeyInfo of a key, DER. @internal */
export const infoOf = (key: AttestationKey): Uint8Array =>
  key.kind === 'sm2' ? encodeSm2PublicKeyInfo(key.point) : key.key.export({ format: 'der', type: 'spki' });

/** A certificate for `key` among the endorsements, for evidence without one. */
function endorsed(key: AttestationKey, endorsements: Endorsements | undefined): Certificate[] {
  const given = endorsements?.certificates ?? [];
  if (given.length === 0) return [];
  const info = infoOf(key);
  return given.filter(({ publicKeyInfo }) => equalBytes(publicKeyInfo, info)).slice(0, 1);
}

/** The key out of the part that is read fastest. */
function firstKey(
  area: TpmPublicArea | undefined,
  publicKeyInfo: Uint8Array | undefined,
  leaf: Certificate | undefined,
): AttestationKey {
  if (area !== undefined) return keyOfArea(area);
  if (publicKeyInfo !== undefined) return keyOfInfo(publicKeyInfo);
  if (leaf !== undefined) return keyOfCertificate(leaf);
  throw malformed('attestation-key');
}

/** Reading a key is slow, so it is done only where another encoding of the same key could stand. */
const isInfoOf = (key: AttestationKey, info: Uint8Array): boolean =>
  equalBytes(infoOf(key), info) || sameKey(key, keyOfInfo(info));

/**
 * Collects what the evidence says about its attestation key.
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @internal
 */
export function readSigningKey(evidence: TpmEvidence, endorsements: Endorsements | undefined): SigningKey {
  const { publicArea, publicKeyInfo } = evidence;
  const area = publicArea === undefined ? undefined : parseTpmPublicArea(publicArea);
  const certificates = (evidence.certificates ?? []).map(certificateOf);
  const [leaf] = certificates;
  const key = firstKey(area, publicKeyInfo, leaf);
  const named = [publicKeyInfo, leaf?.publicKeyInfo].filter((info) => info !== undefined);
  return {
    key,
    agrees: named.every((info) => isInfoOf(key, info)),
    area,
    parents: evidence.parents?.map(parseTpmPublicArea),
    certificates: certificates.length > 0 ? certificates : endorsed(key, endorsements),
  };
}

/** The anchor that is this key. @internal */
export function trustedAs(
  key: AttestationKey,
  trusted: readonly TrustedKey[] | undefined,
): TrustedKey | undefined {
  if (trusted === undefined || trusted.length === 0) return undefined;
  const info = infoOf(key);
  return trusted.find(({ publicKeyInfo }) => equalBytes(publicKeyInfo, info));
}

import { createPublicKey, type KeyObject } from 'node:crypto';
import { equalBytes } from '@cssi/sm-core';
import { encodeSm2PublicKeyInfo } from '../containers/sm2-keys.ts';
import { reading } from '../internal/reading.ts';
import { readPublicKeyInfo } from '../signature/public-key.ts';
import type { CertificateRecord } from '../spec/v1/authority.ts';
import { OIDS } from '../spec/v1/oids.ts';
import { type AuthorityContext, keyDigest, refused } from './context.ts';
import type { AuthorityKeyKind } from './policy.ts';

const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;
const MIN_RSA_EXPONENT = 65_537n;
/** An RSA key of 8192 bits has about 1060 bytes. */
const MAX_KEY_INFO_BYTES = 2048;
/** Where the form of the point stands in a key of P-256 and of P-384, by the length of the whole. */
const EC_FORM_AT: Readonly<Record<number, number>> = { 91: 26, 120: 23 };

const KINDS: Readonly<Record<string, AuthorityKeyKind>> = {
  sm2: 'sm2',
  [`ec:${OIDS.p256}`]: 'p256',
  [`ec:${OIDS.p384}`]: 'p384',
  [OIDS.rsaEncryption]: 'rsa',
};

/** A key of another curve or of RSA: Node checks the point, we the strength and the encoding. */
function checkForeignKey(publicKeyInfo: Uint8Array): void {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(publicKeyInfo), format: 'der', type: 'spki' });
  } catch {
    throw refused('key-weak');
  }
  const { modulusLength, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined) {
    const sized = modulusLength >= MIN_RSA_BITS && modulusLength <= MAX_RSA_BITS;
    if (!sized || publicExponent < MIN_RSA_EXPONENT || publicExponent % 2n === 0n) throw refused('key-weak');
  }
  const written = key.export({ format: 'der', type: 'spki' });
  const compressed =
    modulusLength === undefined && publicKeyInfo.at(EC_FORM_AT[written.length] ?? 0) !== 0x04;
  if (compressed || !equalBytes(written, publicKeyInfo)) throw refused('key-encoding');
}

/**
 * SubjectPublicKeyInfo in the one form that its key has, so that one key is not taken for two.
 *
 * @throws SmError ERR_PKI_AUTHORITY_REFUSED, ERR_PKI_KEY_MALFORMED, ERR_SM2_PUBLIC_KEY_INVALID
 */
export function canonicalKey(publicKeyInfo: Uint8Array): Uint8Array {
  return reading('ERR_PKI_KEY_MALFORMED', MAX_KEY_INFO_BYTES, publicKeyInfo, (copy) => {
    const { sm2PublicKey } = readPublicKeyInfo(copy);
    if (sm2PublicKey !== undefined) return encodeSm2PublicKeyInfo(sm2PublicKey);
    return copy;
  });
}

/** The key of a request, in its canonical form: of an allowed kind, strong enough, not the authority's own. */
export function checkKeyKind(
  context: AuthorityContext,
  publicKeyInfo: Uint8Array,
  allowed: readonly AuthorityKeyKind[],
): void {
  const kind = KINDS[readPublicKeyInfo(publicKeyInfo).keyAlgorithm];
  if (kind === undefined || !allowed.includes(kind)) throw refused('key-kind');
  if (kind !== 'sm2') checkForeignKey(publicKeyInfo);
  const own = [context.certificate, context.responder?.certificate];
  if (own.some((item) => item !== undefined && equalBytes(item.publicKeyInfo, publicKeyInfo))) {
    throw refused('key-of-the-authority');
  }
}

/** The key has no certificate of another holder and none that was revoked because the key was lost. */
export async function checkKeyHistory(
  { store }: AuthorityContext,
  publicKeyInfo: Uint8Array,
  holderDigest: Uint8Array,
): Promise<readonly CertificateRecord[]> {
  const earlier = await store.findCertificatesByKey(keyDigest(publicKeyInfo));
  for (const record of earlier) {
    if (!equalBytes(record.holderDigest, holderDigest)) throw refused('key-in-use');
    const revocation = await store.findRevocation(record.serial);
    if (revocation?.status === 'revoked' && revocation.reason === 'keyCompromise') {
      throw refused('key-compromised');
    }
  }
  return earlier;
}

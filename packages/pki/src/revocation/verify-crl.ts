import { toHex } from '@cssi/sm-core';
import { type SignatureResult, verifySignature } from '../signature/verify.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { CertificateRevocationList } from '../spec/v1/revocation.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';

/** Different issuers and signer IDs whose results are remembered for one list. */
const MAX_REMEMBERED = 16;

/**
 * A list of megabytes is hashed once, not for every certificate that is looked up in it. Issuers count
 * by their keys, for their certificates come anew with every message.
 */
const known = new WeakMap<CertificateRevocationList, Map<string, SignatureResult>>();

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

/** `undefined` for what is no list of IDs, which the check refuses. */
function idsText(ids: readonly Sm2SignerId[] | undefined): string | undefined {
  if (ids === undefined) return 'default';
  const good =
    Array.isArray(ids) &&
    ids.length > 0 &&
    ids.every((id: unknown) => id === 'plain-sm3' || id instanceof Uint8Array);
  return good ? ids.map((id) => (id === 'plain-sm3' ? id : `id:${toHex(id)}`)).join(',') : undefined;
}

/** All that a result depends on besides the list itself. */
function keyOf(issuer: Certificate, ids: readonly Sm2SignerId[] | undefined): string | undefined {
  const text = idsText(ids);
  if (text === undefined) return undefined;
  const { publicKeyInfo, keyAlgorithm, sm2PublicKey } = issuer;
  const point = sm2PublicKey === undefined ? '' : latin1(sm2PublicKey);
  return `${text} ${keyAlgorithm} ${point.length} ${point}${latin1(publicKeyInfo)}`;
}

/**
 * The result of an earlier check of the same list, issuer and signer IDs.
 *
 * @internal
 */
export function knownCrlSignature(
  crl: CertificateRevocationList,
  issuer: Certificate,
  { signerIds }: { readonly signerIds?: readonly Sm2SignerId[] | undefined },
): SignatureResult | undefined {
  const results = known.get(crl);
  const key = results === undefined ? undefined : keyOf(issuer, signerIds);
  return key === undefined ? undefined : results?.get(key);
}

/**
 * Checks the signature of a list with the key of `issuer`, over the bytes as received. Whether the
 * issuer may sign lists, and the list covers a certificate, is judged by `judgeRevocation`.
 *
 * @throws {@link SmError} ERR_PKI_PATH_OPTIONS, ERR_SM2_ID_INVALID for signer IDs that are none
 */
export function verifyCrlSignature(
  crl: CertificateRevocationList,
  issuer: Certificate,
  options: { readonly signerIds?: readonly Sm2SignerId[] | undefined } = {},
): SignatureResult {
  const { signerIds } = options;
  const check = () =>
    verifySignature(crl.signatureAlgorithm, issuer, crl.tbsRaw, crl.signature, { signerIds });
  const key = keyOf(issuer, signerIds);
  if (key === undefined) return check();
  const results = known.get(crl) ?? new Map<string, SignatureResult>();
  known.set(crl, results);
  const before = results.get(key);
  if (before !== undefined) return before;
  const result = check();
  if (results.size < MAX_REMEMBERED) results.set(key, result);
  return result;
}

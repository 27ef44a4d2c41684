import { toHex } from '@cssi/sm-core';
import { type SignatureResult, verifySignature } from '../signature/verify.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { CertificateRevocationList } from '../spec/v1/revocation.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';

/** Different lists of signer IDs whose results are remembered for one list and issuer. */
const MAX_REMEMBERED = 8;

type Results = Map<string, SignatureResult>;

/** A list of megabytes is hashed once, not for every certificate that is looked up in it. */
const known = new WeakMap<CertificateRevocationList, WeakMap<Certificate, Results>>();

function resultsFor(crl: CertificateRevocationList, issuer: Certificate): Results {
  const byIssuer = known.get(crl) ?? new WeakMap<Certificate, Results>();
  known.set(crl, byIssuer);
  const results: Results = byIssuer.get(issuer) ?? new Map();
  byIssuer.set(issuer, results);
  return results;
}

/** `undefined` for what is no list of IDs, which the check refuses. */
function keyOf(ids: readonly Sm2SignerId[] | undefined): string | undefined {
  if (ids === undefined) return 'default';
  const good =
    Array.isArray(ids) &&
    ids.length > 0 &&
    ids.every((id: unknown) => id === 'plain-sm3' || id instanceof Uint8Array);
  return good ? ids.map((id) => (id === 'plain-sm3' ? id : `id:${toHex(id)}`)).join(',') : undefined;
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
  const key = keyOf(signerIds);
  return key === undefined ? undefined : known.get(crl)?.get(issuer)?.get(key);
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
  const key = keyOf(signerIds);
  if (key === undefined) return check();
  const results = resultsFor(crl, issuer);
  const before = results.get(key);
  if (before !== undefined) return before;
  const result = check();
  if (results.size < MAX_REMEMBERED) results.set(key, result);
  return result;
}

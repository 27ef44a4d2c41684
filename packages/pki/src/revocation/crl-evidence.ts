import { equalBytes, toHex } from '@cssi/sm-core';
import { OIDS } from '../spec/v1/oids.ts';
import type { CertificateRevocationList, RevokedEntry } from '../spec/v1/revocation.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';
import { withoutCopies } from './copies.ts';
import { covers } from './distribution-point.ts';
import type { Evidence, Question } from './evidence.ts';
import type { Notes } from './notes.ts';
import { findRevoked } from './parse-crl.ts';
import { knownCrlSignature, verifyCrlSignature } from './verify-crl.ts';

/** A list whose signature is right. */
interface GoodList {
  readonly crl: CertificateRevocationList;
  readonly signerId: Sm2SignerId | undefined;
}

/** The lists that the issuer signed and that can be evaluated. */
function goodLists({ issuer, options }: Question, lists: readonly CertificateRevocationList[], notes: Notes) {
  const good: GoodList[] = [];
  for (const crl of lists) {
    if (crl.issuingDistributionPoint?.indirect === true) notes.add('CRL_INDIRECT');
    // §5.2: such a list must not show that anything was not revoked; nor do we guess what else it says.
    else if (crl.unknownCritical.length > 0) {
      notes.add('CRL_CRITICAL_EXTENSION', crl.unknownCritical.slice(0, 8).join(' '));
    } else if (issuer.keyUsage?.has('cRLSign') === false) notes.add('CRL_ISSUER_KEY_USAGE');
    else {
      // A list of megabytes that was checked before costs nothing.
      const result =
        knownCrlSignature(crl, issuer, options) ??
        notes.check('crl', [crl, issuer.fingerprint], options.signerIds, () =>
          verifyCrlSignature(crl, issuer, options),
        );
      if (result?.check === 'right') good.push({ crl, signerId: result.signerId });
      else if (result !== undefined) {
        notes.add('CRL_SIGNATURE_WRONG', result.check === 'wrong' ? undefined : result.check);
      }
    }
  }
  return good;
}

/** The part of the CA's revocations that a list is of. */
function seriesOf(crl: CertificateRevocationList): string {
  const point = crl.extensions.find(({ oid }) => oid === OIDS.issuingDistributionPoint);
  return point === undefined ? 'crl' : `crl ${toHex(point.value)}`;
}

const sameKey = (a: CertificateRevocationList, b: CertificateRevocationList): boolean =>
  a.authorityKeyIdentifier === undefined ||
  b.authorityKeyIdentifier === undefined ||
  equalBytes(a.authorityKeyIdentifier, b.authorityKeyIdentifier);

/** May this delta list be laid over this complete one? @standard RFC 5280 §5.2.4 */
function fits(complete: CertificateRevocationList, delta: CertificateRevocationList): boolean {
  const [{ crlNumber: has }, { baseCrlNumber: base, crlNumber: number }] = [complete, delta];
  if (has === undefined || base === undefined || number === undefined) return false;
  return has >= base && has < number && seriesOf(complete) === seriesOf(delta) && sameKey(complete, delta);
}

const evidence = (
  { crl, signerId }: GoodList,
  entry: RevokedEntry | undefined,
  covered: boolean,
): Evidence => ({
  source: 'crl',
  series: seriesOf(crl),
  thisUpdate: crl.thisUpdate,
  nextUpdate: crl.nextUpdate,
  expiredSince: crl.expiredCertsSince,
  revocation: entry,
  covers: covered,
  signerId,
});

/** What a complete list says, alone and under each delta list that fits. */
function readComplete(question: Question, complete: GoodList, deltas: readonly GoodList[]): Evidence[] {
  const { certificate } = question;
  const covered = covers(complete.crl.issuingDistributionPoint, certificate);
  const base = findRevoked(complete.crl, certificate.serial);
  const fitting = deltas.filter(({ crl }) => fits(complete.crl, crl));
  const combined = fitting.map((delta) => {
    const changed = findRevoked(delta.crl, certificate.serial);
    const entry = changed === undefined ? base : changed.reason === 'removeFromCRL' ? undefined : changed;
    return evidence(delta, entry, covered);
  });
  return [evidence(complete, base, covered), ...combined];
}

/**
 * What revocation lists say about a certificate. A list counts when the certificate's issuer,
 * which the path found, signed it; names are compared byte by byte.
 *
 * @standard RFC 5280 §6.3.3
 */
export function evidenceOfLists(question: Question, notes: Notes): Evidence[] {
  const { certificate, options } = question;
  const named = withoutCopies(
    (options.crls ?? []).filter(({ issuerRaw }) => equalBytes(issuerRaw, certificate.issuerRaw)),
  );
  const lists = goodLists(question, named, notes);
  const completes = lists.filter(({ crl }) => crl.baseCrlNumber === undefined);
  const deltas = lists.filter(({ crl }) => crl.baseCrlNumber !== undefined);
  const found = completes.flatMap((complete) => readComplete(question, complete, deltas));
  for (const { crl } of completes) {
    if (!covers(crl.issuingDistributionPoint, certificate)) notes.add('CRL_SCOPE');
  }
  for (const delta of deltas) {
    if (completes.some(({ crl }) => fits(crl, delta.crl))) continue;
    notes.add('CRL_BASE_MISSING');
    // What it says was revoked was revoked; its silence says nothing.
    const entry = findRevoked(delta.crl, certificate.serial);
    if (entry !== undefined && entry.reason !== 'removeFromCRL') found.push(evidence(delta, entry, false));
  }
  return found;
}

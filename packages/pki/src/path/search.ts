import { equalBytes, sm2, sm3, utf8 } from '@cssi/sm-core';
import { checkCertificateSignature, type SignatureCheck } from '../signature/check-signature.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import { MAX_PATH_CERTIFICATES, type PathOptions } from '../spec/v1/path.ts';

/** Most signatures of one search. An attacker chooses the intermediates; this bounds the work. */
const MAX_SIGNATURE_CHECKS = 64;
/** Most paths to an anchor that are judged. */
const MAX_PATHS = 8;

/** Why a path ended before an anchor. */
export type PathEnd =
  | Exclude<SignatureCheck, 'right'>
  | 'anchor'
  | 'signer-id'
  | 'issuer-unknown'
  | 'self-signed'
  | 'limit';

/** Certificates from the leaf on, each signed by the next, and why there is no further one. */
export interface FoundPath {
  readonly certificates: readonly [Certificate, ...Certificate[]];
  readonly end: PathEnd;
}

export const isSelfIssued = (certificate: Certificate): boolean =>
  equalBytes(certificate.subjectRaw, certificate.issuerRaw);

const same = (a: Certificate, b: Certificate): boolean => equalBytes(a.raw, b.raw);

/** Does the child's authority key identifier name this issuer? A hint for the order only. */
function isNamedByKey(child: Certificate, issuer: Certificate): boolean {
  const { authorityKeyIdentifier: wanted } = child;
  const { subjectKeyIdentifier: has } = issuer;
  return wanted !== undefined && has !== undefined && equalBytes(wanted, has);
}

/** Signatures that {@link isOtherId} checks. */
const OTHER_ID_CHECKS = 3;

/** Is the wrong signature one made with another signer ID, or over plain SM3 without Z? */
function isOtherId(child: Certificate, issuer: Certificate): boolean {
  const key = issuer.sm2PublicKey;
  if (child.signatureAlgorithm !== 'sm2-sm3' || key === undefined) return false;
  const ids = [utf8(''), undefined];
  if (ids.some((id) => checkCertificateSignature(child, issuer, id) === 'right')) return true;
  try {
    return sm2.verifyDigest(key, sm3(child.tbsRaw), child.signature);
  } catch {
    return false;
  }
}

/** Ends in the order in which they say most about what is wrong. */
const TELLING: readonly PathEnd[] = [
  'signer-id',
  'wrong',
  'key-mismatch',
  'unsupported',
  'limit',
  'self-signed',
  'issuer-unknown',
];

/** Searches depth first for paths from a leaf to an anchor; names are compared byte by byte. */
export class PathSearch {
  readonly #options: PathOptions;
  readonly #paths: FoundPath[] = [];
  #failure: FoundPath | undefined;
  #checks = 0;

  constructor(options: PathOptions) {
    this.#options = options;
  }

  /** Paths that reach an anchor; without any, the one path that came furthest. */
  run(leaf: Certificate): readonly FoundPath[] {
    this.#extend([leaf]);
    return this.#paths.length > 0 || this.#failure === undefined ? this.#paths : [this.#failure];
  }

  #fail(certificates: FoundPath['certificates'], end: PathEnd): void {
    const before = this.#failure;
    const further = before === undefined || certificates.length > before.certificates.length;
    const tells =
      before?.certificates.length === certificates.length &&
      TELLING.indexOf(end) < TELLING.indexOf(before.end);
    if (further || tells) this.#failure = { certificates, end };
  }

  #check(child: Certificate, issuer: Certificate): Exclude<PathEnd, 'anchor'> | 'right' {
    if (++this.#checks > MAX_SIGNATURE_CHECKS) return 'limit';
    return checkCertificateSignature(child, issuer, this.#options.signerId);
  }

  #extend(certificates: FoundPath['certificates']): void {
    const current = certificates[certificates.length - 1]!;
    const { anchors, intermediates = [] } = this.#options;
    if (anchors.some((anchor) => same(anchor, current))) {
      this.#paths.push({ certificates, end: 'anchor' });
      return;
    }
    const issuers = [...anchors, ...intermediates]
      .filter((candidate) => equalBytes(candidate.subjectRaw, current.issuerRaw))
      .filter((candidate) => !certificates.some((passed) => same(passed, candidate)))
      .sort((a, b) => Number(isNamedByKey(current, b)) - Number(isNamedByKey(current, a)));
    if (isSelfIssued(current)) {
      const check = this.#check(current, current);
      if (check === 'right') this.#fail(certificates, 'self-signed');
      // With no other issuer in sight, the certificate itself is the one that it names.
      else if (issuers.length === 0) this.#failSignature(certificates, current, check);
    }
    if (issuers.length === 0) this.#fail(certificates, 'issuer-unknown');
    for (const issuer of issuers) {
      if (this.#paths.length === MAX_PATHS) return;
      const end = certificates.length === MAX_PATH_CERTIFICATES ? 'limit' : this.#check(current, issuer);
      if (end === 'right') this.#extend([...certificates, issuer]);
      else this.#failSignature(certificates, issuer, end);
      if (end === 'limit') return;
    }
  }

  /** Whether another ID was used is looked into only while no path was found, at the price of its checks. */
  #failSignature(certificates: FoundPath['certificates'], issuer: Certificate, end: PathEnd): void {
    const current = certificates[certificates.length - 1]!;
    const lookInto = end === 'wrong' && this.#paths.length === 0;
    if (lookInto) this.#checks += OTHER_ID_CHECKS;
    this.#fail(certificates, lookInto && isOtherId(current, issuer) ? 'signer-id' : end);
  }
}

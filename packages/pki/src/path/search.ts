import { equalBytes, SM2_DEFAULT_ID, type SmError, sm2, sm3, utf8 } from '@cssi/sm-core';
import { type SignatureCheck, type SignatureResult, verifySignature } from '../signature/verify.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import { MAX_PATH_CERTIFICATES, type PathOptions } from '../spec/v1/path.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';

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
  /** For every certificate whose signature was found right: the signer ID, when it is not the default. */
  readonly signerIds: readonly (Sm2SignerId | undefined)[];
  readonly end: PathEnd;
}

type Chain = Omit<FoundPath, 'end'>;

export const isSelfIssued = (certificate: Certificate): boolean =>
  equalBytes(certificate.subjectRaw, certificate.issuerRaw);

const same = (a: Certificate, b: Certificate): boolean => a === b || equalBytes(a.raw, b.raw);

/** Does the child's authority key identifier name this issuer? A hint for the order only. */
function isNamedByKey(child: Certificate, issuer: Certificate): boolean {
  const { authorityKeyIdentifier: wanted } = child;
  const { subjectKeyIdentifier: has } = issuer;
  return wanted !== undefined && has !== undefined && equalBytes(wanted, has);
}

/** Checks the signature of `child` by the key of `issuer`, over the bytes as received. */
export const checkIssued = (
  child: Certificate,
  issuer: Certificate,
  signerIds: readonly Sm2SignerId[] | undefined,
): SignatureResult =>
  verifySignature(child.signatureRef, issuer, child.tbsRaw, child.signature, { signerIds });

const DEFAULT_ID = /* @__PURE__ */ utf8(SM2_DEFAULT_ID);

/** The signer ID of a result, unless it is the default one. */
export const otherId = ({ signerId }: SignatureResult): Sm2SignerId | undefined =>
  signerId instanceof Uint8Array && equalBytes(signerId, DEFAULT_ID) ? undefined : signerId;

/** Signatures that {@link isOtherId} checks. */
const OTHER_ID_CHECKS = 3;

/**
 * Is the wrong signature one made with the empty or the default signer ID, or over plain SM3
 * without Z? A diagnosis: it accepts nothing.
 */
export function isOtherId(child: Certificate, issuer: Certificate): boolean {
  const key = issuer.sm2PublicKey;
  if (child.signatureRef.name !== 'sm2-sm3' || key === undefined) return false;
  const checks = [
    () => sm2.verify(key, child.tbsRaw, child.signature, { id: utf8('') }),
    () => sm2.verify(key, child.tbsRaw, child.signature),
    () => sm2.verifyDigest(key, sm3(child.tbsRaw), child.signature),
  ];
  try {
    return checks.some((check) => check());
  } catch (error) {
    if ((error as SmError).code === 'ERR_SM2_SIGNATURE_MALFORMED') return false;
    throw error;
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
  readonly #candidates: readonly Certificate[];
  readonly #paths: FoundPath[] = [];
  #failure: FoundPath | undefined;
  #checks = 0;

  constructor(options: PathOptions) {
    this.#options = options;
    const all = [...options.anchors, ...(options.intermediates ?? [])];
    // One certificate given twice would be two paths, and take the place of others.
    this.#candidates = [
      ...new Map(all.map((one) => [one.fingerprint, one] as const).reverse()).values(),
    ].reverse();
  }

  /** Paths that reach an anchor; without any, the one path that came furthest. */
  run(leaf: Certificate): readonly FoundPath[] {
    this.#extend({ certificates: [leaf], signerIds: [] });
    return this.#paths.length > 0 || this.#failure === undefined ? this.#paths : [this.#failure];
  }

  #fail(chain: Chain, end: PathEnd): void {
    const before = this.#failure;
    const further = before === undefined || chain.certificates.length > before.certificates.length;
    const tells =
      before?.certificates.length === chain.certificates.length &&
      TELLING.indexOf(end) < TELLING.indexOf(before.end);
    if (further || tells) this.#failure = { ...chain, end };
  }

  /** Every listed signer ID costs a check: a wrong signature is tried with all of them. */
  #check(child: Certificate, issuer: Certificate): SignatureResult | 'limit' {
    if (this.#checks >= MAX_SIGNATURE_CHECKS) return 'limit';
    const result = checkIssued(child, issuer, this.#options.signerIds);
    this.#checks += result.check === 'wrong' ? (this.#options.signerIds?.length ?? 1) : 1;
    return result;
  }

  #extend(chain: Chain): void {
    const { certificates } = chain;
    const current = certificates[certificates.length - 1]!;
    if (this.#options.anchors.some((anchor) => same(anchor, current))) {
      this.#paths.push({ ...chain, end: 'anchor' });
      return;
    }
    const issuers = this.#candidates
      .filter((candidate) => equalBytes(candidate.subjectRaw, current.issuerRaw))
      .filter((candidate) => !certificates.some((passed) => same(passed, candidate)));
    // Sorting two keeps the order given where the key identifiers do not tell.
    issuers.sort((a, b) => Number(isNamedByKey(current, b)) - Number(isNamedByKey(current, a)));
    if (isSelfIssued(current)) this.#checkSelf(chain, current, issuers.length === 0);
    if (issuers.length === 0) this.#fail(chain, 'issuer-unknown');
    for (const issuer of issuers) {
      if (this.#paths.length === MAX_PATHS) return;
      if (this.#tryIssuer(chain, current, issuer) === 'limit') return;
    }
  }

  #checkSelf(chain: Chain, current: Certificate, alone: boolean): void {
    const result = this.#check(current, current);
    if (result === 'limit') this.#fail(chain, 'limit');
    else if (result.check === 'right') {
      this.#fail({ ...chain, signerIds: [...chain.signerIds, otherId(result)] }, 'self-signed');
      // With no other issuer in sight, the certificate itself is the one that it names.
    } else if (alone) this.#failSignature(chain, current, result.check);
  }

  #tryIssuer(chain: Chain, current: Certificate, issuer: Certificate): 'limit' | undefined {
    const { certificates, signerIds } = chain;
    const full = certificates.length === MAX_PATH_CERTIFICATES;
    const result = full ? 'limit' : this.#check(current, issuer);
    if (result === 'limit') this.#fail(chain, 'limit');
    else if (result.check === 'right') {
      this.#extend({
        certificates: [...certificates, issuer],
        signerIds: [...signerIds, otherId(result)],
      });
    } else this.#failSignature(chain, issuer, result.check);
    return result === 'limit' ? result : undefined;
  }

  /** Whether another ID was used is looked into only while no path was found, at the price of its checks. */
  #failSignature(chain: Chain, issuer: Certificate, end: PathEnd): void {
    const current = chain.certificates[chain.certificates.length - 1]!;
    const lookInto = end === 'wrong' && this.#paths.length === 0;
    if (lookInto) this.#checks += OTHER_ID_CHECKS;
    this.#fail(chain, lookInto && isOtherId(current, issuer) ? 'signer-id' : end);
  }
}

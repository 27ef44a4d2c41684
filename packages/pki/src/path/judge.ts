import { equalBytes } from '@cssi/sm-core';
import type { Certificate } from '../spec/v1/certificate.ts';
import { OIDS } from '../spec/v1/oids.ts';
import type { PathCheck, PathOptions, PathReasonCode, PathReport } from '../spec/v1/path.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';
import { judgePolicies } from './judge-policies.ts';
import { judgementsOf, logRevocations, type RevocationJudgement } from './judge-revocation.ts';
import { checkNameConstraints } from './name-constraints.ts';
import { checkIssued, type FoundPath, isOtherId, isSelfIssued, otherId, type PathEnd } from './search.ts';
import { type StepFacts, StepLog } from './steps.ts';

const ANY_EXTENDED_KEY_USAGE = '2.5.29.37.0';

/** Reason codes of the ends of a path that say something about its last certificate's signature. */
const END_CODES: Readonly<Partial<Record<PathEnd, PathReasonCode>>> = {
  wrong: 'CERTIFICATE_SIGNATURE_WRONG',
  'signer-id': 'CERTIFICATE_SIGNER_ID_WRONG',
  'key-mismatch': 'CERTIFICATE_SIGNATURE_KEY_MISMATCH',
};

/** A signer ID may be a person's mail address, so that only its kind is put into words. */
function idFacts(signerId: Sm2SignerId | undefined): StepFacts {
  if (signerId === undefined) return {};
  const word = signerId === 'plain-sm3' ? signerId : signerId.length === 0 ? 'empty' : 'listed';
  return { signerId, detail: `signerId=${word}` };
}

/** Judges one path; every check leaves a step. */
export class PathJudge {
  readonly #path: FoundPath;
  readonly #options: PathOptions;
  readonly #log: StepLog;
  /** For each certificate below the anchor; empty when the path reaches none. */
  readonly #revocations: readonly RevocationJudgement[];

  constructor(path: FoundPath, options: PathOptions) {
    this.#path = path;
    this.#options = options;
    this.#log = new StepLog(path.certificates);
    this.#revocations = path.end === 'anchor' ? judgementsOf(path.certificates, options) : [];
  }

  run(): PathReport {
    const { certificates, signerIds } = this.#path;
    certificates.forEach((certificate, index) => {
      this.#judgeValidity(index, certificate);
      this.#judgeExtensions(index, certificate);
      if (index === 0) this.#judgeLeaf(certificate);
      else this.#judgeIssuer(index, certificate);
      // Every certificate but the last was found signed by the next.
      if (index < certificates.length - 1) {
        this.#log.add('signature', 'pass', 'CERTIFICATE_SIGNATURE_RIGHT', index, idFacts(signerIds[index]));
      }
    });
    this.#judgeEnd(certificates.length - 1);
    return { verdict: this.#log.verdict(), path: certificates, steps: this.#log.steps };
  }

  /** Fails when `problem` is a text, else passes without a word in the verdict. */
  #either(
    check: PathCheck,
    index: number,
    problem: string | undefined,
    [wrong, right]: readonly [PathReasonCode, PathReasonCode],
  ): void {
    if (problem === undefined) this.#log.add(check, 'quiet', right, index);
    else this.#log.add(check, 'fail', wrong, index, problem === '' ? {} : { detail: problem });
  }

  /** @standard GB/T 20518-2018 §5.2.3.6 */
  #judgeValidity(index: number, { notBefore, notAfter }: Certificate): void {
    const time = this.#options.time.getTime();
    if (time < notBefore.getTime()) this.#log.add('validity', 'fail', 'CERTIFICATE_NOT_YET_VALID', index);
    // notAfter is the last second of the validity, all of it.
    else if (time >= notAfter.getTime() + 1000) {
      this.#log.add('validity', 'fail', 'CERTIFICATE_EXPIRED', index);
    } else this.#log.add('validity', 'pass', 'CERTIFICATE_IN_VALIDITY', index);
  }

  /**
   * Policies are judged when asked for; critical distribution points forbid use without judging
   * revocation, which nobody does of an anchor.
   */
  #judgeExtensions(index: number, { unknownCritical }: Certificate): void {
    const isAnchor = this.#path.end === 'anchor' && index === this.#path.certificates.length - 1;
    const status = this.#revocations[index]?.report?.status;
    const isJudged = (oid: string) =>
      oid === OIDS.certificatePolicies ||
      (oid === OIDS.crlDistributionPoints && (isAnchor || status !== undefined));
    const unknown = unknownCritical.filter((oid) => !isJudged(oid));
    const pointless = status === 'unknown' && unknownCritical.includes(OIDS.crlDistributionPoints);
    if (unknown.length === 0 && pointless) {
      const detail = OIDS.crlDistributionPoints;
      this.#log.add('critical-extensions', 'doubt', 'CRITICAL_EXTENSION_UNKNOWN', index, { detail });
      return;
    }
    this.#either(
      'critical-extensions',
      index,
      unknown.length === 0 ? undefined : unknown.slice(0, 8).join(' '),
      ['CRITICAL_EXTENSION_UNKNOWN', 'CRITICAL_EXTENSIONS_KNOWN'],
    );
  }

  /** @standard GB/T 20518-2018 §5.2.4.2.3, §5.2.4.2.14 */
  #judgeLeaf(leaf: Certificate): void {
    const { keyUsage = [], extendedKeyUsage, keyAlgorithm } = this.#options;
    const missing = keyUsage.filter((usage) => leaf.keyUsage?.has(usage) !== true);
    if (keyUsage.length > 0) {
      const problem = missing.length === 0 ? undefined : missing.join(' ');
      this.#either('key-usage', 0, problem, ['KEY_USAGE_WRONG', 'KEY_USAGE_RIGHT']);
    }
    if (extendedKeyUsage !== undefined) {
      const has = leaf.extendedKeyUsage?.includes(extendedKeyUsage) === true;
      this.#judgePurpose(0, has, extendedKeyUsage);
    }
    if (keyAlgorithm !== undefined) {
      const problem = leaf.keyAlgorithm === keyAlgorithm ? undefined : keyAlgorithm;
      this.#either('key-algorithm', 0, problem, ['KEY_ALGORITHM_WRONG', 'KEY_ALGORITHM_RIGHT']);
    }
  }

  #judgePurpose(index: number, has: boolean, wanted: string): void {
    this.#either('extended-key-usage', index, has ? undefined : wanted, [
      'EXTENDED_KEY_USAGE_WRONG',
      'EXTENDED_KEY_USAGE_RIGHT',
    ]);
  }

  /** @standard GB/T 20518-2018 §5.2.4.2.10, RFC 5280 §6.1.4 k to n */
  #judgeIssuer(index: number, issuer: Certificate): void {
    const maySign = issuer.keyUsage?.has('keyCertSign') !== false;
    if (!issuer.isCa) this.#log.add('issuer-rights', 'fail', 'ISSUER_NOT_CA', index);
    if (!maySign) this.#log.add('issuer-rights', 'fail', 'ISSUER_KEY_USAGE', index);
    if (issuer.isCa && maySign) this.#log.add('issuer-rights', 'quiet', 'ISSUER_RIGHTS_RIGHT', index);
    this.#judgePathLength(index, issuer);
    this.#judgeNames(index, issuer);
    // A CA with extended key usages was given no others to hand on.
    const { extendedKeyUsage: wanted } = this.#options;
    const has = issuer.extendedKeyUsage;
    if (wanted === undefined || has === undefined) return;
    this.#judgePurpose(index, has.includes(wanted) || has.includes(ANY_EXTENDED_KEY_USAGE), wanted);
  }

  #judgePathLength(index: number, { pathLength }: Certificate): void {
    if (pathLength === undefined) return;
    const below = this.#path.certificates
      // A leaf that is a CA counts: RFC 5280 leaves it out, but such a CA could never be used.
      .slice(this.#path.certificates[0].isCa ? 0 : 1, index)
      // Certificates a CA issued to itself, for a new key, do not count.
      .filter((ca) => !isSelfIssued(ca)).length;
    const problem = below > pathLength ? `pathLength=${pathLength}` : undefined;
    this.#either('path-length', index, problem, ['PATH_TOO_LONG', 'PATH_LENGTH_RIGHT']);
  }

  /** @standard RFC 5280 §6.1.3 b, c */
  #judgeNames(index: number, { nameConstraints }: Certificate): void {
    if (nameConstraints === undefined) return;
    const { certificates } = this.#path;
    for (let below = index - 1; below >= 0; below--) {
      const certificate = certificates[below]!;
      if (below > 0 && isSelfIssued(certificate)) continue;
      const problem = checkNameConstraints(nameConstraints, certificate);
      if (problem === undefined) continue;
      const detail = `certificate=${below + 1} ${problem.detail}`;
      this.#log.add('name-constraints', 'fail', problem.code, index, { detail });
      return;
    }
    this.#log.add('name-constraints', 'quiet', 'NAME_CONSTRAINTS_KEPT', index);
  }

  #judgeEnd(last: number): void {
    const { end } = this.#path;
    if (end === 'anchor') {
      this.#judgeAnchor(last);
      return;
    }
    const code = END_CODES[end];
    if (code !== undefined) this.#log.add('signature', 'fail', code, last);
    else if (end === 'unsupported') {
      this.#log.add('signature', 'doubt', 'CERTIFICATE_ALGORITHM_UNSUPPORTED', last);
    } else if (end === 'self-signed') {
      const facts = idFacts(this.#path.signerIds[last]);
      this.#log.add('signature', 'pass', 'CERTIFICATE_SIGNATURE_RIGHT', last, facts);
      this.#log.add('issuer', this.#withoutAnchor, 'SELF_SIGNED_NOT_TRUSTED', last);
    } else if (end === 'limit') {
      this.#log.add('issuer', 'doubt', 'PATH_SEARCH_LIMIT', last, { aspect: 'integrity' });
    } else {
      // The leaf is intact when its own issuer was there; who is above that is a matter of trust.
      const also = last === 0 ? ({ alsoDoubt: 'integrity' } as const) : {};
      this.#log.add('issuer', this.#withoutAnchor, 'ISSUER_UNKNOWN', last, also);
    }
    if (this.#options.anchors.length === 0) this.#log.add('anchor', 'doubt', 'NO_ANCHOR_GIVEN', undefined);
    else this.#log.add('anchor', 'fail', 'NO_PATH_TO_ANCHOR', undefined);
  }

  get #withoutAnchor(): 'fail' | 'doubt' {
    return this.#options.anchors.length === 0 ? 'doubt' : 'fail';
  }

  #judgeAnchor(last: number): void {
    const { certificates } = this.#path;
    const anchor = certificates[last]!;
    // An anchor is trusted as it is. Only when it is itself what is judged, its own signature counts.
    if (last === 0 && isSelfIssued(anchor)) this.#judgeOwnSignature(anchor);
    this.#log.add('anchor', 'pass', 'ANCHOR_REACHED', last, { aspect: 'integrity' });
    this.#log.add('anchor', 'pass', 'PATH_TO_ANCHOR', undefined);
    judgePolicies(this.#log, certificates, this.#options.policies);
    logRevocations(this.#log, this.#revocations);
  }

  /** A certificate that names another key of the same issuer, or has a key of another kind, is not self-signed. */
  #judgeOwnSignature(anchor: Certificate): void {
    const { authorityKeyIdentifier: by, subjectKeyIdentifier: own } = anchor;
    if (by !== undefined && own !== undefined && !equalBytes(by, own)) return;
    const result = checkIssued(anchor, anchor, this.#options.signerIds);
    if (result.check === 'right') {
      this.#log.add('signature', 'pass', 'CERTIFICATE_SIGNATURE_RIGHT', 0, idFacts(otherId(result)));
    } else if (result.check === 'unsupported') {
      this.#log.add('signature', 'doubt', 'CERTIFICATE_ALGORITHM_UNSUPPORTED', 0);
    } else if (result.check === 'wrong') {
      const code = isOtherId(anchor, anchor) ? 'CERTIFICATE_SIGNER_ID_WRONG' : 'CERTIFICATE_SIGNATURE_WRONG';
      this.#log.add('signature', 'fail', code, 0);
    }
  }
}

import { AspectBuilder, type Verdict } from '@cssi/sm-core';
import { checkCertificateSignature } from '../signature/check-signature.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import { PATH_REASONS, type PathOptions, type PathReasonCode } from '../spec/v1/path.ts';
import { type FoundPath, isSelfIssued, type PathEnd } from './search.ts';

const ANY_EXTENDED_KEY_USAGE = '2.5.29.37.0';

/** Reason codes of the ends of a path that say something about its last certificate's signature. */
const END_CODES: Readonly<Partial<Record<PathEnd, PathReasonCode>>> = {
  wrong: 'CERTIFICATE_SIGNATURE_WRONG',
  'signer-id': 'CERTIFICATE_SIGNER_ID_WRONG',
  'key-mismatch': 'CERTIFICATE_SIGNATURE_KEY_MISMATCH',
};

/** Judges one path; every step leaves a reason. */
export class PathJudge {
  readonly #path: FoundPath;
  readonly #options: PathOptions;
  readonly #integrity = new AspectBuilder();
  readonly #trust = new AspectBuilder();
  readonly #time = new AspectBuilder();

  constructor(path: FoundPath, options: PathOptions) {
    this.#path = path;
    this.#options = options;
  }

  run(): Verdict {
    const { certificates } = this.#path;
    certificates.forEach((certificate, index) => {
      this.#judgeValidity(index, certificate);
      this.#judgeExtensions(index, certificate);
      if (index === 0) this.#judgeLeaf(certificate);
      else this.#judgeIssuer(index, certificate);
      // Every certificate but the last was found signed by the next.
      if (index < certificates.length - 1) {
        this.#say(this.#integrity, 'pass', 'CERTIFICATE_SIGNATURE_RIGHT', index);
      }
    });
    this.#judgeEnd(certificates.length - 1);
    return {
      integrity: this.#integrity.build(),
      trust: this.#trust.build(),
      time: this.#time.build(),
    };
  }

  /** Adds a reason; names of persons stay out of it, the number and the fingerprint say who is meant. */
  #say(
    aspect: AspectBuilder,
    how: 'pass' | 'fail' | 'doubt',
    code: PathReasonCode,
    index?: number,
    detail = '',
  ): void {
    const [en, zh] = PATH_REASONS[code];
    const suffix = detail === '' ? '' : ` (${detail})`;
    if (index === undefined) {
      const sentence = en.charAt(0).toUpperCase() + en.slice(1);
      aspect[how](code, `${sentence}${suffix}.`, `${zh}${suffix}。`);
      return;
    }
    const who = `${index + 1} [${this.#path.certificates[index]!.fingerprint.slice(0, 16)}]`;
    aspect[how](code, `Certificate ${who}: ${en}${suffix}.`, `证书 ${who}：${zh}${suffix}。`);
  }

  /** @standard GB/T 20518-2018 §5.2.3.6 */
  #judgeValidity(index: number, { notBefore, notAfter }: Certificate): void {
    const { time } = this.#options;
    if (time < notBefore) this.#say(this.#time, 'fail', 'CERTIFICATE_NOT_YET_VALID', index);
    // notAfter is the last second of the validity, all of it.
    else if (time.getTime() >= notAfter.getTime() + 1000) {
      this.#say(this.#time, 'fail', 'CERTIFICATE_EXPIRED', index);
    } else this.#say(this.#time, 'pass', 'CERTIFICATE_IN_VALIDITY', index);
  }

  #judgeExtensions(index: number, { unknownCritical }: Certificate): void {
    if (unknownCritical.length === 0) return;
    this.#say(
      this.#trust,
      'fail',
      'CRITICAL_EXTENSION_UNKNOWN',
      index,
      unknownCritical.slice(0, 8).join(' '),
    );
  }

  /** @standard GB/T 20518-2018 §5.2.4.2.3, §5.2.4.2.14 */
  #judgeLeaf(leaf: Certificate): void {
    const { keyUsage = [], extendedKeyUsage, keyAlgorithm } = this.#options;
    const missing = keyUsage.filter((usage) => leaf.keyUsage?.has(usage) !== true);
    if (missing.length > 0) this.#say(this.#trust, 'fail', 'KEY_USAGE_WRONG', 0, missing.join(' '));
    if (extendedKeyUsage !== undefined && leaf.extendedKeyUsage?.includes(extendedKeyUsage) !== true) {
      this.#say(this.#trust, 'fail', 'EXTENDED_KEY_USAGE_WRONG', 0, extendedKeyUsage);
    }
    if (keyAlgorithm !== undefined && leaf.keyAlgorithm !== keyAlgorithm) {
      this.#say(this.#trust, 'fail', 'KEY_ALGORITHM_WRONG', 0, keyAlgorithm);
    }
  }

  /** @standard GB/T 20518-2018 §5.2.4.2.10, RFC 5280 §6.1.4 k to n */
  #judgeIssuer(index: number, issuer: Certificate): void {
    if (!issuer.isCa) this.#say(this.#trust, 'fail', 'ISSUER_NOT_CA', index);
    if (issuer.keyUsage?.has('keyCertSign') === false) {
      this.#say(this.#trust, 'fail', 'ISSUER_KEY_USAGE', index);
    }
    const below = this.#path.certificates
      // A leaf that is a CA counts: RFC 5280 leaves it out, but such a CA could never be used.
      .slice(this.#path.certificates[0].isCa ? 0 : 1, index)
      // Certificates a CA issued to itself, for a new key, do not count.
      .filter((ca) => !isSelfIssued(ca)).length;
    if (issuer.pathLength !== undefined && below > issuer.pathLength) {
      this.#say(this.#trust, 'fail', 'PATH_TOO_LONG', index, `pathLength=${issuer.pathLength}`);
    }
    // A CA with extended key usages was given no others to hand on.
    const { extendedKeyUsage: wanted } = this.#options;
    const has = issuer.extendedKeyUsage;
    if (wanted === undefined || has === undefined) return;
    if (!has.includes(wanted) && !has.includes(ANY_EXTENDED_KEY_USAGE)) {
      this.#say(this.#trust, 'fail', 'EXTENDED_KEY_USAGE_WRONG', index, wanted);
    }
  }

  #judgeEnd(last: number): void {
    const { end } = this.#path;
    if (end === 'anchor') {
      this.#judgeAnchor(last);
      return;
    }
    const code = END_CODES[end];
    if (code !== undefined) this.#say(this.#integrity, 'fail', code, last);
    else if (end === 'unsupported') {
      this.#say(this.#integrity, 'doubt', 'CERTIFICATE_ALGORITHM_UNSUPPORTED', last);
    } else if (end === 'self-signed') {
      this.#say(this.#integrity, 'pass', 'CERTIFICATE_SIGNATURE_RIGHT', last);
      this.#say(this.#trust, this.#withoutAnchor, 'SELF_SIGNED_NOT_TRUSTED', last);
    } else if (end === 'limit') {
      this.#say(this.#integrity, 'doubt', 'PATH_SEARCH_LIMIT', last);
    } else {
      // The leaf is intact when its own issuer was there; who is above that is a matter of trust.
      if (last === 0) this.#say(this.#integrity, 'doubt', 'ISSUER_UNKNOWN', last);
      this.#say(this.#trust, this.#withoutAnchor, 'ISSUER_UNKNOWN', last);
    }
    if (this.#options.anchors.length === 0) this.#say(this.#trust, 'doubt', 'NO_ANCHOR_GIVEN');
    else this.#say(this.#trust, 'fail', 'NO_PATH_TO_ANCHOR');
  }

  get #withoutAnchor(): 'fail' | 'doubt' {
    return this.#options.anchors.length === 0 ? 'doubt' : 'fail';
  }

  #judgeAnchor(last: number): void {
    const anchor = this.#path.certificates[last]!;
    // An anchor is trusted as it is. Only when it is itself what is judged, its own signature counts.
    if (last === 0 && isSelfIssued(anchor)) {
      const right = checkCertificateSignature(anchor, anchor, this.#options.signerId) === 'right';
      const code = right ? 'CERTIFICATE_SIGNATURE_RIGHT' : 'CERTIFICATE_SIGNATURE_WRONG';
      this.#say(this.#integrity, right ? 'pass' : 'fail', code, last);
    }
    this.#say(this.#integrity, 'pass', 'ANCHOR_REACHED', last);
    this.#say(this.#trust, 'pass', 'PATH_TO_ANCHOR');
    this.#say(this.#trust, 'pass', 'REVOCATION_NOT_CHECKED');
  }
}

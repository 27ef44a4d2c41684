import { AspectBuilder, equalBytes, type Verdict } from '@cssi/sm-core';
import type { Certificate } from '../spec/v1/certificate.ts';
import { OIDS } from '../spec/v1/oids.ts';
import type { PathReport, PathStep } from '../spec/v1/path.ts';
import type { RevocationReason } from '../spec/v1/revocation.ts';
import type { MessageImprint, SigningCertificateId, TimeStampInfo } from '../spec/v1/timestamp.ts';
import { TIMESTAMP_REASONS, type TimeStampReasonCode } from '../spec/v1/timestamp-report.ts';
import { namesCertificate } from './ess.ts';
import { isTimeStampHash } from './hashes.ts';
import { accuracyMicros } from './info.ts';
import { hasName } from './names.ts';
import { maySign, timeStampPurpose } from './purpose.ts';

/** Reasons of a revocation that leave older tokens good. @standard RFC 3161 §4 */
const HARMLESS = new Set<RevocationReason>(['affiliationChanged', 'superseded', 'cessationOfOperation']);
/** Reasons that say neither that a key was lost nor that it was not. */
const UNEXPLAINED = new Set<RevocationReason>(['unspecified', 'certificateHold', 'removeFromCRL']);

/** What a revocation after genTime means for a token: the worst that any right evidence says. */
function worstRevocation({ revocation, revocations }: PathStep): 'harmless' | 'unexplained' | 'compromised' {
  const reasons = [...(revocation === undefined ? [] : [revocation]), ...(revocations ?? [])]
    .map(({ reason = 'unspecified' }) => reason)
    .filter((reason) => !HARMLESS.has(reason));
  if (reasons.length === 0) return 'harmless';
  return reasons.every((reason) => UNEXPLAINED.has(reason)) ? 'unexplained' : 'compromised';
}

/** Collects the reasons for the verdict on one token. */
export class TimeStampJudge {
  readonly integrity: AspectBuilder = new AspectBuilder();
  readonly trust: AspectBuilder = new AspectBuilder();
  readonly time: AspectBuilder = new AspectBuilder();

  #say(aspect: AspectBuilder, how: 'pass' | 'fail' | 'doubt', code: TimeStampReasonCode): void {
    const [en, zh] = TIMESTAMP_REASONS[code];
    aspect[how](code, en, zh);
  }

  imprint(has: MessageImprint, wanted: MessageImprint | undefined): void {
    if (!isTimeStampHash(has.hash)) this.#say(this.integrity, 'doubt', 'IMPRINT_HASH_UNKNOWN');
    else if (wanted === undefined) this.#say(this.integrity, 'doubt', 'IMPRINT_NOT_COMPARED');
    else {
      const right = has.hash === wanted.hash && equalBytes(has.digest, wanted.digest);
      this.#say(this.integrity, right ? 'pass' : 'fail', right ? 'IMPRINT_RIGHT' : 'IMPRINT_WRONG');
    }
  }

  /** A nonce that nobody asked about says nothing. */
  nonce(has: bigint | undefined, wanted: bigint | undefined): void {
    if (wanted === undefined) return;
    const right = has === wanted;
    this.#say(this.integrity, right ? 'pass' : 'fail', right ? 'NONCE_RIGHT' : 'NONCE_WRONG');
  }

  /** RFC 3161 §2.4.2: the signer's certificate is named, so that no other one can take its place. */
  binding(ids: readonly SigningCertificateId[], certificate: Certificate): void {
    if (ids.length === 0) this.#say(this.integrity, 'fail', 'SIGNER_CERTIFICATE_UNSTATED');
    for (const id of ids) {
      const names = namesCertificate(id, certificate);
      if (names === undefined) this.#say(this.integrity, 'doubt', 'SIGNER_CERTIFICATE_HASH_UNKNOWN');
      else if (names) this.#say(this.integrity, 'pass', 'SIGNER_CERTIFICATE_BOUND');
      else this.#say(this.integrity, 'fail', 'SIGNER_CERTIFICATE_NOT_BOUND');
    }
  }

  /** @returns whether a deviation was accepted */
  purpose(certificate: Certificate, strict: boolean): boolean {
    const purpose = timeStampPurpose(certificate);
    const tolerated = purpose === 'not-sole-or-critical' && !strict;
    if (purpose === 'sole-and-critical') this.#say(this.trust, 'pass', 'AUTHORITY_PURPOSE_RIGHT');
    else if (tolerated) this.#say(this.trust, 'pass', 'AUTHORITY_PURPOSE_TOLERATED');
    else this.#say(this.trust, 'fail', 'AUTHORITY_PURPOSE_WRONG');
    if (!maySign(certificate)) this.#say(this.trust, 'fail', 'AUTHORITY_KEY_USAGE_WRONG');
    return tolerated;
  }

  /** RFC 3161 §2.4.2: the name in the token is one of the certificate's. */
  name({ tsaRaw }: TimeStampInfo, certificate: Certificate): void {
    if (tsaRaw === undefined || hasName(certificate, tsaRaw)) return;
    this.#say(this.trust, 'fail', 'AUTHORITY_NAME_WRONG');
  }

  policy(has: string, wanted: readonly string[] | undefined): void {
    if (wanted === undefined) return;
    const right = wanted.includes(has);
    this.#say(this.trust, right ? 'pass' : 'fail', right ? 'POLICY_RIGHT' : 'POLICY_WRONG');
  }

  extensions({ extensions }: TimeStampInfo): void {
    if (extensions.some(({ critical }) => critical)) this.#say(this.trust, 'fail', 'TOKEN_EXTENSION_UNKNOWN');
  }

  accuracy({ accuracy }: TimeStampInfo, maxMicros: number | undefined): void {
    this.#say(this.time, 'pass', 'TIME_STATED');
    if (maxMicros === undefined) return;
    if (accuracy === undefined) this.#say(this.time, 'doubt', 'ACCURACY_UNSTATED');
    else if (accuracyMicros(accuracy) > maxMicros) this.#say(this.time, 'fail', 'ACCURACY_TOO_COARSE');
    else this.#say(this.time, 'pass', 'ACCURACY_ENOUGH');
  }

  future(earliest: number, now: Date | undefined): void {
    if (now !== undefined && earliest > now.getTime()) this.#say(this.time, 'fail', 'TIME_IN_FUTURE');
  }

  withoutCertificate(): void {
    this.#say(this.trust, 'doubt', 'AUTHORITY_CERTIFICATE_MISSING');
    this.#say(this.time, 'doubt', 'AUTHORITY_CERTIFICATE_MISSING');
  }

  /**
   * A wrong signature above the authority's certificate is a matter of trust in it, not of the
   * token. Whoever has the key of a CA above the authority can make an authority of his own and
   * date its tokens back, so that every certificate of the path is asked for why it was revoked.
   */
  path({ verdict, steps }: PathReport): void {
    this.trust.add(verdict.integrity).add(verdict.trust);
    this.time.add(verdict.time);
    for (const step of steps) {
      // A revocation by the time of judgement has failed already.
      if (step.check === 'revocation' && step.status !== 'failed') this.#laterRevocation(step);
    }
  }

  #laterRevocation(step: PathStep): void {
    const worst = worstRevocation(step);
    const own = step.certificate === 1;
    if (worst === 'unexplained') {
      this.#say(this.trust, 'doubt', own ? 'AUTHORITY_REVOKED_UNEXPLAINED' : 'ISSUER_REVOKED_UNEXPLAINED');
    } else if (worst === 'compromised') {
      this.#say(this.trust, 'fail', own ? 'AUTHORITY_KEY_COMPROMISED' : 'ISSUER_KEY_COMPROMISED');
    }
  }

  verdict(): Verdict {
    return { integrity: this.integrity.build(), trust: this.trust.build(), time: this.time.build() };
  }
}

/** The purpose that a path to an authority must have. */
export const TIMESTAMP_PURPOSE: string = OIDS.timeStamping;

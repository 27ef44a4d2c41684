import type { SignatureResult } from '../signature/verify.ts';
import type { PathReasonCode } from '../spec/v1/path-reasons.ts';
import type { RevocationNote } from '../spec/v1/revocation.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';

/**
 * Most signatures of each kind of evidence that are checked for one certificate. Whoever sends the
 * evidence chooses how much; much of one kind must not keep the other from being read.
 */
const MAX_SIGNATURES = 64;

export type EvidenceKind = 'crl' | 'ocsp';

/** The bound of work of one judgement, and what was found in its course. */
class Work {
  readonly left: Record<EvidenceKind, number> = { crl: MAX_SIGNATURES, ocsp: MAX_SIGNATURES };
  limited = false;
  readonly results = new Map<unknown, Map<string, SignatureResult>>();
  readonly responders = new Map<string, readonly PathReasonCode[]>();
}

/** Remarks on the way; the first says why a status is unknown. */
export class Notes {
  readonly #notes: RevocationNote[] = [];
  readonly #work: Work;

  /** @param of - notes whose bound of work these share */
  constructor(of?: Notes) {
    this.#work = of === undefined ? new Work() : of.#work;
  }

  /**
   * Checks a signature at the price of its checks: a wrong one is tried with every signer ID. What
   * was checked before, by this `subject` and `key`, costs nothing. `undefined` when the bound is
   * reached: then nobody knows what else there is, and nothing may be concluded to be good.
   */
  check(
    kind: EvidenceKind,
    [subject, key]: readonly [subject: unknown, key: string],
    signerIds: readonly Sm2SignerId[] | undefined,
    check: () => SignatureResult,
  ): SignatureResult | undefined {
    const known = this.#work.results.get(subject) ?? new Map<string, SignatureResult>();
    const before = known.get(key);
    if (before !== undefined) return before;
    if (this.#work.left[kind] <= 0) {
      this.#work.limited = true;
      this.add('REVOCATION_LIMIT');
      return undefined;
    }
    const result = check();
    this.#work.left[kind] -= result.check === 'wrong' ? (signerIds?.length ?? 1) : 1;
    this.#work.results.set(subject, known.set(key, result));
    return result;
  }

  /** What speaks for or against an OCSP responder; looked into once. */
  responder(key: string, find: () => readonly PathReasonCode[]): readonly PathReasonCode[] {
    const before = this.#work.responders.get(key);
    if (before !== undefined) return before;
    const found = find();
    this.#work.responders.set(key, found);
    return found;
  }

  /** Was evidence left unread because there was too much of it? */
  get limited(): boolean {
    return this.#work.limited;
  }

  add(code: PathReasonCode, detail?: string): void {
    if (this.#notes.some((note) => note.code === code && note.detail === detail)) return;
    this.#notes.push(detail === undefined ? { code } : { code, detail });
  }

  get list(): readonly RevocationNote[] {
    return this.#notes;
  }
}

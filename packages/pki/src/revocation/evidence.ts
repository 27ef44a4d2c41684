import type { Certificate } from '../spec/v1/certificate.ts';
import type { PathReasonCode } from '../spec/v1/path-reasons.ts';
import type {
  RevocationFacts,
  RevocationNote,
  RevocationOptions,
  RevocationReport,
} from '../spec/v1/revocation.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';

/** What is asked: was this certificate of this issuer revoked at the time of the options? */
export interface Question {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  readonly options: RevocationOptions;
}

/** What one piece of evidence, whose signature is right, says about the certificate. */
export interface Evidence {
  readonly source: 'crl' | 'ocsp';
  /** A newer piece of the same series takes the place of an older one. */
  readonly series: string;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
  /** Certificates that expired since then are still covered. */
  readonly expiredSince: Date | undefined;
  readonly revocation: RevocationFacts | undefined;
  /** Could it have said `revoked`, had the certificate been revoked? If not, its silence says nothing. */
  readonly covers: boolean;
  readonly signerId: Sm2SignerId | undefined;
}

/** Most signatures that are checked for one certificate. Whoever sends the evidence chooses how much. */
const MAX_SIGNATURES = 64;

/** Remarks on the way; the first says why a status is unknown. */
export class Notes {
  readonly #notes: RevocationNote[] = [];
  readonly #budget: { left: number };

  /** @param of - notes whose bound of work these share */
  constructor(of?: Notes) {
    this.#budget = of === undefined ? { left: MAX_SIGNATURES } : of.#budget;
  }

  /** Takes one signature check from the bound; `false` when none is left. */
  mayCheck(): boolean {
    if (this.#budget.left > 0) {
      this.#budget.left--;
      return true;
    }
    this.add('REVOCATION_LIMIT');
    return false;
  }

  add(code: PathReasonCode, detail?: string): void {
    if (this.#notes.some((note) => note.code === code && note.detail === detail)) return;
    this.#notes.push(detail === undefined ? { code } : { code, detail });
  }

  get list(): readonly RevocationNote[] {
    return this.#notes;
  }
}

/** The moment from which a certificate counts as revoked: when it, or its key, went wrong. */
function since({ revocationDate, invalidityDate }: RevocationFacts): number {
  const revoked = revocationDate.getTime();
  return invalidityDate === undefined ? revoked : Math.min(revoked, invalidityDate.getTime());
}

/** Judges by pieces of evidence whose signatures are right. */
class Conclusion {
  readonly #question: Question;
  readonly #notes: Notes;
  readonly #time: number;
  readonly #tolerance: number;

  constructor(question: Question, notes: Notes) {
    this.#question = question;
    this.#notes = notes;
    this.#time = question.options.time.getTime();
    this.#tolerance = (question.options.toleranceSeconds ?? 0) * 1000;
  }

  of(all: readonly Evidence[]): RevocationReport {
    const pieces = this.#withoutOutdated(all);
    const said = pieces.filter(({ revocation }) => revocation !== undefined);
    const revoked = said.find((piece) => this.#isRevoked(piece));
    if (revoked !== undefined) return this.#report('revoked', 'CERTIFICATE_REVOKED', revoked);
    const later = said.find(({ revocation }) => since(revocation!) > this.#time);
    const good = pieces.find((piece) => this.#showsGood(piece));
    if (good === undefined) return this.#unknown();
    return later === undefined
      ? this.#report('good', 'NOT_REVOKED', good)
      : this.#report('good', 'CERTIFICATE_REVOKED_LATER', later);
  }

  /** Of each series: the newest piece up to the time of judgement, and all that are later. */
  #withoutOutdated(all: readonly Evidence[]): readonly Evidence[] {
    const before = all.filter(({ thisUpdate }) => thisUpdate.getTime() <= this.#time);
    return all.filter(
      (piece) =>
        piece.thisUpdate.getTime() > this.#time ||
        !before.some((other) => other.series === piece.series && other.thisUpdate > piece.thisUpdate),
    );
  }

  /** Revocations are for good, so that an old list proves one still; only a hold may have ended. */
  #isRevoked(piece: Evidence): boolean {
    const { revocation } = piece;
    if (revocation === undefined || since(revocation) > this.#time) return false;
    return revocation.reason !== 'certificateHold' || this.#isFresh(piece);
  }

  #isFresh({ thisUpdate, nextUpdate }: Evidence): boolean {
    // Without nextUpdate newer evidence is there at any time.
    const until = nextUpdate?.getTime() ?? thisUpdate.getTime() + 1;
    return thisUpdate.getTime() > this.#time || this.#time < until + this.#tolerance;
  }

  #showsGood(piece: Evidence): boolean {
    const { certificate, options } = this.#question;
    if (!piece.covers) return false;
    if (piece.revocation !== undefined && since(piece.revocation) <= this.#time) return this.#stale();
    if (!this.#isFresh(piece)) return this.#stale();
    const { evidenceTime } = options;
    if (evidenceTime !== undefined && piece.thisUpdate.getTime() > evidenceTime.getTime() + this.#tolerance) {
      this.#notes.add('REVOCATION_EVIDENCE_FUTURE');
      return false;
    }
    // RFC 5280 §3.3: an entry may go once the certificate has expired.
    const kept = piece.expiredSince !== undefined && piece.expiredSince <= certificate.notAfter;
    if (piece.thisUpdate.getTime() >= certificate.notAfter.getTime() + 1000 && !kept) {
      this.#notes.add('REVOCATION_EVIDENCE_TOO_LATE');
      return false;
    }
    return true;
  }

  #stale(): false {
    this.#notes.add('REVOCATION_EVIDENCE_STALE');
    return false;
  }

  #report(status: 'good' | 'revoked', code: PathReasonCode, piece: Evidence): RevocationReport {
    const { revocation, source, thisUpdate, signerId } = piece;
    return {
      status,
      code,
      ...(revocation === undefined ? {} : { revocation }),
      source,
      thisUpdate,
      ...(signerId === undefined ? {} : { signerId }),
      notes: this.#notes.list,
    };
  }

  #unknown(): RevocationReport {
    const [first, ...rest] = this.#notes.list;
    if (first === undefined) return { status: 'unknown', code: 'REVOCATION_EVIDENCE_MISSING', notes: [] };
    return { status: 'unknown', code: first.code, notes: rest };
  }
}

/**
 * Concludes from evidence whose signatures are right. One piece that says `revoked` outweighs
 * every other.
 */
export const conclude = (question: Question, pieces: readonly Evidence[], notes: Notes): RevocationReport =>
  new Conclusion(question, notes).of(pieces);

import type { Certificate } from '../spec/v1/certificate.ts';
import type { PathReasonCode } from '../spec/v1/path-reasons.ts';
import type {
  RevocationFacts,
  RevocationOptions,
  RevocationReport,
  StatedRevocation,
} from '../spec/v1/revocation.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';
import type { EvidenceKind, Notes } from './notes.ts';

/** What is asked: was this certificate of this issuer revoked at the time of the options? */
export interface Question {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  readonly options: RevocationOptions;
}

/** What one piece of evidence, whose signature is right, says about the certificate. */
export interface Evidence {
  readonly source: EvidenceKind;
  /** A newer piece of the same series ends holds of an older one, and its silence. */
  readonly series: string;
  readonly thisUpdate: Date;
  /** When it was signed, where that is stated. */
  readonly producedAt?: Date;
  readonly nextUpdate: Date | undefined;
  /** Certificates that expired since then are still covered. */
  readonly expiredSince: Date | undefined;
  readonly revocation: RevocationFacts | undefined;
  /** Could it have said `revoked`, had the certificate been revoked? If not, its silence says nothing. */
  readonly covers: boolean;
  readonly signerId: Sm2SignerId | undefined;
}

/** The moment from which a certificate counts as revoked: when it, or its key, went wrong. */
function since({ revocationDate, invalidityDate }: RevocationFacts): number {
  const revoked = revocationDate.getTime();
  return invalidityDate === undefined ? revoked : Math.min(revoked, invalidityDate.getTime());
}

const isHold = ({ revocation }: Evidence): boolean => revocation?.reason === 'certificateHold';

const isDifferent = (one: RevocationFacts, i: number, all: readonly RevocationFacts[]): boolean =>
  all.findIndex(
    (other) =>
      other.reason === one.reason &&
      other.reasonStated === one.reasonStated &&
      other.revocationDate.getTime() === one.revocationDate.getTime() &&
      other.invalidityDate?.getTime() === one.invalidityDate?.getTime(),
  ) === i;

const stated = ({
  revocationDate,
  reason,
  reasonStated,
  invalidityDate,
}: RevocationFacts): StatedRevocation => ({
  revocationDate,
  ...(reasonStated === false ? {} : { reason }),
  ...(invalidityDate === undefined ? {} : { invalidityDate }),
});

/** Most different revocations that a report lists. */
const MAX_STATED = 64;

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
    const report = this.#decide(pieces, said);
    if (said.length === 0) return report;
    const revocations = said
      .map(({ revocation }) => revocation!)
      .slice(0, 4 * MAX_STATED)
      .filter(isDifferent)
      .slice(0, MAX_STATED)
      .map(stated);
    return { ...report, revocations };
  }

  #decide(pieces: readonly Evidence[], said: readonly Evidence[]): RevocationReport {
    const revoked = said.find((piece) => this.#isRevoked(piece));
    if (revoked !== undefined) return this.#report('revoked', 'CERTIFICATE_REVOKED', revoked);
    // What was not read may say that it was revoked.
    if (this.#notes.limited) return this.#unknown('REVOCATION_LIMIT');
    const good = pieces.find((piece) => this.#showsGood(piece));
    if (good === undefined) return this.#unknown();
    const later = said.find((piece) => this.#isLater(piece));
    return later === undefined
      ? this.#report('good', 'NOT_REVOKED', good)
      : this.#report('good', 'CERTIFICATE_REVOKED_LATER', later);
  }

  /**
   * Without silence and holds that a newer piece of the same series, up to the time of judgement,
   * took the place of. A revocation for good stays. What says nothing outdates nothing, and
   * silence that is out of date itself does not outdate silence.
   */
  #withoutOutdated(all: readonly Evidence[]): readonly Evidence[] {
    const ending = new Map<string, number>();
    const speaking = new Map<string, number>();
    for (const piece of all) {
      const { series, revocation } = piece;
      const made = piece.thisUpdate.getTime();
      if (made > this.#time || (!piece.covers && revocation === undefined)) continue;
      if (made > (ending.get(series) ?? Number.NEGATIVE_INFINITY)) ending.set(series, made);
      const speaks = revocation !== undefined || this.#isFresh(piece);
      if (speaks && made > (speaking.get(series) ?? Number.NEGATIVE_INFINITY)) speaking.set(series, made);
    }
    return all.filter((piece) => {
      if (piece.revocation !== undefined && !isHold(piece)) return true;
      const newest = (isHold(piece) ? ending : speaking).get(piece.series);
      const made = piece.thisUpdate.getTime();
      return made > this.#time || newest === undefined || newest <= made;
    });
  }

  /** Does the piece know only of a revocation after the time of judgement? An older one cannot. */
  #isLater({ thisUpdate, revocation }: Evidence): boolean {
    return revocation !== undefined && thisUpdate.getTime() > this.#time && since(revocation) > this.#time;
  }

  /**
   * What is listed by the time of judgement is revoked, whatever date it has. Revocations are for
   * good, so that an old list proves one still; only a hold may have ended.
   *
   * @standard RFC 5280 §6.3.3 (i)
   */
  #isRevoked(piece: Evidence): boolean {
    if (piece.revocation === undefined || this.#isLater(piece)) return false;
    return !isHold(piece) || this.#isFresh(piece);
  }

  #isFresh({ thisUpdate, nextUpdate }: Evidence): boolean {
    // Without nextUpdate newer evidence is there at any time.
    const until = nextUpdate?.getTime() ?? thisUpdate.getTime() + 1;
    return thisUpdate.getTime() > this.#time || this.#time < until + this.#tolerance;
  }

  #showsGood(piece: Evidence): boolean {
    const { certificate, options } = this.#question;
    if (!piece.covers) return false;
    // A hold that is out of date is the only revocation by the time of judgement that comes here.
    if (piece.revocation !== undefined && !this.#isLater(piece))
      return this.#doubt('REVOCATION_EVIDENCE_STALE');
    if (!this.#isFresh(piece)) return this.#doubt('REVOCATION_EVIDENCE_STALE');
    const made = Math.max(piece.thisUpdate.getTime(), piece.producedAt?.getTime() ?? 0);
    if (made > (options.evidenceTime ?? options.time).getTime() + this.#tolerance) {
      return this.#doubt('REVOCATION_EVIDENCE_FUTURE');
    }
    // RFC 5280 §3.3: an entry may go once the certificate has expired.
    const kept = piece.expiredSince !== undefined && piece.expiredSince <= certificate.notAfter;
    if (piece.thisUpdate.getTime() >= certificate.notAfter.getTime() + 1000 && !kept) {
      return this.#doubt('REVOCATION_EVIDENCE_TOO_LATE');
    }
    return true;
  }

  #doubt(code: PathReasonCode): false {
    this.#notes.add(code);
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

  #unknown(why?: PathReasonCode): RevocationReport {
    const { list } = this.#notes;
    const code = why ?? list[0]?.code ?? 'REVOCATION_EVIDENCE_MISSING';
    const main = list.findIndex((note) => note.code === code);
    return { status: 'unknown', code, notes: list.filter((_, i) => i !== main) };
  }
}

/**
 * Concludes from evidence whose signatures are right. One piece that says `revoked` outweighs
 * every other.
 */
export const conclude = (question: Question, pieces: readonly Evidence[], notes: Notes): RevocationReport =>
  new Conclusion(question, notes).of(pieces);

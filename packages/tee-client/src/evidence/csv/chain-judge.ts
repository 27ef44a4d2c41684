import { equalBytes, SmError } from '@cssi/sm-core';
import type { ReportBuilder } from '../report-builder.ts';
import {
  CSV_ALGORITHM_SM2,
  CSV_USAGES,
  type CsvCertificateBase,
  type CsvDeviceCertificate,
  type CsvRootCertificate,
  type CsvSignatureSlot,
  verifyCsvSignature,
} from './certificate.ts';
import { allZero } from './fields.ts';
import { CSV_FINDINGS as FOUND } from './findings.ts';

/** The keys above the PEK, as far as they were found and vouch for each other. @internal */
export interface CsvChain {
  readonly cek?: CsvDeviceCertificate;
  readonly hsk?: CsvRootCertificate;
  readonly hrk?: CsvRootCertificate;
}

/** A key that is no point of the curve signed nothing; a damaged endorsement must not stand in a good one's way. */
function signedBy(issuer: CsvCertificateBase, body: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verifyCsvSignature(issuer, body, signature);
  } catch (error) {
    if (error instanceof SmError && error.code === 'ERR_TEE_EVIDENCE_MALFORMED') return false;
    throw error;
  }
}

/** Do all slots `issuer` could have filled carry its signature, and is there one? @internal */
export function issued(issuer: CsvCertificateBase, certificate: CsvCertificateBase): boolean {
  const slots = certificate.signatures.filter(({ usage }) => usage === issuer.usage);
  return (
    slots.length > 0 &&
    slots.every(
      ({ algorithm, signature }) =>
        algorithm === CSV_ALGORITHM_SM2 && signedBy(issuer, certificate.body, signature),
    )
  );
}

/** Slots are outside the signature. Is there one of `usage` by SM2, and none that has no business there? */
const slotsRight = ({ signatures }: CsvCertificateBase, usage: number, other?: number): boolean =>
  signatures.some((slot) => slot.usage === usage && slot.algorithm === CSV_ALGORITHM_SM2) &&
  signatures.every((slot) => slot.usage === usage || slot.usage === other || isEmpty(slot));

const isEmpty = ({ usage, algorithm, signature }: CsvSignatureSlot): boolean =>
  usage === CSV_USAGES.INVALID && algorithm === 0 && allZero(signature);

const named = (certificate: CsvCertificateBase, issuer: CsvRootCertificate): boolean =>
  equalBytes(certificate.issuerKeyId, issuer.keyId);

/** Judges one chain from the report's key up; stops at the first thing that is not there or wrong. @internal */
export class ChainJudge {
  readonly #report: ReportBuilder;
  readonly #anchors: readonly CsvRootCertificate[];
  readonly #ceks: readonly CsvDeviceCertificate[];
  readonly #hsks: readonly CsvRootCertificate[];
  readonly #known = new Map<CsvCertificateBase, Map<CsvCertificateBase, boolean>>();

  constructor(
    report: ReportBuilder,
    anchors: readonly CsvRootCertificate[],
    ceks: readonly CsvDeviceCertificate[],
    hsks: readonly CsvRootCertificate[],
  ) {
    this.#report = report;
    this.#anchors = anchors;
    this.#ceks = ceks;
    this.#hsks = hsks;
  }

  judge(pek: CsvDeviceCertificate): CsvChain {
    const cek = this.#findCek(pek);
    if (cek === undefined) return {};
    const hsk = this.#findHsk(cek);
    if (hsk === undefined) return { cek };
    const hrk = this.#findHrk(hsk);
    return hrk === undefined ? { cek, hsk } : { cek, hsk, hrk };
  }

  #findCek(pek: CsvDeviceCertificate): CsvDeviceCertificate | undefined {
    const usable = pek.usage === CSV_USAGES.PEK && pek.algorithm === CSV_ALGORITHM_SM2;
    if (!usable) return this.#fail('certificates', 'usageWrong', 'key=pek');
    if (!slotsRight(pek, CSV_USAGES.CEK, CSV_USAGES.OCA)) {
      return this.#fail('certificates', 'slotWrong', 'key=pek');
    }
    if (this.#ceks.length === 0) return this.#missing('cek');
    // A PEK does not name its chip key: the signature shows which one it was.
    const cek = this.#pick(this.#ceks, pek, (one) => this.#hskOf(one) !== undefined);
    return cek ?? this.#fail('chain', 'pekWrong', `tried=${this.#ceks.length}`);
  }

  #findHsk(cek: CsvDeviceCertificate): CsvRootCertificate | undefined {
    if (cek.algorithm !== CSV_ALGORITHM_SM2) return this.#fail('certificates', 'usageWrong', 'key=cek');
    if (!slotsRight(cek, CSV_USAGES.HSK)) return this.#fail('certificates', 'slotWrong', 'key=cek');
    if (this.#hsks.length === 0) return this.#missing('hsk');
    if (!this.#hsks.some((one) => named(cek, one)))
      return this.#fail('certificates', 'keyIdWrong', 'key=cek');
    return this.#hskOf(cek) ?? this.#fail('chain', 'cekWrong');
  }

  #findHrk(hsk: CsvRootCertificate): CsvRootCertificate | undefined {
    if (this.#anchors.length === 0) {
      this.#report.doubt('chain', FOUND.noAnchorGiven);
      return undefined;
    }
    const anchors = this.#anchors.filter((one) => named(hsk, one));
    if (anchors.length === 0) return this.#fail('chain', 'noPathToAnchor');
    if (!anchors.some((one) => this.#isRootKey(one))) return this.#fail('chain', 'hrkWrong');
    return this.#hrkOf(hsk) ?? this.#fail('chain', 'hskWrong');
  }

  #hskOf(cek: CsvDeviceCertificate): CsvRootCertificate | undefined {
    const hsks = this.#hsks.filter((one) => named(cek, one));
    return this.#pick(hsks, cek, (one) => this.#hrkOf(one) !== undefined);
  }

  #hrkOf(hsk: CsvRootCertificate): CsvRootCertificate | undefined {
    return this.#anchors.find((one) => named(hsk, one) && this.#isRootKey(one) && this.#issued(one, hsk));
  }

  /** Trusted or not: a root key that was damaged on its way here is better noticed than puzzled over. */
  #isRootKey(anchor: CsvRootCertificate): boolean {
    return anchor.usage === CSV_USAGES.HRK && named(anchor, anchor) && this.#issued(anchor, anchor);
  }

  /** Of those that issued `certificate` one that leads further up, else any: a damaged copy must not stand in the way. */
  #pick<T extends CsvCertificateBase>(
    candidates: readonly T[],
    certificate: CsvCertificateBase,
    leadsUp: (candidate: T) => boolean,
  ): T | undefined {
    let first: T | undefined;
    for (const candidate of candidates) {
      if (!this.#issued(candidate, certificate)) continue;
      if (leadsUp(candidate)) return candidate;
      first ??= candidate;
    }
    return first;
  }

  /** Asked more than once about the same two, computed once. */
  #issued(issuer: CsvCertificateBase, certificate: CsvCertificateBase): boolean {
    const known = this.#known.get(certificate) ?? new Map<CsvCertificateBase, boolean>();
    this.#known.set(certificate, known);
    const answer = known.get(issuer) ?? issued(issuer, certificate);
    known.set(issuer, answer);
    return answer;
  }

  #missing(key: string): undefined {
    this.#report.doubt('chain', FOUND.endorsementMissing, `key=${key}`);
  }

  #fail(step: 'certificates' | 'chain', finding: keyof typeof FOUND, detail?: string): undefined {
    this.#report.fail(step, FOUND[finding], detail);
  }
}

import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import type { VerificationOptions } from '../../spec/v1/attestation.ts';
import type { ReportBuilder } from '../report-builder.ts';
import {
  CSV_USAGES,
  type CsvCertificate,
  type CsvDeviceCertificate,
  type CsvRootCertificate,
  parseCsvRootCertificate,
  parseHygonCertificates,
} from './certificate.ts';
import { ChainJudge, type CsvChain, issued } from './chain-judge.ts';
import { CSV_FINDINGS as FOUND } from './findings.ts';
import type { CsvReport } from './report.ts';

/** A fleet's worth; every certificate may cost a signature check. */
const MAX_GIVEN = 64;

function given<T>(
  name: string,
  items: readonly Uint8Array[] | undefined,
  read: (bytes: Uint8Array) => T,
): T[] {
  if (items === undefined) return [];
  // What the caller brings is not evidence: a wrong file is the caller's mistake and is named as that.
  const invalid = (cause?: unknown) =>
    TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', { detail: `option=${name}`, cause });
  if (items.length > MAX_GIVEN) throw invalid();
  return items.map((bytes) => {
    try {
      return read(bytes);
    } catch (cause) {
      throw invalid(cause);
    }
  });
}

const isDevice = (one: CsvCertificate): one is CsvDeviceCertificate => one.kind === 'device';
const isRoot = (one: CsvCertificate): one is CsvRootCertificate => one.kind === 'root';

/**
 * Judges HRK → HSK → CEK → PEK: kinds and key ids under `certificates`, signatures under `chain`. Certificates
 * that came with the evidence and those among the endorsements are equal: none is trusted.
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED, ERR_TEE_OPTION_INVALID
 * @internal
 */
export function judgeCsvChain(
  report: ReportBuilder,
  { pek, appended }: CsvReport,
  { anchors, endorsements }: VerificationOptions,
): CsvChain {
  const roots = given('anchors.hygonRoots', anchors.hygonRoots, parseCsvRootCertificate);
  const others = given('endorsements.hygon', endorsements?.hygon, parseHygonCertificates).flat();
  const certificates = [...appended, ...others];
  // What somebody handed in as an endorsement is no anchor, whatever it says of itself.
  const ceks = certificates.filter(isDevice).filter(({ usage }) => usage === CSV_USAGES.CEK);
  const hsks = certificates.filter(isRoot).filter(({ usage }) => usage === CSV_USAGES.HSK);
  const chain = new ChainJudge(report, roots, ceks, hsks).judge(pek);
  if (chain.hsk !== undefined) report.pass('certificates', FOUND.usagesRight);
  if (chain.hrk !== undefined) report.pass('chain', FOUND.pathToAnchor);
  // Nothing leads from an owner to an anchor: an owner's key that came with the evidence proves nothing.
  const owners = others.filter(isDevice).filter(({ usage }) => usage === CSV_USAGES.OCA);
  judgeOwner(report, pek, owners);
  return chain;
}

/** The owner's slot is optional, and so is the owner's key: compared when both are there. */
function judgeOwner(
  report: ReportBuilder,
  pek: CsvDeviceCertificate,
  owners: readonly CsvDeviceCertificate[],
): void {
  if (owners.length === 0) return;
  const good = owners.some((owner) => issued(owner, pek));
  report.check('chain', good, FOUND.ocaRight, FOUND.ocaWrong);
}

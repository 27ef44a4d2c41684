import { isAccepted, type Verdict } from '@cssi/sm-core';
import { verifyCertificatePath } from '../../../path/verify-path.ts';
import { parseCrl } from '../../../revocation/index.ts';
import type { PathOptions, PathReasonCode } from '../../../spec/v1/path.ts';
import { fail, type VectorCheck } from '../case.ts';
import type { VectorFile, VectorRow } from '../vector-file.ts';

/** The sets of BouncyCastle are valid from the third of January on. */
const SET_TIMES = [Date.UTC(2026, 0, 3), Date.UTC(2026, 11, 29)];

/** What the sentences of the file mean. The reason must be among those that the verdict gives. */
const MEANINGS: readonly (readonly [RegExp, PathReasonCode])[] = [
  [/notAfter/, 'CERTIFICATE_EXPIRED'],
  [/notBefore/, 'CERTIFICATE_NOT_YET_VALID'],
  [/issuer is not a CA/, 'ISSUER_NOT_CA'],
  [/pathLenConstraint|path length/, 'PATH_TOO_LONG'],
  [/lacks keyCertSign/, 'ISSUER_KEY_USAGE'],
  [/unknown critical extension/, 'CRITICAL_EXTENSION_UNKNOWN'],
  [/byte flipped|signed with the root key/, 'CERTIFICATE_SIGNATURE_WRONG'],
];

const codesOf = (verdict: Verdict): readonly string[] =>
  [verdict.integrity, verdict.trust, verdict.time].flatMap(({ reasons }) => reasons.map(({ code }) => code));

function judge(file: VectorFile, row: VectorRow, time: Date, more: Partial<PathOptions> = {}): Verdict {
  const name = row.text('name');
  return verifyCertificatePath(file.certificateOf(row), {
    anchors: [file.anchorOf(name)],
    intermediates: file.othersOf(name),
    time,
    ...more,
  });
}

function expectVerdict(verdict: Verdict, invalid: string | undefined, time: Date): void {
  const at = `at ${time.toISOString()}`;
  const codes = codesOf(verdict).join(' ');
  if (invalid === undefined) {
    if (!isAccepted(verdict)) fail(`refused ${at}, expected valid: ${codes}`);
    return;
  }
  if (isAccepted(verdict)) fail(`accepted ${at}, expected ${invalid}`);
  const meaning = MEANINGS.find(([sentence]) => sentence.test(invalid));
  if (meaning === undefined) fail('field expected has an unknown value');
  if (!codes.split(' ').includes(meaning![1])) fail(`refused ${at} for ${codes}, expected ${meaning![1]}`);
}

/** A certificate that a list revokes: good without the list, refused with it. */
function checkRevoked(file: VectorFile, row: VectorRow, list: string): void {
  const crls = [parseCrl(file.named(list).der)];
  const verdict = judge(file, row, file.time, { crls, revocation: 'leaf' });
  if (isAccepted(verdict)) fail('accepted with the list that revokes it');
  if (!codesOf(verdict).includes('CERTIFICATE_REVOKED')) fail(`refused for ${codesOf(verdict).join(' ')}`);
}

/** A certificate of a set with a root. @standard RFC 5280 §6.1 */
export function* chainCertificate(file: VectorFile, row: VectorRow): Iterable<VectorCheck> {
  yield {
    id: row.id,
    run() {
      const { invalid } = row;
      const set = row.id.startsWith('set');
      const times = [file.time, ...(set ? SET_TIMES.map((at) => new Date(at)) : [])];
      for (const time of times) expectVerdict(judge(file, row, time), invalid, time);
      const list = /^revoked in (\S+)$/.exec(row.optional('expected') ?? '')?.[1];
      if (list !== undefined) checkRevoked(file, row, list);
    },
  };
}

import type { PathReport, PathStep, Sm2SignerId } from '@cssi/pki';
import { fromUtf8, isAccepted, type JsonValue, toHex, type Verdict, type VerdictAspect } from '@cssi/sm-core';
import { type Arguments, EXIT, type Outcome } from '../command.ts';
import { around, type Entry, entryLinesOf, type Label, label, words } from './entry.ts';
import { marked } from './labels.ts';
import { nameText, type Privacy } from './names.ts';
import { revocationText } from './show-revocation.ts';
import { languageOf } from './view.ts';

const MARKS = { passed: '✓', failed: '✗', indeterminate: '?' } as const;
const STATUSES = {
  passed: label('通过', 'passed'),
  failed: label('未通过', 'failed'),
  indeterminate: label('无法判定', 'indeterminate'),
} as const;
const ASPECTS = {
  integrity: label('完整性', 'Integrity'),
  trust: label('可信性', 'Trust'),
  time: label('时间有效性', 'Time'),
} as const;

/** A signer ID as it is given on the command line. */
export function signerIdText(id: Sm2SignerId): string {
  if (id === 'plain-sm3') return id;
  if (id.length === 0) return 'none';
  const text = /^[\x20-\x7e]+$/.test(String.fromCharCode(...id)) ? fromUtf8(id) : undefined;
  return text ?? `hex:${toHex(id)}`;
}

const reasonEntries = ({ reasons }: VerdictAspect): Entry[] =>
  reasons.map(({ code, en, zh }) => ({ label: code, value: label(zh, en) }));

/** The three aspects of a verdict, each with its reasons. */
function verdictEntries(verdict: Verdict, reasons: boolean): Entry[] {
  return (['integrity', 'trust', 'time'] as const).map((name) => {
    const aspect = verdict[name];
    return {
      label: around(ASPECTS[name], `${MARKS[aspect.status]} `, ''),
      value: STATUSES[aspect.status],
      below: reasons ? reasonEntries(aspect) : [],
    };
  });
}

const PATH_ITSELF = label('证书链', 'path');

/** Mark of a step; what nobody looked at neither passed nor failed. */
const markOf = ({ code, status }: PathStep): string =>
  code === 'REVOCATION_NOT_CHECKED' ? '–' : MARKS[status];

function stepEntry(step: PathStep): Entry {
  const { check, en, zh, clause, signerId, revocation } = step;
  const number = `#${step.certificate}`;
  const where = step.certificate === 0 ? PATH_ITSELF : label(number, number);
  const more = [
    clause,
    ...(signerId === undefined ? [] : [`signer ID: ${signerIdText(signerId)}`]),
    ...(revocation === undefined ? [] : [words(revocationText(revocation), 'both')]),
  ];
  return {
    label: around(where, `${markOf(step)} `, ` ${check}`),
    value: around(label(zh, en), '', ` [${more.join('; ')}]`),
  };
}

/** Steps that say the same of the same certificate are one: several pieces of evidence may come to it. */
function withoutRepeated(steps: readonly PathStep[]): PathStep[] {
  const seen = new Set<string>();
  return steps.filter(({ certificate, check, code, status, en, signerId, revocation }) => {
    const id = signerId === undefined ? '' : signerIdText(signerId);
    const key = JSON.stringify([certificate, check, code, status, en, id, revocation]);
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

/** Every step of the judgement on a path, and the certificates it went over. */
export function pathEntries({ path, steps }: PathReport, privacy: Privacy): Entry[] {
  return [
    {
      label: label('证书链', 'Path'),
      below: path.map(({ subjectRaw }, i) => ({ label: `#${i + 1}`, value: nameText(subjectRaw, privacy) })),
    },
    { label: label('验证步骤', 'Steps'), below: withoutRepeated(steps).map(stepEntry) },
  ];
}

/** A path report for JSON. */
export const pathJson = ({ path, steps }: PathReport, privacy: Privacy): Record<string, JsonValue> => ({
  path: path.map(({ subjectRaw, fingerprint }) => ({
    subject: nameText(subjectRaw, privacy),
    sm3Fingerprint: fingerprint,
  })),
  steps: withoutRepeated(steps).map((step) => ({
    certificate: step.certificate,
    check: step.check,
    status: step.status,
    code: step.code,
    en: step.en,
    zh: step.zh,
    clause: step.clause,
    ...(step.signerId === undefined ? {} : { signerId: signerIdText(step.signerId) }),
    ...(step.revocation === undefined
      ? {}
      : {
          revocation: {
            revocationDate: step.revocation.revocationDate.toISOString(),
            reason: step.revocation.reason,
            invalidityDate: step.revocation.invalidityDate?.toISOString() ?? null,
          },
        }),
  })),
});

const ACCEPTED = marked('✓', '通过', 'accepted');
const NOT_ACCEPTED = marked('✗', '未通过', 'not accepted');

/** The outcome of a verification: exit code 0 only when every aspect passed. */
export function judged(
  args: Arguments,
  verdict: Verdict,
  entries: readonly Entry[],
  extra: Readonly<Record<string, JsonValue>> = {},
  { reasons = true }: { readonly reasons?: boolean } = {},
): Outcome {
  const accepted = isAccepted(verdict);
  const language = languageOf(args);
  const title: Label = accepted ? ACCEPTED : NOT_ACCEPTED;
  const { integrity, trust, time } = verdict;
  return {
    exitCode: accepted ? EXIT.done : EXIT.negative,
    json: {
      accepted,
      verdict: JSON.parse(JSON.stringify({ integrity, trust, time })) as JsonValue,
      ...extra,
    },
    lines: [
      words(title, language),
      ...entryLinesOf([...entries, ...verdictEntries(verdict, reasons)], language),
    ],
  };
}

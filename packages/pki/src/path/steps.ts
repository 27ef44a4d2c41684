import { AspectBuilder, type Verdict, type VerdictStatus } from '@cssi/sm-core';
import type { Certificate } from '../spec/v1/certificate.ts';
import { PATH_REASONS, type PathCheck, type PathReasonCode, type PathStep } from '../spec/v1/path.ts';

/**
 * How a step came out: `note` passes and says something, `quiet` passes and stays out of the
 * verdict; `unasked` was not judged, which is no doubt in the verdict and no pass in the steps.
 */
export type Outcome = 'pass' | 'fail' | 'doubt' | 'note' | 'quiet' | 'unasked';

/** Where the rule of a check stands. */
const CLAUSES: Readonly<Record<PathCheck, string>> = {
  signature: 'RFC 5280 §6.1.3 (a) (1)',
  validity: 'RFC 5280 §6.1.3 (a) (2)',
  revocation: 'RFC 5280 §6.1.3 (a) (3)',
  issuer: 'RFC 5280 §6.1.3 (a) (4)',
  'name-constraints': 'RFC 5280 §6.1.3 (b) (c), §4.2.1.10',
  policy: 'RFC 5280 §6.1.3 (d), §4.2.1.4',
  'issuer-rights': 'RFC 5280 §6.1.4 (k) (n)',
  'path-length': 'RFC 5280 §6.1.4 (l) (m)',
  'critical-extensions': 'RFC 5280 §6.1.4 (o), §6.1.5 (e)',
  'key-usage': 'RFC 5280 §4.2.1.3, GB/T 20518-2018 §5.2.4.2.3',
  'extended-key-usage': 'RFC 5280 §4.2.1.12, GB/T 20518-2018 §5.2.4.2.14',
  'key-algorithm': 'RFC 5280 §4.1.2.7',
  anchor: 'RFC 5280 §6.1.1 (d)',
};

const ASPECTS: Readonly<Partial<Record<PathCheck, keyof Verdict>>> = {
  signature: 'integrity',
  validity: 'time',
};

const STATUS: Readonly<Record<Outcome, VerdictStatus>> = {
  pass: 'passed',
  note: 'passed',
  quiet: 'passed',
  fail: 'failed',
  doubt: 'indeterminate',
  unasked: 'indeterminate',
};

/** What a step says besides its code. */
export interface StepFacts extends Pick<PathStep, 'signerId' | 'revocation' | 'revocations'> {
  /** Numbers, OIDs and fixed words: never a name. */
  readonly detail?: string;
  /** When it is another one than that of the check. */
  readonly aspect?: keyof Verdict;
  /** Another aspect that the step is in doubt for. */
  readonly alsoDoubt?: keyof Verdict;
}

/** Most steps say no more than their code. */
const NO_FACTS: StepFacts = {};

/** The facts that stand in the step as they are. */
function shown({ detail, aspect, alsoDoubt, ...facts }: StepFacts): StepFacts {
  return facts;
}

/** Collects the steps of one path and makes the verdict of them. */
export class StepLog {
  readonly steps: PathStep[] = [];
  readonly #certificates: readonly Certificate[];
  readonly #aspects: Readonly<Record<keyof Verdict, AspectBuilder>> = {
    integrity: new AspectBuilder(),
    trust: new AspectBuilder(),
    time: new AspectBuilder(),
  };

  constructor(certificates: readonly Certificate[]) {
    this.#certificates = certificates;
  }

  /**
   * Adds a step; names of persons stay out of it, the number and the fingerprint say who is meant.
   *
   * @param index - place in the path from 0, `undefined` for the path as a whole
   */
  add(
    check: PathCheck,
    outcome: Outcome,
    code: PathReasonCode,
    index: number | undefined,
    facts: StepFacts = NO_FACTS,
  ): void {
    const { detail = '', aspect = ASPECTS[check] ?? 'trust', alsoDoubt } = facts;
    const [en, zh] = this.#sentences(code, index, detail === '' ? '' : ` (${detail})`);
    const step = {
      certificate: index === undefined ? 0 : index + 1,
      check,
      status: STATUS[outcome],
      code,
      en,
      zh,
      clause: CLAUSES[check],
    };
    this.steps.push(facts === NO_FACTS ? step : { ...step, ...shown(facts) });
    if (outcome === 'quiet') return;
    this.#aspects[aspect][outcome === 'fail' || outcome === 'doubt' ? outcome : 'pass'](code, en, zh);
    if (alsoDoubt !== undefined) this.#aspects[alsoDoubt].doubt(code, en, zh);
  }

  #sentences(code: PathReasonCode, index: number | undefined, suffix: string): [en: string, zh: string] {
    const [en, zh] = PATH_REASONS[code];
    if (index === undefined)
      return [`${en.charAt(0).toUpperCase()}${en.slice(1)}${suffix}.`, `${zh}${suffix}。`];
    const who = `${index + 1} [${this.#certificates[index]!.fingerprint.slice(0, 16)}]`;
    return [`Certificate ${who}: ${en}${suffix}.`, `证书 ${who}：${zh}${suffix}。`];
  }

  verdict(): Verdict {
    const { integrity, trust, time } = this.#aspects;
    return { integrity: integrity.build(), trust: trust.build(), time: time.build() };
  }
}

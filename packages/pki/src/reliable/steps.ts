import { AspectBuilder, type Verdict, type VerdictAspect, type VerdictStatus } from '@cssi/sm-core';
import {
  RELIABLE_REASONS,
  type ReliableReasonCode,
  type ReliableStep,
  type ReliableStepReport,
} from '../spec/v1/reliable.ts';

type Aspect = 'integrity' | 'trust' | 'time';

/** Worst status of some aspects. */
export function worst(...aspects: readonly VerdictAspect[]): VerdictStatus {
  if (aspects.some(({ status }) => status === 'failed')) return 'failed';
  return aspects.some(({ status }) => status === 'indeterminate') ? 'indeterminate' : 'passed';
}

const RANK: Readonly<Record<VerdictStatus, number>> = { passed: 0, indeterminate: 1, failed: 2 };

/** For sorting by how good something is: 0 is good, then what is in doubt, then what failed. */
export const rankOf = ({ verdict }: { readonly verdict: Verdict }): number =>
  RANK[worst(verdict.integrity, verdict.trust, verdict.time)];

/** Collects steps; each counts towards one aspect of the verdict. */
export class StepLog {
  readonly #steps: ReliableStepReport[] = [];
  readonly #aspects: Readonly<Record<Aspect, AspectBuilder>> = {
    integrity: new AspectBuilder(),
    trust: new AspectBuilder(),
    time: new AspectBuilder(),
  };

  get steps(): readonly ReliableStepReport[] {
    return this.#steps;
  }

  say(step: ReliableStep, aspect: Aspect, status: VerdictStatus, code: ReliableReasonCode): void {
    const [en, zh] = RELIABLE_REASONS[code];
    const how = ({ passed: 'pass', failed: 'fail', indeterminate: 'doubt' } as const)[status];
    this.#aspects[aspect][how](code, en, zh);
    this.#steps.push({ step, status, code, en, zh });
  }

  /** Takes over an aspect that others judged, as one step with their most telling reason. */
  take(step: ReliableStep, aspect: Aspect, from: VerdictAspect): void {
    this.#aspects[aspect].add(from);
    const last = from.reasons[from.reasons.length - 1];
    if (last === undefined) return;
    this.#steps.push({
      step,
      status: from.status,
      code: last.code,
      en: last.en,
      zh: last.zh,
      reasons: from.reasons,
    });
  }

  verdict(): Verdict {
    const { integrity, trust, time } = this.#aspects;
    return { integrity: integrity.build(), trust: trust.build(), time: time.build() };
  }
}

/** The worst of several verdicts on parts of one thing. */
export function together(verdicts: readonly Verdict[]): Verdict {
  const join = (pick: (verdict: Verdict) => VerdictAspect): VerdictAspect =>
    verdicts.reduce((builder, verdict) => builder.add(pick(verdict)), new AspectBuilder()).build();
  return {
    integrity: join(({ integrity }) => integrity),
    trust: join(({ trust }) => trust),
    time: join(({ time }) => time),
  };
}

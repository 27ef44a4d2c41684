import { AspectBuilder, type Verdict, type VerdictAspect } from '@cssi/sm-core';
import { SEAL_REASONS, type SealReasonCode } from '../spec/v1/reasons.ts';
import type { VerificationStep } from '../spec/v1/verdicts.ts';

/** Part of a {@link Verdict}. */
type Aspect = keyof Verdict;

/** Records what one step finds, for the step itself and for the verdict. */
export class StepRecord {
  readonly #step = new AspectBuilder();
  readonly #aspects: Record<Aspect, AspectBuilder>;

  constructor(aspects: Record<Aspect, AspectBuilder>) {
    this.#aspects = aspects;
  }

  #record(
    kind: 'pass' | 'fail' | 'doubt',
    aspect: Aspect,
    code: SealReasonCode,
    names: readonly string[],
  ): void {
    const { en, zh } = SEAL_REASONS[code];
    // A few names are enough to find the place, and bound what a hostile package can make us repeat.
    const suffix = names.length === 0 ? '' : ` [${names.slice(0, 3).join(', ').slice(0, 200)}]`;
    this.#step[kind](code, en + suffix, zh + suffix);
    this.#aspects[aspect][kind](code, en + suffix, zh + suffix);
  }

  pass(aspect: Aspect, code: SealReasonCode, names: readonly string[] = []): void {
    this.#record('pass', aspect, code, names);
  }

  fail(aspect: Aspect, code: SealReasonCode, names: readonly string[] = []): void {
    this.#record('fail', aspect, code, names);
  }

  doubt(aspect: Aspect, code: SealReasonCode, names: readonly string[] = []): void {
    this.#record('doubt', aspect, code, names);
  }

  /** Passes with one code or fails with the other. */
  check(condition: boolean, aspect: Aspect, passed: SealReasonCode, failed: SealReasonCode): void {
    if (condition) this.pass(aspect, passed);
    else this.fail(aspect, failed);
  }

  /** Takes over what another verifier found. */
  add(aspect: Aspect, found: VerdictAspect): void {
    this.#step.add(found);
    this.#aspects[aspect].add(found);
  }

  build(): VerdictAspect {
    return this.#step.build();
  }
}

/** Takes steps; a verification that takes more steps can lend itself to one that takes fewer. */
export interface StepSink<Id extends string> {
  step(id: Id, clause: string, run: (record: StepRecord) => void): void;
}

/** Collects the steps of one verification in order. */
export class StepRecorder<Id extends string> implements StepSink<Id> {
  readonly #aspects: Record<Aspect, AspectBuilder> = {
    integrity: new AspectBuilder(),
    trust: new AspectBuilder(),
    time: new AspectBuilder(),
  };
  readonly #steps: VerificationStep<Id>[] = [];

  /** Runs one step; every step runs, so that a report names all that is wrong. */
  step(id: Id, clause: string, run: (record: StepRecord) => void): void {
    const record = new StepRecord(this.#aspects);
    run(record);
    this.#steps.push({ id, clause, ...record.build() });
  }

  get steps(): readonly VerificationStep<Id>[] {
    return [...this.#steps];
  }

  get verdict(): Verdict {
    const { integrity, trust, time } = this.#aspects;
    return { integrity: integrity.build(), trust: trust.build(), time: time.build() };
  }
}

import { AspectBuilder, type Verdict, type VerdictAspect } from '@cssi/sm-core';
import {
  ATTESTATION_STEPS,
  type AttestationClaims,
  type AttestationStep,
  type AttestationStepName,
  type AttestationVerdict,
} from '../spec/v1/attestation.ts';

/** What a step counts for unless it says otherwise. */
const ASPECTS: Readonly<Record<AttestationStepName, keyof Verdict>> = {
  format: 'integrity',
  certificates: 'trust',
  chain: 'trust',
  revocation: 'trust',
  collateral: 'trust',
  signature: 'integrity',
  binding: 'integrity',
  'event-log': 'integrity',
  freshness: 'time',
  validity: 'time',
  tcb: 'trust',
  reference: 'trust',
  configuration: 'trust',
};

/** The place of each step in a report. */
const PLACES = Object.fromEntries(ATTESTATION_STEPS.map((step, place) => [step, place])) as Readonly<
  Record<AttestationStepName, number>
>;

/**
 * A finding's code with its two texts.
 *
 * @internal
 */
export type FindingText = readonly [code: string, en: string, zh: string];

/**
 * Collects the steps of one verification.
 *
 * @internal
 */
export class ReportBuilder {
  readonly #steps: AttestationStep[];

  constructor(steps: readonly AttestationStep[] = []) {
    this.#steps = [...steps];
  }

  pass(step: AttestationStepName, text: FindingText, detail?: string): this {
    return this.#put(step, 'passed', text, ASPECTS[step], detail);
  }

  fail(step: AttestationStepName, text: FindingText, detail?: string): this {
    return this.#put(step, 'failed', text, ASPECTS[step], detail);
  }

  doubt(step: AttestationStepName, text: FindingText, detail?: string): this {
    return this.#put(step, 'indeterminate', text, ASPECTS[step], detail);
  }

  /** `fail` unless `good`. */
  check(
    step: AttestationStepName,
    good: boolean,
    passed: FindingText,
    failed: FindingText,
    detail?: string,
  ): this {
    return good ? this.pass(step, passed, detail) : this.fail(step, failed, detail);
  }

  /** A step of another report; `aspect` where it counts for another part than its name says. */
  add(
    step: AttestationStepName,
    status: AttestationStep['status'],
    aspect: keyof Verdict | undefined,
    text: FindingText,
    detail?: string,
  ): this {
    return this.#put(step, status, text, aspect ?? ASPECTS[step], detail);
  }

  /** Takes over an aspect of another verdict, with its reasons. */
  take(step: AttestationStepName, aspect: keyof Verdict, { status, reasons }: VerdictAspect): this {
    for (const { code, en, zh } of reasons) this.#put(step, status, [code, en, zh], aspect);
    return this;
  }

  /** What was entered so far, in that order. */
  get steps(): readonly AttestationStep[] {
    return this.#steps;
  }

  get failed(): boolean {
    return this.#steps.some(({ status }) => status === 'failed');
  }

  build(claims: AttestationClaims): AttestationVerdict {
    const steps = [...this.#steps].sort((a, b) => PLACES[a.step] - PLACES[b.step]);
    const builders: Readonly<Record<keyof Verdict, AspectBuilder>> = {
      integrity: new AspectBuilder(),
      trust: new AspectBuilder(),
      time: new AspectBuilder(),
    };
    for (const { aspect, status, code, en, zh } of steps) {
      const builder = builders[aspect];
      if (status === 'passed') builder.pass(code, en, zh);
      else if (status === 'failed') builder.fail(code, en, zh);
      else builder.doubt(code, en, zh);
    }
    const { integrity, trust, time } = builders;
    return { integrity: integrity.build(), trust: trust.build(), time: time.build(), steps, claims };
  }

  #put(
    step: AttestationStepName,
    status: AttestationStep['status'],
    [code, en, zh]: FindingText,
    aspect: keyof Verdict,
    detail?: string,
  ): this {
    const entry = { step, status, aspect, code, en, zh };
    this.#steps.push(detail === undefined ? entry : { ...entry, detail });
    return this;
  }
}

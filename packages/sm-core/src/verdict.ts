/** Outcome of one aspect of a verification (验证结论). */
export type VerdictStatus = 'passed' | 'failed' | 'indeterminate';

/** Why an aspect came out as it did. */
export interface VerdictReason {
  /** Stable code, for example `MAKER_SIGNATURE_WRONG`. */
  readonly code: string;
  readonly en: string;
  readonly zh: string;
}

/** One aspect with its reasons. */
export interface VerdictAspect {
  readonly status: VerdictStatus;
  readonly reasons: readonly VerdictReason[];
}

/**
 * What every verifier of the project returns. Malformed input is never a verdict: it throws.
 */
export interface Verdict {
  /** Is it unaltered and signed by the key it names? */
  readonly integrity: VerdictAspect;
  /** Does that key lead to a trust anchor the caller gave? */
  readonly trust: VerdictAspect;
  /** Was everything valid at the time of judgement? */
  readonly time: VerdictAspect;
}

/** True when all three aspects passed. */
export function isAccepted(verdict: Verdict): boolean {
  return [verdict.integrity, verdict.trust, verdict.time].every((aspect) => aspect.status === 'passed');
}

/** Collects reasons; the worst status wins (failed, then indeterminate, then passed). */
export class AspectBuilder {
  readonly #reasons: VerdictReason[] = [];
  #status: VerdictStatus = 'passed';

  pass(code: string, en: string, zh: string): this {
    this.#reasons.push({ code, en, zh });
    return this;
  }

  fail(code: string, en: string, zh: string): this {
    this.#status = 'failed';
    this.#reasons.push({ code, en, zh });
    return this;
  }

  doubt(code: string, en: string, zh: string): this {
    if (this.#status === 'passed') this.#status = 'indeterminate';
    this.#reasons.push({ code, en, zh });
    return this;
  }

  /** Takes over another aspect's status and reasons. */
  add(aspect: VerdictAspect): this {
    if (aspect.status === 'failed') this.#status = 'failed';
    else if (aspect.status === 'indeterminate' && this.#status === 'passed') this.#status = 'indeterminate';
    this.#reasons.push(...aspect.reasons);
    return this;
  }

  build(): VerdictAspect {
    return { status: this.#status, reasons: [...this.#reasons] };
  }
}

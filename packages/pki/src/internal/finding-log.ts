import { PKI_ERRORS } from '../errors.ts';
import { type DeviationPolicy, FINDINGS, type Finding, type FindingCode } from '../spec/v1/finding.ts';

/** Places of one deviation beyond these are not listed; the first of every kind always is. */
const MAX_PLACES = 16;

/** Collects the deviations of one input, or refuses the first one. */
export class FindingLog {
  readonly policy: DeviationPolicy;
  readonly #findings: Finding[] = [];
  readonly #places = new Map<FindingCode, Set<string>>();

  /** @throws SmError ERR_PKI_DEVIATION_REFUSED for a policy that is none */
  constructor(policy: DeviationPolicy = 'tolerant') {
    // What is not spelled `tolerant` must not be tolerant by mistake.
    if (policy !== 'tolerant' && policy !== 'strict') {
      throw PKI_ERRORS.create('ERR_PKI_DEVIATION_REFUSED', { detail: 'parameter=policy' });
    }
    this.policy = policy;
  }

  get findings(): readonly Finding[] {
    return this.#findings;
  }

  /**
   * Notes a deviation once per place.
   *
   * @throws SmError ERR_PKI_DEVIATION_REFUSED under the strict policy
   */
  note(code: FindingCode, where: string): void {
    if (this.policy === 'strict') {
      throw PKI_ERRORS.create('ERR_PKI_DEVIATION_REFUSED', { detail: `finding=${code} where=${where}` });
    }
    const places = this.#places.get(code) ?? new Set();
    if (places.has(where) || places.size === MAX_PLACES) return;
    this.#places.set(code, places.add(where));
    const [en, zh] = FINDINGS[code];
    this.#findings.push({ code, where, en, zh });
  }

  /** Takes over the findings of a part that was read with a log of its own. */
  add(findings: readonly Finding[], where: string): void {
    for (const { code, where: inner } of findings) this.note(code, `${where}.${inner}`);
  }
}

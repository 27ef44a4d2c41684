import type { Verdict, VerdictAspect } from '@cssi/sm-core';

/**
 * Outcome of checking an audit log (审计日志验证结论).
 *
 * `integrity` is the worst of `chain`, `tree`, `signatures` and a failed `truncation`;
 * `trust` says whether every checkpoint was signed by a key the caller gave; `time` whether
 * the checkpoints' times never run backwards and lie inside their certificates' validity.
 */
export interface AuditVerdict extends Verdict {
  /** Does each record follow from the one before: nothing edited, inserted, removed, moved? */
  readonly chain: VerdictAspect;
  /** Do the checkpoints describe exactly these records? */
  readonly tree: VerdictAspect;
  /** Are the checkpoints signed by the keys given? Indeterminate when no key was given. */
  readonly signatures: VerdictAspect;
  /**
   * Is everything there that a checkpoint kept elsewhere covers? Indeterminate without one:
   * whoever holds the host can cut the log and its checkpoints at the same place.
   */
  readonly truncation: VerdictAspect;
  readonly origin: string | undefined;
  /** Records read up to the end or the first problem. */
  readonly records: number;
  /** Checkpoints read. */
  readonly checkpoints: number;
  /** Records covered by the last checkpoint that matches and whose signature was checked. */
  readonly coveredRecords: number;
  /** Records after it: only the chain speaks for them. */
  readonly uncoveredRecords: number;
  /** Sequence of the first record that does not fit. */
  readonly firstBadSequence: number | undefined;
}

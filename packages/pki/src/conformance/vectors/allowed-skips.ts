/** Why a check may be left out. */
export interface AllowedVectorSkip {
  readonly kind: 'elsewhere' | 'out-of-scope';
  readonly reason: string;
}

/**
 * The reviewed list of allowed skips. A check can be left out under no other name: the type
 * of the cases admits only these, and a kind of case that nobody knows fails.
 */
export const ALLOWED_VECTOR_SKIPS = {
  'issuer-not-in-set': {
    kind: 'out-of-scope',
    reason:
      'the signature of a certificate whose issuer is known and not in the file; its fields are checked',
  },
  'seal-layer': {
    kind: 'elsewhere',
    reason: 'seals and signed documents: the tests of the seal package run them',
  },
} as const satisfies Readonly<Record<string, AllowedVectorSkip>>;

/** Name under which a check was left out. */
export type VectorSkipName = keyof typeof ALLOWED_VECTOR_SKIPS;

/**
 * Longest quote that is read, in bytes. Real ones have 4,600 to 8,000.
 *
 * @group Attestation
 */
export const MAX_INTEL_QUOTE_BYTES = 32_768;

/** Longest certification data (PEM of the PCK chain) in bytes. @internal */
export const MAX_CERTIFICATION_BYTES = 16_384;

/** Most certificates in a quote. @internal */
export const MAX_QUOTE_CERTIFICATES = 6;

/** Longest TCB info or QE identity, JSON, in bytes. @internal */
export const MAX_COLLATERAL_BYTES = 131_072;

/** Most collateral sets that are looked at in one verification. @internal */
export const MAX_COLLATERAL_SETS = 16;

/** Most TCB levels of one list. @internal */
export const MAX_TCB_LEVELS = 256;

import type { ComponentVersion } from '../../spec/v1/attestation.ts';

/** Generations of processors with SEV-SNP. @group Attestation */
export type SnpProduct = 'Milan' | 'Genoa' | 'Turin';

/** Parts of the trusted computing base whose versions a TCB version is made of. @group Attestation */
export type SnpTcbPart = 'fmc' | 'bootloader' | 'tee' | 'snp' | 'microcode';

/**
 * Places of the versions in the eight bytes of a TCB version, little-endian.
 *
 * @standard AMD 56860 §2.2 TCB_VERSION
 */
const LAYOUTS = {
  milan: [
    ['bootloader', 0],
    ['tee', 1],
    ['snp', 6],
    ['microcode', 7],
  ],
  turin: [
    ['fmc', 0],
    ['bootloader', 1],
    ['tee', 2],
    ['snp', 3],
    ['microcode', 7],
  ],
} as const satisfies Readonly<Record<string, readonly (readonly [SnpTcbPart, number])[]>>;

const layoutOf = (product: SnpProduct | undefined): readonly (readonly [SnpTcbPart, number])[] =>
  LAYOUTS[product === 'Turin' ? 'turin' : 'milan'];

/** @internal */
export const SNP_TCB_BYTES = 8;

/**
 * Versions of a TCB version.
 *
 * @param tcb - 8 bytes
 * @internal
 */
export const tcbParts = (
  tcb: Uint8Array,
  product: SnpProduct | undefined,
): (readonly [SnpTcbPart, number])[] => layoutOf(product).map(([part, at]) => [part, tcb[at] ?? 0]);

/**
 * The eight bytes of a TCB version; parts the product does not have are left out, missing ones are 0.
 *
 * @internal
 */
export function encodeTcb(
  parts: Readonly<Partial<Record<SnpTcbPart, number>>>,
  product: SnpProduct,
): Uint8Array {
  const tcb = new Uint8Array(SNP_TCB_BYTES);
  for (const [part, at] of layoutOf(product)) tcb[at] = parts[part] ?? 0;
  return tcb;
}

/** True when no part of `lower` is newer than the same part of `upper`. @internal */
export const isNoNewer = (lower: Uint8Array, upper: Uint8Array, product: SnpProduct | undefined): boolean =>
  layoutOf(product).every(([, at]) => (lower[at] ?? 0) <= (upper[at] ?? 0));

/** The versions as claims, `current-snp` for the prefix `current-`. @internal */
export const tcbVersions = (
  tcb: Uint8Array,
  product: SnpProduct | undefined,
  prefix: string,
): ComponentVersion[] => tcbParts(tcb, product).map(([part, value]) => ({ name: `${prefix}${part}`, value }));

/**
 * Products by family and model of the processor, both with their extended parts.
 *
 * @standard AMD 57230 §1, CPUID Fn0000_0001_EAX
 * @internal
 */
export function productOf(family: number, model: number): SnpProduct | undefined {
  if (family === 0x19) {
    if (model <= 0x0f) return 'Milan';
    // Genoa, and Bergamo and Siena, which have its name in their certificates.
    if ((model >= 0x10 && model <= 0x1f) || (model >= 0xa0 && model <= 0xaf)) return 'Genoa';
  }
  if (family === 0x1a && model <= 0x11) return 'Turin';
  return undefined;
}

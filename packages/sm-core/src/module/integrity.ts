import { kernelBytes } from '../adapters/wasm/kernel.ts';
import { KERNEL_SCALAR_SM3, KERNEL_SIMD_SM3 } from '../adapters/wasm/kernel-bytes.ts';
import { equalBytes, fromHex, toHex } from '../encoding/bytes.ts';
import type { SmEngine } from '../spec/v1/engine.ts';

/** A part of the module that is hashed at each self-test. */
export interface ModuleComponent {
  readonly name: string;
  /** Its bytes as they are now. */
  bytes(): Uint8Array;
  /** SM3 digest that they were built with, 64 hex digits. */
  readonly sm3: string;
}

/** What the integrity test found for one part. */
export interface ComponentIntegrity {
  readonly name: string;
  /** SM3 digest as found, 64 hex digits; empty when the part could not be read. */
  readonly digest: string;
  readonly passed: boolean;
}

/** Both forms of the WebAssembly kernel, with the digests that the build wrote beside them. */
export const KERNEL_COMPONENTS: readonly ModuleComponent[] = [
  { name: 'kernel-simd128', bytes: () => kernelBytes(true), sm3: KERNEL_SIMD_SM3 },
  { name: 'kernel-scalar', bytes: () => kernelBytes(false), sm3: KERNEL_SCALAR_SM3 },
];

/**
 * Integrity test (完整性检测) of the parts. It shows damage and careless changes. It does not
 * stop somebody who can write to the package: the digest lies in the same package as the part.
 *
 * @standard GM/T 0028-2014 §7.10 (pre-operational software integrity test)
 */
export function testIntegrity(
  engine: SmEngine,
  components: readonly ModuleComponent[],
): readonly ComponentIntegrity[] {
  return components.map(({ name, bytes, sm3 }) => {
    try {
      const digest = engine.sm3Digest(bytes());
      return { name, digest: toHex(digest), passed: equalBytes(digest, fromHex(sm3)) };
    } catch {
      return { name, digest: '', passed: false };
    }
  });
}

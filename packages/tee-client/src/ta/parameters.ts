/** Parameters of an entry point: checked once, at the boundary. */
import type { TEE_MemrefParam, TEE_Params, TEE_ValueParam, Tee } from '../spec/v1/internal/tee.ts';

/**
 * Refuses parameters of other types than the command takes; missing types are NONE.
 *
 * @throws {@link TeeError} BAD_PARAMETERS
 * @group Helpers for trusted applications
 */
export function expectTypes(tee: Tee, params: TEE_Params, ...types: readonly number[]): void {
  for (let i = 0; i < 4; i++) {
    if ((params[i]?.type ?? 0) !== (types[i] ?? 0)) throw tee.error('BAD_PARAMETERS');
  }
}

/** The value parameter at `index`. @throws {@link TeeError} BAD_PARAMETERS @group Helpers for trusted applications */
export function valueAt(tee: Tee, params: TEE_Params, index: number): TEE_ValueParam {
  const parameter = params[index];
  if (parameter === undefined || !('a' in parameter)) throw tee.error('BAD_PARAMETERS');
  return parameter;
}

/** The memory parameter at `index`. @throws {@link TeeError} BAD_PARAMETERS @group Helpers for trusted applications */
export function memoryAt(tee: Tee, params: TEE_Params, index: number): TEE_MemrefParam {
  const parameter = params[index];
  if (parameter === undefined || !('buffer' in parameter)) throw tee.error('BAD_PARAMETERS');
  return parameter;
}

/**
 * The bytes of the input at `index`, `min` to `max` of them.
 *
 * @throws {@link TeeError} EXCESS_DATA above, BAD_PARAMETERS below
 * @group Helpers for trusted applications
 */
export function inputAt(tee: Tee, params: TEE_Params, index: number, max: number, min = 0): Uint8Array {
  const { buffer } = memoryAt(tee, params, index);
  if (buffer.length > max) throw tee.error('EXCESS_DATA');
  if (buffer.length < min) throw tee.error('BAD_PARAMETERS');
  return buffer;
}

/**
 * Refuses outputs that are too short, with the sizes required, before the command changes anything.
 *
 * @throws {@link TeeError} SHORT_BUFFER
 * @standard GPD_SPE_010 v1.3.1 §3.4.4 (buffers that may be too short)
 * @group Helpers for trusted applications
 */
export function requireRoom(
  tee: Tee,
  params: TEE_Params,
  ...sizes: readonly (readonly [index: number, size: number])[]
): void {
  if (sizes.every(([index, size]) => memoryAt(tee, params, index).size >= size)) return;
  for (const [index, size] of sizes) memoryAt(tee, params, index).size = size;
  throw tee.error('SHORT_BUFFER');
}

/**
 * Gives outputs, or reports the required sizes of all of them when one does not fit.
 *
 * @throws {@link TeeError} SHORT_BUFFER
 * @standard GPD_SPE_010 v1.3.1 §3.4.4 (buffers that may be too short)
 * @group Helpers for trusted applications
 */
export function writeOutputs(
  tee: Tee,
  params: TEE_Params,
  ...outputs: readonly (readonly [index: number, bytes: Uint8Array])[]
): void {
  requireRoom(tee, params, ...outputs.map(([index, bytes]) => [index, bytes.length] as const));
  for (const [index, bytes] of outputs) {
    const memory = memoryAt(tee, params, index);
    memory.buffer.set(bytes);
    memory.size = bytes.length;
  }
}

/**
 * Gives an output and zeroes the application's copy, also where it does not fit.
 *
 * @throws {@link TeeError} SHORT_BUFFER
 * @group Helpers for trusted applications
 */
export function writeSecret(tee: Tee, params: TEE_Params, index: number, secret: Uint8Array): void {
  try {
    writeOutputs(tee, params, [index, secret]);
  } finally {
    secret.fill(0);
  }
}

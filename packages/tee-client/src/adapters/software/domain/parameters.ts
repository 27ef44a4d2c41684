import { TEEC_CONFIG_PAYLOAD_REF_COUNT } from '../../../spec/v1/constants.ts';
import type { TEE_Param, TEE_Params } from '../../../spec/v1/internal/tee.ts';
import type { ModuleParameter } from '../../../spec/v1/module.ts';
import { TEEC_RESULTS } from '../../../spec/v1/results.ts';
import { MAX_BLOCK_BYTES } from '../link/limits.ts';

const NO_BYTES = new Uint8Array(0);

/** What was given to an application, and its own copy of it. */
export interface CallParams {
  readonly asked: readonly ModuleParameter[];
  readonly own: TEE_Params;
  /** The memory the outputs are read from. Not the arrays: the application may put members on those. */
  readonly buffers: readonly (ArrayBuffer | undefined)[];
  readonly types: number;
}

/** Copies the parameters for an application; undefined when one is too large, or memory is short. */
export function toApplication(asked: readonly ModuleParameter[]): CallParams | undefined {
  const own: TEE_Param[] = [];
  const buffers: (ArrayBuffer | undefined)[] = [];
  let types = 0;
  for (let i = 0; i < TEEC_CONFIG_PAYLOAD_REF_COUNT; i++) {
    const given = asked[i];
    if (given === undefined || given.type === 0) {
      own.push({ type: 0 });
      buffers.push(undefined);
      continue;
    }
    types |= given.type << (i * 4);
    if ('a' in given) {
      own.push({ type: given.type, a: given.type === 2 ? 0 : given.a, b: given.type === 2 ? 0 : given.b });
      buffers.push(undefined);
      continue;
    }
    const { size } = given;
    if (size > MAX_BLOCK_BYTES || given.buffer.length > size) return undefined;
    const buffer = memoryOf(size);
    if (buffer === undefined) return undefined;
    if (given.type !== 6) buffer.set(given.buffer);
    own.push({ type: given.type, buffer, size });
    buffers.push(buffer.buffer);
  }
  return { asked, own: own as unknown as TEE_Params, buffers, types };
}

function memoryOf(size: number): Uint8Array<ArrayBuffer> | undefined {
  try {
    return new Uint8Array(size);
  } catch {
    // The application holds what the process may have; its other instances are not to die of that.
    return undefined;
  }
}

/** The parameters of an answer and its result: an output that is too long makes it SHORT_BUFFER. */
export interface Outputs {
  readonly result: number;
  readonly params: readonly ModuleParameter[];
}

/**
 * Takes the outputs. Values only with SUCCESS, sizes with SUCCESS and SHORT_BUFFER. The application
 * may have made getters of its parameters, so this runs as its code does.
 *
 * @standard GPD_SPE_007 v1.0 §4.3
 */
export function fromApplication(call: CallParams, result: number): Outputs {
  const { SUCCESS, SHORT_BUFFER } = TEEC_RESULTS;
  if (result !== SUCCESS && result !== SHORT_BUFFER) return { result, params: unchanged(call.asked) };
  const sizes = call.own.map((param, i) => (call.buffers[i] === undefined ? 0 : sizeOf(param)));
  const tooLong = call.asked.some((asked, i) => isOutput(asked) && (sizes[i] as number) > asked.size);
  const final = tooLong ? SHORT_BUFFER : result;
  const params = call.asked.map((asked, i): ModuleParameter => {
    const own = call.own[i] as TEE_Param;
    if (isOutput(asked)) {
      const size = sizes[i] as number;
      const fits = final === SUCCESS;
      return {
        type: asked.type,
        size,
        buffer: fits ? new Uint8Array(new Uint8Array(call.buffers[i] as ArrayBuffer, 0, size)) : NO_BYTES,
      };
    }
    if ((asked.type === 2 || asked.type === 3) && final === SUCCESS) {
      const { a, b } = own as { readonly a: unknown; readonly b: unknown };
      return { type: asked.type, a: Number(a) >>> 0, b: Number(b) >>> 0 };
    }
    return plain(asked);
  });
  return { result: final, params };
}

type MemoryOutput = Extract<ModuleParameter, { readonly type: 5 | 6 | 7 }>;

const isOutput = (parameter: ModuleParameter): parameter is MemoryOutput =>
  parameter.type === 6 || parameter.type === 7;

function sizeOf(param: TEE_Param): number {
  const size: unknown = (param as { readonly size?: unknown }).size;
  return typeof size === 'number' && size >>> 0 === size ? size : 0xffffffff;
}

function plain(asked: ModuleParameter): ModuleParameter {
  if ('size' in asked) return { type: asked.type, size: asked.size, buffer: NO_BYTES };
  return 'a' in asked && asked.type === 2 ? { type: 2, a: 0, b: 0 } : asked;
}

/** The parameters of an answer that changes none. */
export const unchanged = (asked: readonly ModuleParameter[]): readonly ModuleParameter[] => asked.map(plain);

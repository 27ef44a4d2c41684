import { TEEC_CONFIG_PAYLOAD_REF_COUNT } from '../../../spec/v1/constants.ts';
import type { ModuleParameter } from '../../../spec/v1/module.ts';
import { type FrameReader, type FrameWriter, MalformedFrame } from './bytes.ts';
import { MAX_BLOCK_BYTES, MAX_FRAME_BYTES } from './limits.ts';

const MAX_PARTS = 16;

export function writeParams(out: FrameWriter, params: readonly ModuleParameter[]): void {
  out.u8(params.length);
  for (let i = 0; i < params.length; i++) {
    const parameter = params[i] as ModuleParameter;
    out.u8(parameter.type);
    if (parameter.type === 0) continue;
    if (parameter.type < 4) {
      const value = parameter as Extract<ModuleParameter, { a: number }>;
      out.u32(value.a);
      out.u32(value.b);
    } else {
      const memory = parameter as Extract<ModuleParameter, { size: number }>;
      out.u32(memory.size);
      out.block(memory.buffer);
    }
  }
}

export function readParams(from: FrameReader): ModuleParameter[] {
  const count = from.choice(TEEC_CONFIG_PAYLOAD_REF_COUNT);
  const params: ModuleParameter[] = [];
  for (let i = 0; i < count; i++) {
    const type = from.choice(7);
    if (type === 4) throw new MalformedFrame();
    if (type === 0) params.push({ type });
    else if (type < 4) params.push({ type: type as 1 | 2 | 3, a: from.u32(), b: from.u32() });
    else params.push({ type: type as 5 | 6 | 7, size: from.u32(), buffer: from.block(MAX_BLOCK_BYTES) });
  }
  return params;
}

export function writeParts(out: FrameWriter, parts: readonly Uint8Array[]): void {
  out.u8(parts.length);
  for (let i = 0; i < parts.length; i++) out.block(parts[i] as Uint8Array);
}

/** Parts may be as long as a frame: a sealed one has the parameters of a whole message in it. */
export function readParts(from: FrameReader): Uint8Array[] {
  const count = from.choice(MAX_PARTS);
  const parts: Uint8Array[] = [];
  for (let i = 0; i < count; i++) parts.push(from.block(MAX_FRAME_BYTES));
  return parts;
}

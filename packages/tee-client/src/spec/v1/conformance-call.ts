/**
 * The encoding of programs and answers of the conformance TA's command CALL. Numbers are big-endian.
 *
 * ```
 * program   = u8 1, u8 count, count × (u16 function, u8 arguments, value …)
 * answer    = u8 1, u8 count, count × (u32 result, u32 required, u32 origin, value)
 * value     = u8 tag and
 *   0 null
 *   1 number       u32 (C: uint32_t, size_t)         2 signed     u32, two's complement (int32_t)
 *   3 long         u64                               4 bytes      u32 length, bytes
 *   5 text         u16 length, UTF-8; UUIDs too      6 boolean    u8
 *   7 handle       u32, given by the TA              8 attributes u16 count, count × (u32 id, and
 *   9 result       u8, of the call with that index                u8 0, u32 length, bytes | u8 1, u32 a,
 *                                                                 u32 b | u8 2, u32 handle of memory)
 *  10 record       u8 count, values                 11 parameters 4 × (u8 type, for values u32 a, u32 b,
 *  12 memory of the parameter u8 (2 or 3)                         for memory u32 size, u32 length, bytes)
 * ```
 *
 * The calls run in their order; the first whose result is not TEE_SUCCESS is the last one in the
 * answer. `required` is the length asked for with SHORT_BUFFER, `origin` that of a call to another
 * application, otherwise 0. A reference to an attribute is a list of this one. A program that does not decode is answered with BAD_FORMAT.
 */

/** Memory the TA keeps, an object, an operation and so on. @group Conformance */
export interface RemoteHandle {
  readonly handle: number;
}
/** The result of an earlier call of the same program. @group Conformance */
export interface RemoteReference {
  readonly result: number;
}
/** The memory of parameter 2 or 3 of the running command. @group Conformance */
export interface RemoteParameter {
  readonly parameter: 2 | 3;
}
/** An attribute; one with a handle points to memory of TEE_Malloc, for what is written through it. @group Conformance */
export type RemoteAttribute =
  | { readonly attributeID: number; readonly content: Uint8Array }
  | { readonly attributeID: number; readonly memory: RemoteHandle }
  | { readonly attributeID: number; readonly a: number; readonly b: number };
/** A parameter of a call to another trusted application. @group Conformance */
export type RemoteParam =
  | { readonly type: 0 }
  | { readonly type: 1 | 2 | 3; readonly a: number; readonly b: number }
  | { readonly type: 5 | 6 | 7; readonly buffer: Uint8Array; readonly size: number };

/** A value of a program or an answer; a negative number is signed. @group Conformance */
export type RemoteValue =
  | null
  | number
  | bigint
  | boolean
  | string
  | Uint8Array
  | RemoteHandle
  | RemoteReference
  | RemoteParameter
  | { readonly attributes: readonly RemoteAttribute[] }
  | { readonly params: readonly RemoteParam[] }
  | { readonly record: readonly RemoteValue[] };

/** One call of a program. @group Conformance */
export interface RemoteCall {
  readonly function: number;
  readonly args: readonly RemoteValue[];
}
/** One result of an answer. @group Conformance */
export interface RemoteResult {
  readonly result: number;
  readonly required: number;
  readonly origin: number;
  readonly value: RemoteValue;
}

class Writer {
  readonly #parts: Uint8Array[] = [];
  #length = 0;
  put(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }
  number(value: number, width: 1 | 2 | 4): void {
    const bytes = new Uint8Array(width);
    for (let i = 0; i < width; i++) bytes[i] = value >>> (8 * (width - 1 - i));
    this.put(bytes);
  }
  block(bytes: Uint8Array): void {
    this.number(bytes.length, 4);
    this.put(bytes);
  }
  done(): Uint8Array {
    const out = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
}

function writeAttributes(w: Writer, attributes: readonly RemoteAttribute[]): void {
  w.number(attributes.length, 2);
  for (const attribute of attributes) {
    w.number(attribute.attributeID, 4);
    if ('content' in attribute) {
      w.number(0, 1);
      w.block(attribute.content);
    } else if ('memory' in attribute) {
      w.number(2, 1);
      w.number(attribute.memory.handle, 4);
    } else {
      w.number(1, 1);
      w.number(attribute.a, 4);
      w.number(attribute.b, 4);
    }
  }
}

function writeParams(w: Writer, params: readonly RemoteParam[]): void {
  for (let i = 0; i < 4; i++) {
    const param = params[i] ?? { type: 0 };
    w.number(param.type, 1);
    if ('a' in param) {
      w.number(param.a, 4);
      w.number(param.b, 4);
    } else if ('buffer' in param) {
      w.number(param.size, 4);
      w.block(param.buffer);
    }
  }
}

function writeValue(w: Writer, value: RemoteValue): void {
  const tag = (n: number): void => w.number(n, 1);
  if (value === null) tag(0);
  else if (typeof value === 'number') {
    tag(value < 0 ? 2 : 1);
    w.number(value, 4);
  } else if (typeof value === 'bigint') {
    tag(3);
    w.number(Number(value >> 32n), 4);
    w.number(Number(value & 0xffffffffn), 4);
  } else if (typeof value === 'boolean') {
    tag(6);
    w.number(value ? 1 : 0, 1);
  } else if (typeof value === 'string') {
    const bytes = new TextEncoder().encode(value);
    tag(5);
    w.number(bytes.length, 2);
    w.put(bytes);
  } else if (value instanceof Uint8Array) {
    tag(4);
    w.block(value);
  } else if ('handle' in value) {
    tag(7);
    w.number(value.handle, 4);
  } else if ('result' in value) {
    tag(9);
    w.number(value.result, 1);
  } else if ('parameter' in value) {
    tag(12);
    w.number(value.parameter, 1);
  } else if ('attributes' in value) {
    tag(8);
    writeAttributes(w, value.attributes);
  } else if ('params' in value) {
    tag(11);
    writeParams(w, value.params);
  } else {
    tag(10);
    w.number(value.record.length, 1);
    for (const item of value.record) writeValue(w, item);
  }
}

/** Thrown for bytes that are no program or answer; the TA answers BAD_FORMAT. @group Conformance */
export class RemoteFormatError extends Error {
  override readonly name = 'RemoteFormatError';
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }
  take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw new RemoteFormatError('too short');
    this.#at += length;
    return this.#bytes.slice(this.#at - length, this.#at);
  }
  number(width: 1 | 2 | 4): number {
    let value = 0;
    for (const byte of this.take(width)) value = value * 256 + byte;
    return value;
  }
  block(): Uint8Array {
    return this.take(this.number(4));
  }
  end(): void {
    if (this.#at !== this.#bytes.length) throw new RemoteFormatError('bytes after the end');
  }
}

function readAttributes(r: Reader): RemoteAttribute[] {
  return Array.from({ length: r.number(2) }, () => {
    const attributeID = r.number(4);
    const kind = r.number(1);
    if (kind === 0) return { attributeID, content: r.block() };
    if (kind === 2) return { attributeID, memory: { handle: r.number(4) } };
    return { attributeID, a: r.number(4), b: r.number(4) };
  });
}

function readParam(r: Reader): RemoteParam {
  const type = r.number(1);
  if (type === 1 || type === 2 || type === 3) return { type, a: r.number(4), b: r.number(4) };
  if (type === 5 || type === 6 || type === 7) return { type, size: r.number(4), buffer: r.block() };
  if (type === 0) return { type };
  throw new RemoteFormatError('parameter type');
}

function readValue(r: Reader, depth: number): RemoteValue {
  if (depth > 4) throw new RemoteFormatError('records nest too deep');
  const tag = r.number(1);
  switch (tag) {
    case 0:
      return null;
    case 1:
      return r.number(4);
    case 2:
      return r.number(4) | 0;
    case 3:
      return (BigInt(r.number(4)) << 32n) | BigInt(r.number(4));
    case 4:
      return r.block();
    case 5:
      return new TextDecoder().decode(r.take(r.number(2)));
    case 6:
      return r.number(1) !== 0;
    case 7:
      return { handle: r.number(4) };
    case 8:
      return { attributes: readAttributes(r) };
    case 9:
      return { result: r.number(1) };
    case 10:
      return { record: Array.from({ length: r.number(1) }, () => readValue(r, depth + 1)) };
    case 11:
      return { params: Array.from({ length: 4 }, () => readParam(r)) };
    case 12: {
      const parameter = r.number(1);
      if (parameter !== 2 && parameter !== 3) throw new RemoteFormatError('parameter');
      return { parameter };
    }
    default:
      throw new RemoteFormatError(`tag ${tag}`);
  }
}

const start = (r: Reader): number => {
  if (r.number(1) !== 1) throw new RemoteFormatError('version');
  return r.number(1);
};

/** @group Conformance */
export function encodeProgram(calls: readonly RemoteCall[]): Uint8Array {
  const w = new Writer();
  w.number(1, 1);
  w.number(calls.length, 1);
  for (const call of calls) {
    w.number(call.function, 2);
    w.number(call.args.length, 1);
    for (const value of call.args) writeValue(w, value);
  }
  return w.done();
}

/** @throws {@link RemoteFormatError} @group Conformance */
export function decodeProgram(bytes: Uint8Array): RemoteCall[] {
  const r = new Reader(bytes);
  const calls = Array.from({ length: start(r) }, () => ({
    function: r.number(2),
    args: Array.from({ length: r.number(1) }, () => readValue(r, 0)),
  }));
  r.end();
  return calls;
}

/** @group Conformance */
export function encodeAnswer(results: readonly RemoteResult[]): Uint8Array {
  const w = new Writer();
  w.number(1, 1);
  w.number(results.length, 1);
  for (const item of results) {
    for (const n of [item.result, item.required, item.origin]) w.number(n, 4);
    writeValue(w, item.value);
  }
  return w.done();
}

/** @throws {@link RemoteFormatError} @group Conformance */
export function decodeAnswer(bytes: Uint8Array): RemoteResult[] {
  const r = new Reader(bytes);
  const results = Array.from({ length: start(r) }, () => ({
    result: r.number(4),
    required: r.number(4),
    origin: r.number(4),
    value: readValue(r, 0),
  }));
  r.end();
  return results;
}

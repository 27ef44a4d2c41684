import { Reader, Writer } from './bytes.ts';

/** What a place in the module does that its time may depend on. */
export type EventKind = 'load' | 'store' | 'branch' | 'jump' | 'select' | 'divide' | 'fill';

/** A module that calls `trace.event(place, value)` before everything its time may depend on. */
export interface Instrumented {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** By place: what happens there, and in which function of the original module. */
  readonly places: readonly { readonly kind: EventKind; readonly func: number }[];
}

const SECTION = { type: 1, import: 2, function: 3, table: 4, export: 7, start: 8, element: 9, code: 10 };
const I32 = 0x7f;
const I64 = 0x7e;
const V128 = 0x7b;

/** Temporaries added to each function, behind its own locals. */
const TEMPORARIES: readonly (readonly [number, number])[] = [
  [3, I32],
  [1, I64],
  [1, V128],
];

interface Section {
  readonly id: number;
  readonly body: Uint8Array;
}

function sections(module: Uint8Array): Section[] {
  const reader = new Reader(module);
  reader.skip(8);
  const found: Section[] = [];
  while (!reader.done) {
    const id = reader.byte();
    found.push({ id, body: reader.take(reader.u32()) });
  }
  return found;
}

/** Numbers of parameters by type, and the type section with the event's type at its end. */
function readTypes(body: Uint8Array) {
  const reader = new Reader(body);
  const count = reader.u32();
  const parameters: number[] = [];
  const from = reader.at;
  for (let i = 0; i < count; i++) {
    if (reader.byte() !== 0x60) throw new Error('a type that is no function');
    const n = reader.u32();
    parameters.push(n);
    reader.skip(n);
    reader.skip(reader.u32());
  }
  const section = new Writer()
    .u32(count + 1)
    .raw(body.subarray(from))
    .byte(0x60, 2, I32, I32, 0)
    .bytes();
  return { parameters, section, eventType: count };
}

const readIndices = (body: Uint8Array): number[] => {
  const reader = new Reader(body);
  return Array.from({ length: reader.u32() }, () => reader.u32());
};

/** The export section with every function one further. */
function shiftExports(body: Uint8Array): Uint8Array {
  const reader = new Reader(body);
  const out = new Writer();
  const count = reader.u32();
  out.u32(count);
  for (let i = 0; i < count; i++) {
    const length = reader.u32();
    out.u32(length).raw(reader.take(length));
    const kind = reader.byte();
    out.byte(kind).u32(reader.u32() + (kind === 0 ? 1 : 0));
  }
  return out.bytes();
}

/** Rewrites one function body. */
class BodyRewriter {
  readonly #reader: Reader;
  readonly #out = new Writer();
  readonly #temporary: number;
  readonly #places: { kind: EventKind; func: number }[];
  readonly #func: number;

  constructor(
    body: Uint8Array,
    parameters: number,
    func: number,
    places: { kind: EventKind; func: number }[],
  ) {
    this.#reader = new Reader(body);
    this.#func = func;
    this.#places = places;
    const groups = this.#reader.u32();
    this.#out.u32(groups + TEMPORARIES.length);
    let locals = parameters;
    for (let i = 0; i < groups; i++) {
      const count = this.#reader.u32();
      locals += count;
      this.#out.u32(count).byte(this.#reader.byte());
    }
    for (const [count, type] of TEMPORARIES) this.#out.u32(count).byte(type);
    this.#temporary = locals;
  }

  rewrite(): Uint8Array {
    while (!this.#reader.done) this.#instruction();
    return this.#out.bytes();
  }

  /** Calls the event with a temporary as value. */
  #call(place: number, temporary: number): void {
    this.#out
      .constant(place)
      .byte(0x20)
      .u32(this.#temporary + temporary)
      .byte(0x10, 0);
  }

  #place(kind: EventKind): number {
    this.#places.push({ kind, func: this.#func });
    return this.#places.length - 1;
  }

  /** The i32 on top of the stack is the event's value and stays there. */
  #top(kind: EventKind): void {
    this.#out.byte(0x22).u32(this.#temporary);
    this.#call(this.#place(kind), 0);
  }

  /** The i32 below a value of temporary `above` is the event's value. */
  #below(kind: EventKind, above: 1 | 3 | 4): void {
    this.#out.byte(0x21).u32(this.#temporary + above);
    this.#top(kind);
    this.#out.byte(0x20).u32(this.#temporary + above);
  }

  /** Two i32 on the stack, each an event. */
  #two(kind: EventKind): void {
    const place = this.#place(kind);
    this.#out
      .byte(0x21)
      .u32(this.#temporary + 1)
      .byte(0x22)
      .u32(this.#temporary);
    for (const each of [0, 1]) this.#call(place, each);
    this.#out.byte(0x20).u32(this.#temporary + 1);
  }

  /** Three i32 on the stack, each an event. */
  #three(kind: EventKind): void {
    const place = this.#place(kind);
    this.#out
      .byte(0x21)
      .u32(this.#temporary + 2)
      .byte(0x21)
      .u32(this.#temporary + 1);
    this.#out.byte(0x22).u32(this.#temporary);
    for (const each of [0, 1, 2]) this.#call(place, each);
    this.#out
      .byte(0x20)
      .u32(this.#temporary + 1)
      .byte(0x20)
      .u32(this.#temporary + 2);
  }

  #instruction(): void {
    const from = this.#reader.at;
    const op = this.#reader.byte();
    const copy = (): void => {
      this.#out.raw(this.#reader.bytes.subarray(from, this.#reader.at));
    };
    if (op === 0x10) {
      this.#out.byte(op).u32(this.#reader.u32() + 1);
    } else if (op === 0xfc) {
      this.#bulk(copy);
    } else if (op === 0xfd) {
      this.#vector(copy);
    } else {
      this.#before(op);
      this.#immediates(op);
      copy();
    }
  }

  /** Events before an instruction of one byte. */
  #before(op: number): void {
    if (op === 0x04 || op === 0x0d) this.#top('branch');
    else if (op === 0x0e) this.#top('jump');
    else if (op === 0x1b || op === 0x1c) this.#top('select');
    else if (op >= 0x28 && op <= 0x35) this.#top('load');
    else if (op === 0x36 || op === 0x3a || op === 0x3b) this.#below('store', 1);
    else if (op === 0x37 || (op >= 0x3c && op <= 0x3e)) this.#below('store', 3);
    else if (op >= 0x6d && op <= 0x70) this.#two('divide');
    else if (op >= 0x7f && op <= 0x82) throw new Error('a 64-bit division');
    else if (op === 0x11 || op === 0x38 || op === 0x39) throw new Error(`instruction ${op} is not followed`);
  }

  #immediates(op: number): void {
    const reader = this.#reader;
    if (op >= 0x02 && op <= 0x04) reader.skipLeb();
    else if (op === 0x0c || op === 0x0d || (op >= 0x20 && op <= 0x24)) reader.skipLeb();
    else if (op === 0x0e) for (let n = reader.u32(); n >= 0; n--) reader.skipLeb();
    else if (op === 0x1c) reader.skip(reader.u32());
    else if (op >= 0x28 && op <= 0x3e) {
      reader.skipLeb();
      reader.skipLeb();
    } else if (op === 0x3f || op === 0x40) reader.skip(1);
    else if (op === 0x41 || op === 0x42) reader.skipLeb();
    else if (op === 0x43) reader.skip(4);
    else if (op === 0x44) reader.skip(8);
    else if (op > 0xc4) throw new Error(`instruction ${op} is not known`);
  }

  #bulk(copy: () => void): void {
    const op = this.#reader.u32();
    if (op === 10) this.#reader.skip(2);
    else if (op === 11) this.#reader.skip(1);
    else if (op > 7) throw new Error(`bulk instruction ${op} is not known`);
    if (op === 10 || op === 11) this.#three('fill');
    copy();
  }

  #vector(copy: () => void): void {
    const reader = this.#reader;
    const op = reader.u32();
    const memory = (): void => {
      reader.skipLeb();
      reader.skipLeb();
    };
    if (op <= 0x0a || op === 0x5c || op === 0x5d) {
      memory();
      this.#top('load');
    } else if (op === 0x0b) {
      memory();
      this.#below('store', 4);
    } else if (op >= 0x54 && op <= 0x5b) {
      memory();
      reader.skip(1);
      this.#below(op < 0x58 ? 'load' : 'store', 4);
    } else if (op === 0x0c || op === 0x0d) {
      reader.skip(16);
    } else if (op >= 0x15 && op <= 0x22) {
      reader.skip(1);
    }
    copy();
  }
}

/**
 * Rewrites a module so that it reports every address it loads from or stores to, every
 * condition it branches or selects on, and both sides of every division. What the processor is asked to do
 * depends on nothing else: WebAssembly has no other instruction whose time common processors
 * let depend on its operands.
 */
export function instrument(module: Uint8Array): Instrumented {
  const all = sections(module);
  const body = (id: number): Uint8Array => {
    const found = all.find((section) => section.id === id);
    if (found === undefined) throw new Error(`no section ${id}`);
    return found.body;
  };
  for (const id of [SECTION.import, SECTION.start, SECTION.element]) {
    if (all.some((section) => section.id === id)) throw new Error(`a section ${id} is not expected`);
  }
  const { parameters, section: types, eventType } = readTypes(body(SECTION.type));
  const functions = readIndices(body(SECTION.function));
  const places: { kind: EventKind; func: number }[] = [];

  const code = new Reader(body(SECTION.code));
  const newCode = new Writer().u32(code.u32());
  for (const [func, type] of functions.entries()) {
    const rewritten = new BodyRewriter(code.take(code.u32()), parameters[type]!, func, places).rewrite();
    newCode.u32(rewritten.length).raw(rewritten);
  }
  // (import "trace" "event" (func (param i32 i32)))
  const text = new TextEncoder();
  const imports = new Writer().u32(1).u32(5).raw(text.encode('trace')).u32(5).raw(text.encode('event'));
  imports.byte(0).u32(eventType);

  const out = new Writer().raw(module.subarray(0, 8));
  const section = (id: number, content: Uint8Array): void => {
    out.byte(id).u32(content.length).raw(content);
  };
  for (const { id, body: content } of all) {
    if (id === SECTION.type) {
      section(id, types);
      section(SECTION.import, imports.bytes());
    } else if (id === SECTION.code) section(id, newCode.bytes());
    else if (id === SECTION.export) section(id, shiftExports(content));
    else section(id, content);
  }
  return { bytes: out.bytes(), places };
}

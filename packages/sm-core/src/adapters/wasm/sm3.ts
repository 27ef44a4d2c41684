import { SM3_BLOCK_BYTES, SM3_DIGEST_BYTES, type Sm3Hash, type SmEngine } from '../../spec/v1/engine.ts';
import { IO_BYTES, type Kernel } from './kernel.ts';

/** SM3 as an engine offers it. */
type Sm3Engine = Pick<SmEngine, 'sm3' | 'sm3Digest' | 'sm3Many'>;

/** What `kernel/sm3-export.c` and `kernel/sm3-many.c` export. */
interface Sm3Exports {
  sm3_reset(): void;
  sm3_blocks(blocks: number): void;
  sm3_finish(bytes: number, lengthLow: number, lengthHigh: number): void;
  sm3_digest(bytes: number): void;
  sm3_lanes_reset(): void;
  sm3_lanes(blocks: number): void;
  sm3_lanes_finish(n0: number, n1: number, n2: number, n3: number, blocksBefore: number): void;
}

/** A message passes through the exchange area in pieces of this length: half of a usual first-level cache. */
const PIECE_BYTES = 16 * 1024;
/** `STATE` of kernel/sm3-export.c: where the state stands in the exchange area. */
const STATE_AT = IO_BYTES - 64;
/** `LANE_BYTES` of kernel/sm3-many.c: room for one piece and its padding. */
const LANE_BYTES = PIECE_BYTES + 128;
const LANES = 4;

/** What the hash objects share: the module and the places in its memory. */
class Sm3Memory {
  readonly kernel: Kernel;
  readonly memory: Uint8Array;
  readonly io: number;
  readonly call: Sm3Exports;
  /** The front of the exchange area: a digest, or one block. */
  readonly digest: Uint8Array;
  readonly state: Uint8Array;
  readonly lanes: readonly Uint8Array[];

  constructor(kernel: Kernel) {
    const { memory, io } = kernel;
    this.kernel = kernel;
    this.memory = memory;
    this.io = io;
    this.call = kernel.exports as Sm3Exports;
    this.digest = memory.subarray(io, io + SM3_DIGEST_BYTES);
    this.state = memory.subarray(io + STATE_AT, io + STATE_AT + SM3_DIGEST_BYTES);
    const digests = io + LANES * LANE_BYTES;
    this.lanes = Array.from({ length: LANES }, (_, i) =>
      memory.subarray(digests + SM3_DIGEST_BYTES * i, digests + SM3_DIGEST_BYTES * (i + 1)),
    );
  }

  /** Takes a digest out of the exchange area and wipes it there. */
  take(from: Uint8Array): Uint8Array {
    const out = new Uint8Array(from);
    wipe(from);
    return out;
  }

  /** Wipes the pieces and the state after a call that did not come to its end. */
  wipeAll(): void {
    this.memory.fill(0, this.io, this.io + IO_BYTES);
  }
}

/** `fill(0)` costs more than this for 32 and 64 bytes. */
function wipe(bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = 0;
}

/** A running computation. Between calls all of it is here, and nothing in the module. */
class WasmSm3Hash implements Sm3Hash {
  readonly #m: Sm3Memory;
  /** The bytes of the block that is not whole yet, `#length mod 64` of them. */
  readonly #pending: Uint8Array = new Uint8Array(SM3_BLOCK_BYTES);
  /** Chaining value as the module keeps it; `undefined` before the first block. */
  #state: Uint8Array | undefined;
  #length = 0;

  constructor(memory: Sm3Memory) {
    this.#m = memory;
  }

  update(data: Uint8Array): this {
    const held = this.#length % SM3_BLOCK_BYTES;
    this.#length += data.length;
    if (held + data.length < SM3_BLOCK_BYTES) this.#pending.set(data, held);
    else this.#blocks(data, held);
    return this;
  }

  /** Compresses all whole blocks of pending‖data and keeps the rest. */
  #blocks(data: Uint8Array, held: number): void {
    const { kernel, memory, io, call, state } = this.#m;
    let used = 0;
    try {
      kernel.enter();
      if (this.#state === undefined) call.sm3_reset();
      else state.set(this.#state);
      if (held > 0) memory.set(this.#pending, io);
      // The first piece is filled up behind what was held, the others are whole.
      for (let at = 0, front = held; front + data.length - at >= SM3_BLOCK_BYTES; front = 0) {
        const room = Math.min(PIECE_BYTES - front, data.length - at);
        const bytes = (front + room) & -SM3_BLOCK_BYTES;
        const end = at + bytes - front;
        memory.set(at === 0 && end === data.length ? data : data.subarray(at, end), io + front);
        used = Math.max(used, bytes);
        call.sm3_blocks(bytes / SM3_BLOCK_BYTES);
        at = end;
      }
      if (this.#state === undefined) this.#state = new Uint8Array(state);
      else this.#state.set(state);
      const rest = this.#length % SM3_BLOCK_BYTES;
      if (rest > 0) this.#pending.set(data.subarray(data.length - rest));
    } finally {
      wipe(state);
      memory.fill(0, io, io + used);
      kernel.leave();
    }
  }

  digest(): Uint8Array {
    const { kernel, memory, io, call, state, digest } = this.#m;
    kernel.enter();
    const held = this.#length % SM3_BLOCK_BYTES;
    memory.set(this.#pending, io);
    if (this.#state === undefined) {
      call.sm3_digest(held);
    } else {
      state.set(this.#state);
      call.sm3_finish(held, this.#length >>> 0, Math.floor(this.#length / 2 ** 32));
      wipe(this.#state);
    }
    wipe(this.#pending);
    const out = this.#m.take(digest);
    kernel.leave();
    return out;
  }

  clone(): WasmSm3Hash {
    const copy = new WasmSm3Hash(this.#m);
    copy.#length = this.#length;
    if (this.#state !== undefined) copy.#state = new Uint8Array(this.#state);
    if (this.#length % SM3_BLOCK_BYTES !== 0) copy.#pending.set(this.#pending);
    return copy;
  }
}

/** SM3 of parts one after the other that are `total` bytes together. */
function digestParts(m: Sm3Memory, parts: readonly Uint8Array[], total: number): Uint8Array {
  const { kernel, memory, io, call } = m;
  let done = false;
  try {
    kernel.enter();
    let filled = 0;
    if (total <= PIECE_BYTES) {
      for (const part of parts) {
        memory.set(part, io + filled);
        filled += part.length;
      }
      call.sm3_digest(total);
    } else {
      call.sm3_reset();
      for (const part of parts) {
        for (let at = 0; at < part.length; ) {
          if (filled === PIECE_BYTES) {
            call.sm3_blocks(PIECE_BYTES / SM3_BLOCK_BYTES);
            filled = 0;
          }
          const end = Math.min(part.length, at + PIECE_BYTES - filled);
          memory.set(part.subarray(at, end), io + filled);
          filled += end - at;
          at = end;
        }
      }
      call.sm3_finish(filled, total >>> 0, Math.floor(total / 2 ** 32));
      // The kernel wiped the last piece; what lies behind it is of the piece before.
      memory.fill(0, io + Math.max(filled, SM3_DIGEST_BYTES), io + PIECE_BYTES);
    }
    const out = m.take(m.digest);
    done = true;
    kernel.leave();
    return out;
  } finally {
    if (!done) m.wipeAll();
  }
}

/** Pieces of a message that something comes after: the last piece is padded. */
const wholePieces = (message: Uint8Array): number =>
  message.length === 0 ? 0 : Math.ceil(message.length / PIECE_BYTES) - 1;

/** Four messages side by side, `order[at]` to `order[at + 3]`. */
function digestFour(
  m: Sm3Memory,
  messages: readonly Uint8Array[],
  order: Uint32Array,
  at: number,
  out: Uint8Array[],
): void {
  const { kernel, memory, io, call } = m;
  const message = (lane: number): Uint8Array => messages[order[at + lane]!]!;
  let done = false;
  try {
    kernel.enter();
    call.sm3_lanes_reset();
    const pieces = wholePieces(message(0)); // as many in all four
    for (let piece = 0; piece < pieces; piece++) {
      const from = piece * PIECE_BYTES;
      for (let lane = 0; lane < LANES; lane++) {
        memory.set(message(lane).subarray(from, from + PIECE_BYTES), io + lane * LANE_BYTES);
      }
      call.sm3_lanes(PIECE_BYTES / SM3_BLOCK_BYTES);
    }
    const before = pieces * PIECE_BYTES;
    for (let lane = 0; lane < LANES; lane++) {
      const whole = message(lane);
      memory.set(before === 0 ? whole : whole.subarray(before), io + lane * LANE_BYTES);
    }
    call.sm3_lanes_finish(
      message(0).length - before,
      message(1).length - before,
      message(2).length - before,
      message(3).length - before,
      before / SM3_BLOCK_BYTES,
    );
    for (let lane = 0; lane < LANES; lane++) out[order[at + lane]!] = m.take(m.lanes[lane]!);
    if (before > 0) memory.fill(0, io, io + LANES * LANE_BYTES);
    done = true;
    kernel.leave();
  } finally {
    if (!done) m.wipeAll();
  }
}

/** The positions of the messages, shortest message first. */
function byLength(messages: readonly Uint8Array[]): Uint32Array {
  const order = new Uint32Array(messages.length);
  let equal = true;
  for (let i = 0; i < order.length; i++) {
    order[i] = i;
    equal &&= messages[i]!.length === messages[0]!.length;
  }
  return equal ? order : order.sort((a, b) => messages[a]!.length - messages[b]!.length || a - b);
}

/**
 * SM3 on the WebAssembly kernel. Every call leaves the exchange area as it found it,
 * zeroed where message, state and digest were.
 *
 * @standard GB/T 32905-2016
 */
export function createWasmSm3(kernel: Kernel): Sm3Engine {
  const m = new Sm3Memory(kernel);
  const sm3Digest = (...parts: readonly Uint8Array[]): Uint8Array => {
    let total = 0;
    for (let i = 0; i < parts.length; i++) total += parts[i]!.length;
    return digestParts(m, parts, total);
  };
  return {
    sm3: () => new WasmSm3Hash(m),
    sm3Digest,
    sm3Many(messages) {
      const order = byLength(messages);
      const out = new Array<Uint8Array>(messages.length);
      let at = 0;
      while (at + LANES <= order.length) {
        const shortest = messages[order[at]!]!;
        const longest = messages[order[at + LANES - 1]!]!;
        if (wholePieces(shortest) === wholePieces(longest)) {
          digestFour(m, messages, order, at, out);
          at += LANES;
        } else {
          out[order[at]!] = sm3Digest(shortest);
          at++;
        }
      }
      for (; at < order.length; at++) out[order[at]!] = sm3Digest(messages[order[at]!]!);
      return out;
    },
  };
}

import { describe, expect, it } from 'vitest';
import type {
  DomainAnswer,
  DomainEvent,
  DomainRequest,
  DomainStart,
  RpcAnswer,
  RpcRequest,
} from '../../src/adapters/software/domain-protocol.ts';
import { FrameReader, FrameWriter, MalformedFrame } from '../../src/adapters/software/link/bytes.ts';
import * as codec from '../../src/adapters/software/link/codec.ts';
import { FrameSplitter } from '../../src/adapters/software/link/frames.ts';
import { MAX_FRAME_BYTES } from '../../src/adapters/software/link/limits.ts';
import { RING_BYTES, ringMemory, SharedRing } from '../../src/adapters/software/link/shared-ring.ts';
import { seeded } from './seeded.ts';

const UUID = '01234567-89ab-cdef-0123-456789abcdef';
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

const REQUESTS: readonly DomainRequest[] = [
  { kind: 'open', client: { login: 0xf0000000, uuid: UUID }, params: [] },
  {
    kind: 'invoke',
    session: 0xffffffff,
    commandId: 7,
    params: [
      { type: 0 },
      { type: 3, a: 1, b: 0xffffffff },
      { type: 5, size: 3, buffer: bytes(1, 2, 3) },
      { type: 6, size: 1024, buffer: bytes() },
    ],
  },
  { kind: 'close', session: 1 },
  { kind: 'service', session: 1, request: { service: 'seal', data: bytes(1), aad: bytes(2, 3) } },
  { kind: 'service', session: 1, request: { service: 'unseal', data: bytes(), aad: bytes() } },
  { kind: 'service', session: 1, request: { service: 'derive', label: bytes(9), length: 32 } },
  { kind: 'service', session: 1, request: { service: 'evidence', nonce: bytes(1), userData: bytes(2) } },
  { kind: 'service', session: 1, request: { service: 'memory-allocate', size: 4096 } },
  { kind: 'service', session: 1, request: { service: 'memory-grow', id: 1, size: 8192 } },
  { kind: 'service', session: 1, request: { service: 'memory-write', id: 1, offset: 5, data: bytes(1) } },
  { kind: 'service', session: 1, request: { service: 'memory-release', id: 1 } },
  { kind: 'channel', channel: 3, frame: bytes(1, 2) },
  { kind: 'control', name: 'start', parts: [bytes(1), bytes(), bytes(2, 3)] },
];
const RPC: readonly RpcRequest[] = [
  { kind: 'cancelled' },
  { kind: 'wait', milliseconds: 10, cancellable: true },
  { kind: 'core', frame: bytes(1) },
  { kind: 'connect', destination: UUID, timeout: 0xffffffff },
  { kind: 'channel', channel: 2, timeout: 5, frame: bytes(4) },
  { kind: 'disconnect', channel: 2 },
  { kind: 'socket-open', host: 'localhost', port: 65535, timeout: 1 },
  { kind: 'socket-send', socket: 1, data: bytes(5) },
  { kind: 'socket-receive', socket: 1, max: 100, timeout: 3 },
  { kind: 'socket-close', socket: 1 },
];
const ANSWER: DomainAnswer = {
  result: 0xffff0010,
  origin: 4,
  session: 5,
  value: 6,
  params: [
    { type: 6, size: 99, buffer: bytes() },
    { type: 2, a: 1, b: 2 },
    { type: 7, size: 1, buffer: bytes(3) },
  ],
  parts: [bytes(1, 2, 3), bytes()],
  error: { code: 'ERR_TEE_DRIFT', detail: 'what=code 密 \u{1f512}' },
};
const RPC_ANSWER: RpcAnswer = { result: 1, origin: 2, value: 3, parts: [bytes(1)] };
const EVENTS: readonly DomainEvent[] = (['panic', 'undeclared-call', 'memory-exceeded', 'log'] as const).map(
  (kind) => ({ kind, detail: 'x=1 €' }),
);
const START: DomainStart = {
  kind: 'ta',
  uuid: UUID,
  folder: '/tmp/密/a b',
  memoryLimit: 64 << 20,
  tcbVersion: 7,
};

interface Codec {
  readonly name: string;
  readonly values: readonly unknown[];
  readonly write: (out: FrameWriter, value: never) => void;
  readonly read: (from: FrameReader) => unknown;
}
const CODECS: readonly Codec[] = [
  { name: 'request', values: REQUESTS, write: codec.writeRequest, read: codec.readRequest },
  {
    name: 'answer',
    values: [ANSWER, codec.plainAnswer(0, 3)],
    write: codec.writeAnswer,
    read: codec.readAnswer,
  },
  { name: 'rpc', values: RPC, write: codec.writeRpcRequest, read: codec.readRpcRequest },
  { name: 'rpc answer', values: [RPC_ANSWER], write: codec.writeRpcAnswer, read: codec.readRpcAnswer },
  { name: 'event', values: EVENTS, write: codec.writeEvent, read: codec.readEvent },
  { name: 'start', values: [START], write: codec.writeStart, read: codec.readStart },
];

function encoded({ write }: Codec, value: unknown): Uint8Array {
  const out = new FrameWriter();
  write(out, value as never);
  return Uint8Array.from(out.written);
}

describe.each(CODECS)('frames: $name', (one) => {
  it('reads back what it wrote, from a view and from a copy', () => {
    for (const value of one.values) {
      const frame = encoded(one, value);
      for (const copy of [true, false]) expect(one.read(new FrameReader(frame, copy))).toEqual(value);
    }
  });

  it('refuses every frame that is cut short, and one byte more', () => {
    for (const value of one.values) {
      const frame = encoded(one, value);
      for (let length = 0; length < frame.length; length++) {
        expect(() => one.read(new FrameReader(frame.subarray(0, length), true))).toThrow(MalformedFrame);
      }
      expect(() => one.read(new FrameReader(Uint8Array.of(...frame, 0), true))).toThrow(MalformedFrame);
    }
  });

  it('reads an altered frame as one message or refuses it, and never otherwise', () => {
    const random = seeded(`codec ${one.name}`);
    let refused = 0;
    for (let round = 0; round < 3000; round++) {
      const frame = encoded(one, one.values[random.below(one.values.length)]);
      for (let i = random.below(4); i >= 0; i--) frame[random.below(frame.length)] = random.below(256);
      try {
        const value = one.read(new FrameReader(frame, true));
        // One reading for every frame: what was read writes the same bytes.
        expect(encoded(one, value)).toEqual(frame);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedFrame);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(50);
  });

  it('refuses noise', () => {
    const random = seeded(`noise ${one.name}`);
    for (let round = 0; round < 2000; round++) {
      const frame = random.bytes(random.below(64));
      try {
        one.read(new FrameReader(frame, false));
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedFrame);
      }
    }
  });
});

describe('frames', () => {
  it('allocate nothing for a length that is not there', () => {
    // A memory parameter that promises 16 MiB, and one that promises 4 GiB.
    for (const length of [16 << 20, 0xffffffff]) {
      const out = new FrameWriter();
      for (const value of [1, 1]) out.u32(value);
      out.u8(1);
      out.u8(5);
      out.u32(length);
      out.u32(length);
      const frame = Uint8Array.of(1, ...out.written);
      expect(() => codec.readRequest(new FrameReader(frame, true))).toThrow(MalformedFrame);
    }
  });

  it('hold parts that are longer than a parameter: a sealed one has a whole message in it', () => {
    const out = new FrameWriter();
    const answer = { ...codec.plainAnswer(0, 3), parts: [new Uint8Array(40 << 20).fill(7)] };
    codec.writeAnswer(out, answer);
    expect(codec.readAnswer(new FrameReader(out.written, false)).parts[0]).toHaveLength(40 << 20);
    out.reset();
  });

  it('refuse parameter types that GlobalPlatform does not define', () => {
    for (const type of [4, 8, 12, 15, 255]) {
      const frame = Uint8Array.of(1, 1, 0, 0, 0, 1, 0, 0, 0, 1, type, 0, 0, 0, 0, 0, 0, 0, 0);
      expect(() => codec.readRequest(new FrameReader(frame, true))).toThrow(MalformedFrame);
    }
    const five = Uint8Array.of(1, 1, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 0, 0);
    expect(() => codec.readRequest(new FrameReader(five, true))).toThrow(MalformedFrame);
  });

  it('refuse text that is not UTF-8', () => {
    const frame = Uint8Array.of(5, 2, 0, 0xc0, 0x80, 0);
    expect(() => codec.readRequest(new FrameReader(frame, true))).toThrow(MalformedFrame);
  });

  it('write text that is no text so that it is read as text', () => {
    const event: DomainEvent = { kind: 'log', detail: `a\ud800b${'x'.repeat(5000)}` };
    const out = new FrameWriter();
    codec.writeEvent(out, event);
    const { detail } = codec.readEvent(new FrameReader(out.written, true));
    expect(detail.startsWith('a\ufffdbxxx')).toBe(true);
    expect(detail.length).toBe(256);
  });

  it('give copies that do not follow the frame', () => {
    const out = new FrameWriter();
    codec.writeRequest(out, REQUESTS[1] as DomainRequest);
    const frame = Buffer.from(out.written);
    const read = codec.readRequest(new FrameReader(frame, true));
    frame.fill(0);
    expect(read).toEqual(REQUESTS[1]);
  });

  it('are zeroed when the writer is used again', () => {
    const out = new FrameWriter();
    out.block(bytes(1, 2, 3));
    const { written } = out;
    out.reset();
    expect([...written].every((byte) => byte === 0)).toBe(true);
  });

  it('name a failed start, or the failure to read it', () => {
    const out = new FrameWriter();
    codec.writeFailure(out, 'ERR_TEE_DRIFT', 'what=x');
    expect(codec.readFailure(Uint8Array.from(out.written))).toEqual({
      code: 'ERR_TEE_DRIFT',
      detail: 'what=x',
    });
    for (const frame of [bytes(), bytes(9), bytes(3, 9, 0)]) {
      expect(codec.readFailure(frame)).toEqual({ code: 'ERR_TEE_START_FAILED', detail: '' });
    }
  });
});

describe('splitting a stream', () => {
  it('gives the frames whatever way the bytes arrive', () => {
    const random = seeded('splitter');
    for (let round = 0; round < 200; round++) {
      const frames = Array.from({ length: 1 + random.below(6) }, () => random.bytes(1 + random.below(9000)));
      const stream = frames.flatMap((frame) => {
        const length = new Uint8Array(4);
        new DataView(length.buffer).setUint32(0, frame.length, true);
        return [...length, ...frame];
      });
      const got: Uint8Array[] = [];
      const splitter = new FrameSplitter((frame) => got.push(Uint8Array.from(frame)));
      for (let at = 0; at < stream.length; ) {
        const step = 1 + random.below(random.below(2) === 0 ? 5 : 20_000);
        expect(splitter.push(Uint8Array.from(stream.slice(at, at + step)))).toBe(true);
        at += step;
      }
      expect(got).toEqual(frames);
    }
  });

  it('refuses lengths that no frame has', () => {
    for (const length of [0, MAX_FRAME_BYTES + 1, 0xffffffff]) {
      const prefix = new Uint8Array(4);
      new DataView(prefix.buffer).setUint32(0, length, true);
      expect(new FrameSplitter(() => {}).push(prefix)).toBe(false);
      const split = new FrameSplitter(() => {});
      expect([...prefix].map((byte) => split.push(bytes(byte)))).toContain(false);
    }
  });

  it('takes no memory for a frame that has not come', () => {
    const splitter = new FrameSplitter(() => {});
    const before = process.memoryUsage().arrayBuffers;
    const prefix = new Uint8Array(4);
    new DataView(prefix.buffer).setUint32(0, MAX_FRAME_BYTES, true);
    expect(splitter.push(prefix)).toBe(true);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
  });
});

describe('shared ring', () => {
  it('carries frames in order around its end and says when it is full', () => {
    const random = seeded('ring');
    const memory = ringMemory();
    const writer = new SharedRing(memory);
    const reader = new SharedRing(memory);
    const sent: Uint8Array[] = [];
    let full = 0;
    for (let round = 0; round < 3000; round++) {
      if (random.below(2) === 0) {
        const frame = random.bytes(1 + random.below(60_000));
        if (writer.write(frame)) sent.push(frame);
        else full++;
      } else {
        const frame = reader.read();
        const expected = sent.shift();
        if (expected === undefined) expect(frame).toBeUndefined();
        else expect(Buffer.from(frame as Uint8Array).equals(expected)).toBe(true);
      }
    }
    expect(full).toBeGreaterThan(0);
  });

  it('does not believe what the other side wrote into it', () => {
    const random = seeded('ring noise');
    for (let round = 0; round < 500; round++) {
      const memory = ringMemory();
      const reader = new SharedRing(memory);
      const control = new Int32Array(memory.control);
      new Uint8Array(memory.bytes).set(random.bytes(64));
      control[0] = random.below(2) === 0 ? random.below(RING_BYTES * 2) : random.below(2 ** 31) * 2;
      control[1] = random.below(RING_BYTES);
      const frame = reader.read();
      if (frame instanceof Uint8Array) expect(frame.length).toBeLessThan(RING_BYTES);
      else expect([null, undefined]).toContain(frame);
    }
  });
});

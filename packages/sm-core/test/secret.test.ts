import { inspect } from 'node:util';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { HealthCheckedRandom, Secret, type SmError, toHex } from '../src/index.ts';

/** A text that would be found in any output that shows the bytes in one of the usual forms. */
const CANARY = 'c4na9y-c4na9y-!!';
const bytes = () => new TextEncoder().encode(CANARY);
const FORMS = [
  CANARY,
  Buffer.from(CANARY).toString('hex'),
  Buffer.from(CANARY).toString('base64'),
  bytes().join(','),
  bytes().join(', '),
];

function expectRedacted(text: string): void {
  for (const form of FORMS) expect(text.includes(form)).toBe(false);
}

describe('Secret', () => {
  it('shows its bytes in no printed form [part of EDGE-061]', () => {
    const secret = Secret.copy(bytes());
    const outputs = [
      String(secret),
      `${secret}`,
      `value: ${secret as unknown as string}`,
      JSON.stringify({ secret, list: [secret] }),
      inspect(secret, { showHidden: true, depth: 9 }),
      inspect({ nested: { secret } }, { depth: 9 }),
      JSON.stringify(Object.entries(secret)),
      JSON.stringify(structuredClone(Object.assign({}, secret))),
      new Error(`with ${secret}`).stack ?? '',
    ];
    for (const output of outputs) expectRedacted(output);
    expect(String(secret)).toBe('[Secret]');
  });

  it('shows its bytes in no error of a call it is given to [part of EDGE-061]', () => {
    const secret = Secret.copy(bytes());
    secret.destroy();
    try {
      secret.use(() => undefined);
      expect.unreachable();
    } catch (error) {
      expectRedacted(inspect(error, { depth: 9, showHidden: true }));
      expect((error as SmError).code).toBe('ERR_SECRET_DESTROYED');
    }
  });

  it('zeroes the buffer that it took over', () => {
    const buffer = bytes();
    const secret = Secret.take(buffer);
    secret.destroy();
    expect(toHex(buffer)).toBe('00'.repeat(buffer.length));
    expect(secret.destroyed).toBe(true);
    expect(secret.length).toBe(0);
  });

  it('leaves the caller of copy its buffer', () => {
    const buffer = bytes();
    const secret = Secret.copy(buffer);
    buffer.fill(0);
    expect(secret.use((inner) => new TextDecoder().decode(inner))).toBe(CANARY);
    secret.destroy();
    expect(secret.destroyed).toBe(true);
  });

  it('refuses every use after destroy, and takes a second destroy', () => {
    const secret = Secret.take(bytes());
    secret.destroy();
    secret.destroy();
    expect(() => secret.use((inner) => inner)).toThrow(
      expect.objectContaining({ code: 'ERR_SECRET_DESTROYED' }),
    );
  });

  it('is copied by structuredClone and postMessage without its bytes [part of EDGE-061]', () => {
    const secret = Secret.copy(bytes());
    const { port1, port2 } = new MessageChannel();
    port1.postMessage({ secret });
    const received: { message: { secret: unknown } } | undefined = receiveMessageOnPort(port2);
    const copies = [structuredClone(secret), received?.message.secret];
    port1.close();
    for (const copy of copies) {
      expect(copy).toEqual({});
      expect(copy).not.toBeInstanceOf(Secret);
      expectRedacted(inspect(copy, { showHidden: true }));
    }
    expect(secret.length).toBe(CANARY.length);
  });

  it('gives no promise a way to its bytes', async () => {
    const secret = Secret.copy(bytes());
    const wrong = expect.objectContaining({ code: 'ERR_INPUT_TYPE' });
    expect(() => secret.use(async (inner) => inner[0])).toThrow(wrong);
    // The reader's own failure must not become an unhandled rejection.
    expect(() => secret.use(() => Promise.reject(new Error('later')))).toThrow(wrong);
    await new Promise((resolve) => setImmediate(resolve));
    expect(secret.use((inner) => inner.length)).toBe(CANARY.length);
  });

  it('draws its own bytes', () => {
    const [a, b] = [Secret.random(32), Secret.random(32)];
    expect(a.length).toBe(32);
    expect(a.equals(b)).toBe(false);
    expect(Secret.random(0).length).toBe(0);
    const random = { fill: (out: Uint8Array) => void out.fill(7) };
    expect(Secret.random(2, random).use(toHex)).toBe('0707');
  });

  it.each([-1, 1.5, 2 ** 21, '8'])('refuses to draw %s bytes', (length) => {
    expect(() => Secret.random(length as number)).toThrow(
      expect.objectContaining({ code: 'ERR_INPUT_LENGTH' }),
    );
  });

  it('is not drawn from a source that fails [part of EDGE-013]', () => {
    const stuck = new HealthCheckedRandom((out) => void out.fill(3));
    expect(() => Secret.random(16, stuck)).toThrow(expect.objectContaining({ code: 'ERR_RANDOM_UNHEALTHY' }));
  });

  it('compares with another secret only', () => {
    const secret = Secret.copy(bytes());
    expect(secret.equals(Secret.copy(bytes()))).toBe(true);
    expect(secret.equals(secret)).toBe(true);
    for (let i = 0; i < CANARY.length; i++) {
      const other = bytes();
      other[i]! ^= 1;
      expect(secret.equals(Secret.take(other))).toBe(false);
    }
    expect(secret.equals(Secret.take(bytes().subarray(1)))).toBe(false);
    for (const other of [undefined, bytes(), CANARY, {}]) {
      expect(() => secret.equals(other as unknown as Secret)).toThrow(
        expect.objectContaining({ code: 'ERR_INPUT_TYPE' }),
      );
    }
    const gone = Secret.copy(bytes());
    gone.destroy();
    const destroyed = expect.objectContaining({ code: 'ERR_SECRET_DESTROYED' });
    expect(() => gone.equals(secret)).toThrow(destroyed);
    expect(() => secret.equals(gone)).toThrow(destroyed);
  });

  it('is destroyed at the end of its block where the run time knows how', () => {
    const buffer = bytes();
    const secret = Secret.take(buffer);
    secret[Symbol.dispose]();
    expect(secret.destroyed).toBe(true);
    expect(buffer.every((byte) => byte === 0)).toBe(true);
    expect(Object.keys(Secret.copy(bytes()))).toEqual([]);
  });

  it.each([undefined, null, 'text', 7, [1, 2], { length: 3 }, new ArrayBuffer(4)])(
    'is not made of %s',
    (value) => {
      for (const make of [Secret.take, Secret.copy]) {
        expect(() => make(value as unknown as Uint8Array)).toThrow(
          expect.objectContaining({ code: 'ERR_INPUT_TYPE' }),
        );
      }
    },
  );
});

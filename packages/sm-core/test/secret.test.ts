import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret, type SmError, toHex } from '../src/index.ts';

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

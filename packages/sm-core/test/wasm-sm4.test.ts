import { createDecipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../src/index.ts';
import { KAT_SM4_BLOCK, KAT_SM4_CBC, KAT_SM4_CTR, KAT_SM4_MILLION } from '../src/spec/v1/known-answers.ts';
import { naiveBlock, naiveRoundKeys } from './support/naive-sm4.ts';
import { seededBytes } from './support/seeded.ts';
import { code, openssl } from './support/sm4.ts';
import { areaOf, WASM_SM4 } from './support/wasm-sm4.ts';

const random = seededBytes('wasm-sm4');

/** OpenSSL, the other way round. */
function opensslOpen(mode: string, key: Uint8Array, iv: Uint8Array | null, data: Uint8Array): string {
  const decipher = createDecipheriv(`sm4-${mode}`, key, iv).setAutoPadding(false);
  return Buffer.concat([decipher.update(data), decipher.final()]).toString('hex');
}

/** What `run` leaves in its output, and in `state`. */
function outcome(
  state: Uint8Array,
  input: Uint8Array,
  run: (state: Uint8Array, input: Uint8Array, output: Uint8Array) => void,
): [output: string, state: string] {
  const moved = Uint8Array.from(state);
  const output = new Uint8Array(input.length);
  run(moved, input, output);
  return [toHex(output), toHex(moved)];
}

describe.each(WASM_SM4)('SM4 of the kernel: %s', (_name, { kernel, engine }) => {
  it('is that of the standard and of the draft', () => {
    const key = engine.sm4(fromHex(KAT_SM4_BLOCK.key));
    const out = new Uint8Array(16);
    key.encryptBlocks(fromHex(KAT_SM4_BLOCK.plaintext), out);
    expect(toHex(out)).toBe(KAT_SM4_BLOCK.ciphertext);
    key.decryptBlocks(out, out);
    expect(toHex(out)).toBe(KAT_SM4_BLOCK.plaintext);
    const iv = fromHex(KAT_SM4_CBC.iv);
    const [cbc] = outcome(iv, fromHex(KAT_SM4_CBC.plaintext), (...a) => key.cbcEncrypt(...a));
    expect(cbc).toBe(KAT_SM4_CBC.ciphertext);
    const [ctr] = outcome(fromHex(KAT_SM4_CTR.counter), fromHex(KAT_SM4_CTR.plaintext), (...a) =>
      key.ctr(...a),
    );
    expect(ctr).toBe(KAT_SM4_CTR.ciphertext);
  });

  it('encrypts the block of the standard a million times, as CBC of zeros', () => {
    const key = engine.sm4(fromHex(KAT_SM4_MILLION.key));
    const iv = fromHex(KAT_SM4_MILLION.plaintext);
    const zeros = new Uint8Array(16 * 10_000);
    const out = new Uint8Array(zeros.length);
    for (let n = 0; n < KAT_SM4_MILLION.iterations; n += 10_000) key.cbcEncrypt(iv, zeros, out);
    expect(toHex(iv)).toBe(KAT_SM4_MILLION.ciphertext);
  });

  it('takes every byte through the S-box of every path, in all four places', () => {
    const secret = random(16);
    const key = engine.sm4(secret);
    const roundKeys = naiveRoundKeys(secret);
    // The sum that enters the first S-box of block x is x in all four bytes.
    const blocks = new Uint8Array(16 * 256);
    const view = new DataView(blocks.buffer);
    for (let x = 0; x < 256; x++) view.setUint32(16 * x + 4, (roundKeys[0]! ^ (x * 0x01010101)) >>> 0);
    const wide = new Uint8Array(blocks.length);
    key.encryptBlocks(blocks, wide);
    for (let x = 0; x < 256; x++) {
      const block = blocks.subarray(16 * x, 16 * x + 16);
      const expected = toHex(naiveBlock(roundKeys, block));
      const narrow = new Uint8Array(16);
      key.encryptBlocks(block, narrow);
      expect(toHex(wide.subarray(16 * x, 16 * x + 16)), `wide, ${x}`).toBe(expected);
      expect(toHex(narrow), `narrow, ${x}`).toBe(expected);
      expect(outcome(new Uint8Array(16), block, (...a) => key.cbcEncrypt(...a))[0], `serial, ${x}`).toBe(
        expected,
      );
    }
  });

  it('takes every byte through the S-box of the key schedule', () => {
    for (let x = 0; x < 256; x++) {
      // K_1 ^ K_2 ^ K_3 ^ CK_0 is x in all four bytes.
      const secret = new Uint8Array(16);
      const view = new DataView(secret.buffer);
      view.setUint32(4, (0x56aa3350 ^ 0x677d9197 ^ 0xb27022dc ^ 0x00070e15 ^ (x * 0x01010101)) >>> 0);
      const out = new Uint8Array(16);
      engine.sm4(secret).encryptBlocks(secret, out);
      expect(toHex(out), `${x}`).toBe(toHex(naiveBlock(naiveRoundKeys(secret), secret)));
    }
  });

  it('equals OpenSSL in ECB and CBC for 0 to 40 blocks, both ways, with the iv moved on', () => {
    for (let blocks = 0; blocks <= 40; blocks++) {
      const [secret, iv, data] = [random(16), random(16), random(16 * blocks)];
      const key = engine.sm4(secret);
      const at = `${blocks} blocks`;
      const ecb = toHex(openssl('ecb', secret, null, data));
      expect(outcome(iv, data, (_s, i, o) => key.encryptBlocks(i, o))[0], at).toBe(ecb);
      expect(outcome(iv, data, (_s, i, o) => key.decryptBlocks(i, o))[0], at).toBe(
        opensslOpen('ecb', secret, null, data),
      );
      const cbc = toHex(openssl('cbc', secret, iv, data));
      const last = (text: string): string => (blocks === 0 ? toHex(iv) : text.slice(-32));
      expect(
        outcome(iv, data, (...a) => key.cbcEncrypt(...a)),
        at,
      ).toEqual([cbc, last(cbc)]);
      expect(
        outcome(iv, data, (...a) => key.cbcDecrypt(...a)),
        at,
      ).toEqual([opensslOpen('cbc', secret, iv, data), last(toHex(data))]);
    }
  });

  it('equals OpenSSL in CTR for 0 to 600 bytes, with the counter moved on by each block begun', () => {
    const secret = random(16);
    const key = engine.sm4(secret);
    for (let length = 0; length <= 600; length++) {
      const [counter, data] = [random(16), random(length)];
      const moved = (BigInt(`0x${toHex(counter)}`) + BigInt(Math.ceil(length / 16))) % (1n << 128n);
      expect(
        outcome(counter, data, (...a) => key.ctr(...a)),
        `${length} bytes`,
      ).toEqual([toHex(openssl('ctr', secret, counter, data)), moved.toString(16).padStart(32, '0')]);
    }
  });

  it.each([
    'ffffffffffffffffffffffffffffffff',
    'fffffffffffffffffffffffffffffff0',
    '00000000000000000000000000000000',
    '0123456789abcdefffffffffffffffff',
    '0123456789abcdef00000000fffffff7',
    'ffffffffffffffff00000000ffffffff',
    '000000000000000000000000ffffffee',
  ])('carries the counter %s on over all 128 bits', (hex) => {
    const secret = random(16);
    const key = engine.sm4(secret);
    const data = random(16 * 40);
    for (const length of [16, 32, 64, 144, 256, 272, 600, 640]) {
      const moved = (BigInt(`0x${hex}`) + BigInt(Math.ceil(length / 16))) % (1n << 128n);
      expect(
        outcome(fromHex(hex), data.subarray(0, length), (...a) => key.ctr(...a)),
        `${length} bytes`,
      ).toEqual([
        toHex(openssl('ctr', secret, fromHex(hex), data.subarray(0, length))),
        moved.toString(16).padStart(32, '0'),
      ]);
    }
  });

  it.each([32768, 32784, 65536, 100_000, 131_088])(
    'takes %i bytes in several turns through the module',
    (n) => {
      const [secret, iv, data] = [random(16), random(16), random(n)];
      const key = engine.sm4(secret);
      const whole = data.subarray(0, n & ~15);
      expect(outcome(iv, data, (...a) => key.ctr(...a))[0]).toBe(toHex(openssl('ctr', secret, iv, data)));
      expect(outcome(iv, whole, (...a) => key.cbcEncrypt(...a))[0]).toBe(
        toHex(openssl('cbc', secret, iv, whole)),
      );
      expect(outcome(iv, whole, (...a) => key.cbcDecrypt(...a))[0]).toBe(
        opensslOpen('cbc', secret, iv, whole),
      );
      expect(outcome(iv, whole, (_s, i, o) => key.encryptBlocks(i, o))[0]).toBe(
        toHex(openssl('ecb', secret, null, whole)),
      );
    },
  );

  it('works in place and in pieces as at once', () => {
    const key = engine.sm4(random(16));
    const [iv, data] = [random(16), random(16 * 150)];
    const modes = {
      ecb: (_s, i, o) => key.encryptBlocks(i, o),
      ecbOpen: (_s, i, o) => key.decryptBlocks(i, o),
      cbc: (...a) => key.cbcEncrypt(...a),
      cbcOpen: (...a) => key.cbcDecrypt(...a),
      ctr: (...a) => key.ctr(...a),
    } satisfies Record<string, Parameters<typeof outcome>[2]>;
    for (const [name, run] of Object.entries(modes)) {
      const expected = outcome(iv, data, run);
      const [buffer, state] = [Uint8Array.from(data), Uint8Array.from(iv)];
      run(state, buffer, buffer);
      expect([toHex(buffer), toHex(state)], `${name} in place`).toEqual(expected);
      for (let round = 0; round < 10; round++) {
        const [pieces, moved] = [new Uint8Array(data.length), Uint8Array.from(iv)];
        for (let at = 0; at < data.length; ) {
          const end = Math.min(data.length, at + 16 * (random(1)[0]! % 40));
          run(moved, data.subarray(at, end), pieces.subarray(at, end));
          at = end;
        }
        expect([toHex(pieces), toHex(moved)], `${name} in pieces`).toEqual(expected);
      }
    }
  });

  it('keeps two keys apart and leaves its input and the key of the caller alone', () => {
    const [secret, other, data] = [random(16), random(16), random(160)];
    const copies = [secret, other, data].map(toHex);
    const [one, two] = [engine.sm4(secret), engine.sm4Gcm(other)];
    for (const [key, mine] of [
      [one, secret],
      [two, other],
      [one, secret],
    ] as const) {
      const out = new Uint8Array(160);
      key.encryptBlocks(data, out);
      expect(toHex(out)).toBe(toHex(openssl('ecb', mine, null, data)));
    }
    expect([secret, other, data].map(toHex)).toEqual(copies);
  });

  it('takes views that begin anywhere', () => {
    const [secret, store] = [random(16), random(700)];
    const key = engine.sm4(secret);
    for (let at = 0; at < 20; at++) {
      const input = store.subarray(at, at + 16 * 20);
      const out = new Uint8Array(16 * 20 + 33).fill(0xa5);
      key.encryptBlocks(input, out.subarray(at, at + 16 * 20));
      expect(toHex(out.subarray(at, at + 16 * 20))).toBe(toHex(openssl('ecb', secret, null, input)));
      expect(out.filter((_, i) => i < at || i >= at + 320).every((byte) => byte === 0xa5)).toBe(true);
    }
  });

  it('leaves nothing in the exchange area, nor of it on the error path', () => {
    const key = engine.sm4(random(16));
    const clean = () => expect(areaOf(kernel).every((byte) => byte === 0)).toBe(true);
    clean();
    for (const length of [16, 64, 80, 144, 160, 256, 272, 1000 * 16, 70_000 * 16]) {
      const [data, out] = [new Uint8Array(length).fill(0x5a), new Uint8Array(length)];
      key.encryptBlocks(data, out);
      clean();
      key.decryptBlocks(data, out);
      clean();
      key.cbcEncrypt(random(16), data, out);
      clean();
      key.cbcDecrypt(random(16), data, out);
      clean();
      key.ctr(random(16), data.subarray(3), out.subarray(3));
      clean();
      expect(() => key.ctr(random(16), data, out.subarray(1))).toThrow(RangeError);
      clean();
    }
  });

  it('leaves all memory of the module as it was: no key, data or key stream on its stack either', () => {
    const work = () => {
      const key = engine.sm4Gcm(random(16));
      for (const length of [16, 80, 160, 592, 1600]) {
        const [data, out] = [random(length), new Uint8Array(length)];
        key.encryptBlocks(data, out);
        key.decryptBlocks(data, out);
        key.cbcEncrypt(random(16), data, out);
        key.cbcDecrypt(random(16), data, out);
        key.ctr(random(16), data, out);
        key.ghash(random(16), data);
        key.gcmEncrypt(random(16), random(16), data, out);
        key.gcmDecrypt(random(16), random(16), data, out);
      }
    };
    // The first run makes the public tables of the fast profile.
    work();
    const before = Buffer.from(kernel.memory);
    work();
    expect(Buffer.compare(kernel.memory, before)).toBe(0);
  });

  it('refuses every use after destroy, which may be said twice', () => {
    const [one, two] = [engine.sm4(random(16)), engine.sm4(random(16))];
    const bytes = new Uint8Array(32);
    one.destroy();
    one.destroy();
    for (const use of [
      () => one.encryptBlocks(bytes, bytes),
      () => one.decryptBlocks(bytes, bytes),
      () => one.cbcEncrypt(new Uint8Array(16), bytes, bytes),
      () => one.cbcDecrypt(new Uint8Array(16), bytes, bytes),
      () => one.ctr(new Uint8Array(16), bytes, bytes),
    ]) {
      expect(use).toThrow(code('ERR_SECRET_DESTROYED'));
    }
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect(() => two.encryptBlocks(bytes, bytes)).not.toThrow();
  });
});

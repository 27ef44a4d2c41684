import type { Sm4Key, SmEngine } from '../../../src/index.ts';
import { type BrokenEngine, broken, damage, good } from './base.ts';
import { BROKEN_SM4_GCM } from './sm4-gcm.ts';

/** The good key with some methods replaced. */
function sm4(change: (inner: Sm4Key, key: Uint8Array) => Partial<Sm4Key>): Partial<SmEngine> {
  return {
    sm4(key) {
      const inner = good.sm4(key);
      return {
        encryptBlocks: (input, output) => inner.encryptBlocks(input, output),
        decryptBlocks: (input, output) => inner.decryptBlocks(input, output),
        cbcEncrypt: (iv, input, output) => inner.cbcEncrypt(iv, input, output),
        cbcDecrypt: (iv, input, output) => inner.cbcDecrypt(iv, input, output),
        ctr: (counter, input, output) => inner.ctr(counter, input, output),
        destroy: () => inner.destroy(),
        ...change(inner, key),
      };
    },
  };
}

type Call = (state: Uint8Array, input: Uint8Array, output: Uint8Array) => void;

/** Each method of the key behind one function, with a state that the block methods do not have. */
function wrapped(wrap: (call: Call, inner: Sm4Key, key: Uint8Array) => Call): Partial<SmEngine> {
  return sm4((inner, key) => {
    const none = new Uint8Array(16);
    const encrypt = wrap((_, input, output) => inner.encryptBlocks(input, output), inner, key);
    const decrypt = wrap((_, input, output) => inner.decryptBlocks(input, output), inner, key);
    return {
      encryptBlocks: (input, output) => encrypt(none, input, output),
      decryptBlocks: (input, output) => decrypt(none, input, output),
      cbcEncrypt: wrap((iv, input, output) => inner.cbcEncrypt(iv, input, output), inner, key),
      cbcDecrypt: wrap((iv, input, output) => inner.cbcDecrypt(iv, input, output), inner, key),
      ctr: wrap((counter, input, output) => inner.ctr(counter, input, output), inner, key),
    };
  });
}

const each = (id: string): string[] => ['sm4.blocks', 'sm4.cbc', 'sm4.ctr'].map((name) => `${name}.${id}`);

/** CTR with a counter of `bytes` bytes. */
const shortCounter = (bytes: number): Partial<SmEngine> =>
  sm4((inner) => ({
    ctr(counter, input, output) {
      const stream = new Uint8Array(16);
      for (let at = 0; at < input.length; at += 16) {
        inner.encryptBlocks(counter, stream);
        for (let i = at; i < Math.min(at + 16, input.length); i++) output[i] = input[i]! ^ stream[i - at]!;
        for (let i = 15; i > 15 - bytes; i--) {
          counter[i] = counter[i]! + 1;
          if (counter[i] !== 0) break;
        }
      }
    },
  }));

let lastKey: Sm4Key | undefined;

/** Faults in SM4 and its modes. */
export const BROKEN_SM4: readonly BrokenEngine[] = [
  broken(
    'SM4 ignores the key',
    { sm4: () => good.sm4(new Uint8Array(16)) },
    'sm4.blocks.annex-a1-encrypts',
    'sm4.blocks.annex-a1-decrypts',
    'sm4.blocks.another-key-does-not-decrypt',
    'sm4.cbc.annex-a2-million',
    'sm4.cbc.annex-encrypts',
    'sm4.cbc.annex-decrypts',
    'sm4.ctr.annex',
    ...each('two-keys-do-not-mix'),
  ),
  broken(
    'one SM4 key for all',
    {
      sm4(key) {
        lastKey = good.sm4(key);
        return {
          encryptBlocks: (input, output) => lastKey!.encryptBlocks(input, output),
          decryptBlocks: (input, output) => lastKey!.decryptBlocks(input, output),
          cbcEncrypt: (iv, input, output) => lastKey!.cbcEncrypt(iv, input, output),
          cbcDecrypt: (iv, input, output) => lastKey!.cbcDecrypt(iv, input, output),
          ctr: (counter, input, output) => lastKey!.ctr(counter, input, output),
          destroy: () => lastKey!.destroy(),
        };
      },
    },
    ...each('two-keys-do-not-mix'),
  ),
  broken(
    'the key is expanded at each call, and there is no destroy',
    {
      sm4: (key) => ({
        encryptBlocks: (input, output) => good.sm4(key).encryptBlocks(input, output),
        decryptBlocks: (input, output) => good.sm4(key).decryptBlocks(input, output),
        cbcEncrypt: (iv, input, output) => good.sm4(key).cbcEncrypt(iv, input, output),
        cbcDecrypt: (iv, input, output) => good.sm4(key).cbcDecrypt(iv, input, output),
        ctr: (counter, input, output) => good.sm4(key).ctr(counter, input, output),
        destroy: () => undefined,
      }),
    },
    ...each('key-is-not-read-again'),
    ...each('gives-nothing-after-destroy'),
  ),
  broken(
    'destroyed keys refuse, but write first',
    wrapped((call) => (state, input, output) => {
      output.fill(1);
      call(state, input, output);
    }),
    ...each('gives-nothing-after-destroy'),
  ),
  broken(
    'the output is zeroed before the input is read',
    wrapped((call) => (state, input, output) => {
      output.fill(0);
      call(state, input, output);
    }),
    ...each('works-in-place'),
  ),
  broken(
    'inputs are damaged',
    wrapped((call) => (state, input, output) => {
      call(state, input, output);
      if (input !== output) damage(input);
    }),
    ...each('input-is-not-changed'),
  ),
  broken(
    'no bytes are taken for a block',
    sm4((inner) => ({
      encryptBlocks(input, output) {
        if (input.length === 0) throw new RangeError('no blocks');
        inner.encryptBlocks(input, output);
      },
      cbcEncrypt(iv, input, output) {
        inner.cbcEncrypt(iv, input, output);
        if (input.length === 0) inner.encryptBlocks(iv, iv);
      },
      ctr(counter, input, output) {
        inner.ctr(counter, input, output);
        if (input.length === 0) damage(counter);
      },
    })),
    ...each('nothing-of-no-bytes'),
  ),
  broken(
    'only groups of four blocks are right',
    sm4((inner) => ({
      encryptBlocks(input, output) {
        inner.encryptBlocks(input, output);
        if (input.length > 64) damage(output.subarray(input.length - (input.length % 64)));
      },
    })),
    'sm4.blocks.blocks-do-not-influence-each-other',
  ),
  broken(
    'data end at 64 KiB',
    wrapped((call) => (state, input, output) => {
      call(state, input.subarray(0, 65_536), output.subarray(0, 65_536));
    }),
    'sm4.blocks.long-data-are-not-cut',
    'sm4.cbc.pieces-are-not-another-message',
    'sm4.ctr.pieces-are-not-another-message',
  ),
  broken(
    'ECB under the name of CBC',
    sm4((inner) => ({
      cbcEncrypt: (_iv, input, output) => inner.encryptBlocks(input, output),
      cbcDecrypt: (_iv, input, output) => inner.decryptBlocks(input, output),
    })),
    'sm4.cbc.annex-a2-million',
    'sm4.cbc.annex-encrypts',
    'sm4.cbc.annex-decrypts',
    'sm4.cbc.equal-blocks-do-not-repeat',
    'sm4.cbc.another-iv-changes-the-first-block',
    'sm4.cbc.error-does-not-reach-beyond-the-next-block',
    'sm4.cbc.encryption-moves-the-iv-on',
    'sm4.cbc.decryption-moves-the-iv-on',
  ),
  broken(
    'the IV stays where it is',
    sm4((inner) => ({
      cbcEncrypt: (iv, input, output) => inner.cbcEncrypt(Uint8Array.from(iv), input, output),
      cbcDecrypt: (iv, input, output) => inner.cbcDecrypt(Uint8Array.from(iv), input, output),
      ctr: (counter, input, output) => inner.ctr(Uint8Array.from(counter), input, output),
    })),
    'sm4.cbc.annex-a2-million',
    'sm4.cbc.encryption-moves-the-iv-on',
    'sm4.cbc.decryption-moves-the-iv-on',
    'sm4.cbc.pieces-are-not-another-message',
    'sm4.ctr.counter-moves-on',
    'sm4.ctr.pieces-are-not-another-message',
  ),
  broken(
    'the IV is read from the output, which may be on top of the input',
    sm4((inner) => ({
      cbcDecrypt(iv, input, output) {
        inner.cbcDecrypt(iv, input, output);
        if (input.length > 0) iv.set(input.subarray(input.length - 16));
      },
    })),
    'sm4.cbc.decryption-moves-the-iv-on',
  ),
  broken(
    'CBC loses what does not fill a group of sixteen blocks',
    sm4((inner) => ({
      cbcDecrypt(iv, input, output) {
        const end = input.length > 256 ? input.length & -256 : input.length;
        inner.cbcDecrypt(iv, input.subarray(0, end), output.subarray(0, end));
      },
    })),
    'sm4.cbc.every-length-is-not-lost',
  ),
  broken(
    'the counter has 32 bits',
    shortCounter(4),
    'sm4.ctr.wraps-not-before-128-bits',
    'sm4.ctr.carry-does-not-end-at-32-bits',
    'sm4.ctr.carry-does-not-end-at-64-bits',
    'sm4.ctr.carry-does-not-end-at-96-bits',
  ),
  broken(
    'the counter has 64 bits',
    shortCounter(8),
    'sm4.ctr.wraps-not-before-128-bits',
    'sm4.ctr.carry-does-not-end-at-64-bits',
    'sm4.ctr.carry-does-not-end-at-96-bits',
  ),
  broken(
    'the counter has 96 bits',
    shortCounter(12),
    'sm4.ctr.wraps-not-before-128-bits',
    'sm4.ctr.carry-does-not-end-at-96-bits',
  ),
  broken(
    'the counter does not count, and a short last block is filled with zeros',
    sm4((inner) => ({
      ctr(counter, input, output) {
        const stream = new Uint8Array(16);
        inner.encryptBlocks(counter, stream);
        for (let i = 0; i < (input.length & -16); i++) output[i] = input[i]! ^ stream[i % 16]!;
      },
    })),
    'sm4.ctr.annex',
    'sm4.ctr.short-last-block-is-not-filled',
    'sm4.ctr.no-block-of-the-stream-repeats',
    'sm4.ctr.counter-moves-on',
  ),
  ...BROKEN_SM4_GCM,
];

import { concatBytes, type Sm2PreparedPrivateKey, type SmEngine } from '../../../src/index.ts';
import { naiveSign } from '../naive-sm2.ts';
import { type BrokenEngine, broken, damage, good } from './base.ts';

const constantSource = { fill: (out: Uint8Array) => void out.fill(0x11) };

/** One fault in both ways to sign; `names` are the last parts of the ids that must find it. */
function signing(
  fault: string,
  sign: SmEngine['sm2SignDigest'],
  ...names: readonly string[]
): readonly BrokenEngine[] {
  const prepare = (d: Uint8Array): Sm2PreparedPrivateKey => {
    const key = Uint8Array.from(d);
    return { signDigest: (e, random) => sign(Uint8Array.from(key), e, random), destroy: () => undefined };
  };
  return [
    broken(fault, { sm2SignDigest: sign }, ...names.map((name) => `sm2.sign.${name}`)),
    broken(
      `${fault}, key prepared`,
      { sm2PreparePrivate: prepare },
      ...names.map((name) => `sm2.prepared-private.${name}`),
    ),
  ];
}

let lastKey: Sm2PreparedPrivateKey | undefined;
let lastSignature: Uint8Array | undefined;
const prepared = (name: string): string => `sm2.prepared-private.${name}`;

/** Faults in SM2 signing. */
export const BROKEN_SM2_SIGN: readonly BrokenEngine[] = [
  ...signing(
    'the nonce k is a constant',
    (d, e) => good.sm2SignDigest(d, e, constantSource),
    'never-repeats-a-nonce',
    'nonce-is-the-given-one',
    'annex-a2',
    'passes-on-a-failed-source',
  ),
  ...signing(
    'signing without the checks of A3, A5 and A6',
    naiveSign,
    'skips-nonce-zero',
    'skips-nonce-n',
    'skips-nonce-above-n',
    'draws-again-when-r-is-zero',
    'draws-again-when-r-plus-k-is-n',
    'draws-again-when-s-is-zero',
  ),
  ...signing(
    'signatures with r and s swapped, inputs damaged',
    (d, e, random) => {
      const signature = good.sm2SignDigest(d, e, random);
      damage(d, e);
      return concatBytes(signature.subarray(32), signature.subarray(0, 32));
    },
    'annex-key',
    'smallest-private-key',
    'largest-private-key',
    'e-zero',
    'e-above-n',
    'inputs-are-not-changed',
  ),
  broken(
    'a prepared key is a view of the bytes of the caller',
    {
      sm2PreparePrivate: (d) => ({
        signDigest: (e, random) => good.sm2SignDigest(d, e, random),
        destroy: () => undefined,
      }),
    },
    prepared('key-is-not-read-again'),
    prepared('signs-nothing-after-destroy'),
  ),
  broken(
    'one prepared key for all',
    {
      sm2PreparePrivate(d) {
        lastKey = good.sm2PreparePrivate(d);
        return {
          signDigest: (e, random) => lastKey!.signDigest(e, random),
          destroy: () => lastKey!.destroy(),
        };
      },
    },
    prepared('two-keys-do-not-mix'),
  ),
  broken(
    'a prepared key keeps its first nonce',
    {
      sm2PreparePrivate(d) {
        const inner = good.sm2PreparePrivate(d);
        const k = new Uint8Array(32);
        return {
          signDigest(e, random) {
            if (k.every((byte) => byte === 0)) random.fill(k);
            return inner.signDigest(e, { fill: (out) => out.set(k) });
          },
          destroy: () => inner.destroy(),
        };
      },
    },
    prepared('signs-again-with-other-nonces'),
  ),
  broken(
    'a prepared key gives its last signature again once it is destroyed',
    {
      sm2PreparePrivate(d) {
        const inner = good.sm2PreparePrivate(d);
        return {
          signDigest(e, random) {
            try {
              lastSignature = inner.signDigest(e, random);
            } catch (error) {
              if (lastSignature === undefined) throw error;
            }
            return lastSignature;
          },
          destroy: () => inner.destroy(),
        };
      },
    },
    prepared('signs-nothing-after-destroy'),
  ),
  broken(
    'destroying a prepared key twice fails without the code',
    {
      sm2PreparePrivate(d) {
        let inner: Sm2PreparedPrivateKey | undefined = good.sm2PreparePrivate(d);
        return {
          signDigest: (e, random) => inner!.signDigest(e, random),
          destroy: () => {
            inner!.destroy();
            inner = undefined;
          },
        };
      },
    },
    prepared('signs-nothing-after-destroy'),
  ),
];

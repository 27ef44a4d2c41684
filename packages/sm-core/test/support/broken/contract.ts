import type { EngineCapability, Sm4Key, SmEngine } from '../../../src/index.ts';
import { type BrokenEngine, broken, good } from './base.ts';

const without = (...missing: readonly EngineCapability[]): ReadonlySet<EngineCapability> =>
  new Set([...good.capabilities].filter((item) => !missing.includes(item)));

/** An SM4 key that does `change` in place of what the good one does. */
function sm4(change: (inner: Sm4Key) => Partial<Sm4Key>): Partial<SmEngine> {
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
        ...change(inner),
      };
    },
  };
}

let lastDigest: Uint8Array = new Uint8Array(0);
const memory = new Uint8Array(200);
const digests = new Map<string, Uint8Array>();
let lastE: Uint8Array = new Uint8Array(32);
let lastMessage: Uint8Array = new Uint8Array(1);
let busy = false;

/** Faults in what an engine says of itself, and in how its calls go together. */
export const BROKEN_CONTRACT: readonly BrokenEngine[] = [
  broken('another version of the interface', { specVersion: '2' as '1' }, 'engine.names-its-version'),
  broken(
    'a capability that version 1 does not have',
    { capabilities: new Set([...good.capabilities, 'sm9' as EngineCapability]) },
    'engine.declares-nothing-unknown',
  ),
  broken(
    'no profile',
    { profile: undefined as unknown as SmEngine['profile'] },
    'engine.tells-how-it-computes',
  ),
  broken(
    'constant-time at what it does not do',
    {
      capabilities: without('zuc'),
      profile: { path: 'javascript', constantTime: new Set<EngineCapability>(['zuc']) },
    },
    'engine.tells-how-it-computes',
  ),
  ...[...good.capabilities]
    .filter((item) => item !== 'hmac-sm3' && item !== 'sm2.random')
    .map((capability) =>
      broken(
        `computes ${capability} without declaring it`,
        { capabilities: without(capability) },
        'engine.refuses-by-name-what-it-lacks',
      ),
    ),
  broken(
    'refuses without the code',
    {
      capabilities: without('sm2.keygen'),
      sm2PublicKey() {
        throw new TypeError('not a function');
      },
    },
    'engine.refuses-by-name-what-it-lacks',
  ),
  broken(
    'a digest goes on from the one before',
    {
      sm3Digest(...parts) {
        const digest = good.sm3Digest(lastDigest, ...parts);
        lastDigest = digest;
        return digest;
      },
    },
    'engine.same-call-gives-the-same',
  ),
  broken(
    'results are views of the memory of the engine',
    {
      sm2PublicKey(d) {
        memory.set(good.sm2PublicKey(d));
        return memory.subarray(0, 65);
      },
    },
    'engine.results-do-not-change-later',
  ),
  broken(
    'a result is kept and handed out again',
    {
      sm3Digest(...parts) {
        const id = parts.map((part) => part.join()).join(' ');
        const digest = digests.get(id) ?? good.sm3Digest(...parts);
        digests.set(id, digest);
        return digest;
      },
    },
    'engine.results-belong-to-the-caller',
  ),
  broken(
    'results are Buffers',
    { sm3Digest: (...parts) => Buffer.from(good.sm3Digest(...parts)) },
    'engine.results-belong-to-the-caller',
  ),
  broken(
    'reads from the begin of the memory of an input',
    { sm2PublicKey: (d) => good.sm2PublicKey(new Uint8Array(d.buffer, 0, d.length)) },
    'engine.takes-inputs-at-any-offset',
  ),
  broken(
    'writes beside the output',
    sm4((inner) => ({
      ctr(counter, input, output) {
        inner.ctr(counter, input, output);
        const room = new Uint8Array(output.buffer);
        const end = output.byteOffset + output.length;
        if (end < room.length) room[end] = 0;
      },
    })),
    'engine.takes-inputs-at-any-offset',
  ),
  broken(
    'copies with slice, which does not always copy',
    {
      sm2PublicKey(d) {
        const copy = d.slice();
        copy[0]! ^= 1;
        return good.sm2PublicKey(d);
      },
    },
    'engine.takes-arrays-of-a-subclass',
  ),
  broken(
    'results are of the class of an input',
    {
      sm2Multiply(d, point) {
        const out = point.slice();
        const product = good.sm2Multiply(d, Uint8Array.from(point));
        return out.map((_byte, i) => product[i]!);
      },
    },
    'engine.takes-arrays-of-a-subclass',
  ),
  broken(
    'what is to be signed lies in memory of the engine while it draws',
    {
      sm2SignDigest(d, e, random) {
        lastE = e;
        const k = new Uint8Array(32);
        random.fill(k);
        return good.sm2SignDigest(d, lastE, { fill: (out) => out.set(k) });
      },
      sm2PreparePrivate(d) {
        const inner = good.sm2PreparePrivate(d);
        return {
          signDigest(e, random) {
            lastE = e;
            const k = new Uint8Array(32);
            random.fill(k);
            return inner.signDigest(lastE, { fill: (out) => out.set(k) });
          },
          destroy: () => inner.destroy(),
        };
      },
      sm2Encrypt(publicKey, message, random) {
        lastMessage = message;
        const k = new Uint8Array(32);
        random.fill(k);
        return good.sm2Encrypt(publicKey, lastMessage, { fill: (out) => out.set(k) });
      },
    },
    'engine.signs-undisturbed-by-its-random-source',
    'engine.encrypts-undisturbed-by-its-random-source',
    'engine.prepared-key-signs-undisturbed-by-its-random-source',
  ),
  broken(
    'one call at a time, and a failed one never ends',
    {
      sm2SignDigest(d, e, random) {
        if (busy) throw new Error('busy');
        busy = true;
        const signature = good.sm2SignDigest(d, e, random);
        busy = false;
        return signature;
      },
    },
    'engine.works-again-after-a-failed-source',
  ),
  broken(
    'a failed source is replaced in silence',
    {
      sm2SignDigest(d, e, random) {
        try {
          return good.sm2SignDigest(d, e, random);
        } catch {
          return good.sm2SignDigest(d, e, { fill: (out) => out.fill(1) });
        }
      },
    },
    'engine.works-again-after-a-failed-source',
  ),
];

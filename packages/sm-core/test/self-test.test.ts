import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import { smCryptoEngine } from '../src/adapters/sm-crypto.ts';
import { wasmEngine } from '../src/adapters/wasm.ts';
import { type EngineCapability, type SmEngine, selfTest } from '../src/index.ts';
import { ENGINE_CAPABILITIES } from '../src/internal/capability.ts';
import { stackEngines } from '../src/stack-engines.ts';

/** Every capability there is, from whoever has it. */
const whole: SmEngine = stackEngines(wasmEngine, nobleEngine);
const TESTED = ENGINE_CAPABILITIES.filter((capability) => capability !== 'sm2.random');

const failed = (test: string) =>
  expect.objectContaining({
    code: 'ERR_SELF_TEST_FAILED',
    detail: `engine=${whole.name} test=${test}`,
  });

const changed = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 5 ? byte ^ 0x20 : byte));

/** An SM4 key with other methods. */
const key = <K extends object>(inner: K, change: Partial<K>): K =>
  new Proxy(inner, {
    get: (target, name) => {
      const own = change[name as keyof K] ?? target[name as keyof K];
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });

const sm4 = (change: (inner: ReturnType<SmEngine['sm4']>) => Partial<ReturnType<SmEngine['sm4']>>) => ({
  sm4: (bytes: Uint8Array) => {
    const inner = whole.sm4(bytes);
    return key(inner, change(inner));
  },
});

const gcm = (
  change: (inner: ReturnType<SmEngine['sm4Gcm']>) => Partial<ReturnType<SmEngine['sm4Gcm']>>,
): Partial<SmEngine> => ({
  sm4Gcm: (bytes: Uint8Array) => {
    const inner = whole.sm4Gcm(bytes);
    return key(inner, change(inner));
  },
});

type Fault = readonly [EngineCapability, string, Partial<SmEngine>];

const FAULTS: readonly Fault[] = [
  ['sm3', 'wrong when streamed', { sm3: () => whole.sm3().update(Uint8Array.of(1)) }],
  ['sm3', 'wrong at once', { sm3Digest: (...parts) => changed(whole.sm3Digest(...parts)) }],
  ['sm3', 'forgets all parts but the first', { sm3Digest: (first) => whole.sm3Digest(first!) }],
  [
    'sm3.many',
    'wrong in the fifth lane',
    {
      sm3Many: (list) => whole.sm3Many(list).map((digest, i) => (i === 4 ? changed(digest) : digest)),
    },
  ],
  ['sm3.many', 'loses one', { sm3Many: (list) => whole.sm3Many(list).slice(1) }],
  [
    'hmac-sm3',
    'wrong beyond one block',
    {
      sm3: () => {
        const inner = whole.sm3();
        let length = 0;
        const hash: ReturnType<SmEngine['sm3']> = {
          update(data) {
            length += data.length;
            inner.update(data);
            return hash;
          },
          clone: () => whole.sm3().update(new TextEncoder().encode('x')),
          digest: () => (length > 64 ? changed(inner.digest()) : inner.digest()),
        };
        return hash;
      },
      sm3Digest: (...parts) => {
        const digest = whole.sm3Digest(...parts);
        return parts.reduce((sum, part) => sum + part.length, 0) > 64 ? changed(digest) : digest;
      },
      capabilities: new Set<EngineCapability>(['hmac-sm3']),
    },
  ],
  [
    'zuc',
    'stuck on one word',
    {
      zuc: (k, iv) => ({ words: (out) => whole.zuc(k, iv).words(out), destroy: () => undefined }),
    },
  ],
  ['zuc', 'wrong', { zuc: (k, iv) => whole.zuc(changed(k), iv) }],
  ['sm2.keygen', 'wrong', { sm2PublicKey: (d) => whole.sm2PublicKey(changed(d)) }],
  ['sm2.sign', 'zero', { sm2SignDigest: () => new Uint8Array(64) }],
  [
    'sm2.sign',
    'signs another digest',
    { sm2SignDigest: (d, e, random) => whole.sm2SignDigest(d, changed(e), random) },
  ],
  [
    'sm2.sign',
    'brings a nonce of its own',
    {
      sm2SignDigest: (d, e) => whole.sm2SignDigest(d, e, { fill: (out) => void out.fill(7) }),
    },
  ],
  [
    'sm2.sign',
    'draws for ever',
    {
      sm2SignDigest: (d, e, random) => {
        random.fill(new Uint8Array(32));
        return whole.sm2SignDigest(d, e, random);
      },
    },
  ],
  ['sm2.verify', 'accepts all', { sm2VerifyDigest: () => true }],
  ['sm2.verify', 'accepts nothing', { sm2VerifyDigest: () => false }],
  [
    'sm2.verify',
    'ignores the digest',
    {
      sm2VerifyDigest: (pub, _e, signature) => signature[63] === 0xaa && pub[0] === 4,
    },
  ],
  ['sm2.verify', 'takes any point', { sm2IsPublicKey: () => true }],
  ['sm2.verify', 'takes no point', { sm2IsPublicKey: () => false }],
  ['sm2.encrypt', 'zero', { sm2Encrypt: () => new Uint8Array(116) }],
  ['sm2.decrypt', 'gives nothing', { sm2Decrypt: () => undefined }],
  ['sm2.decrypt', 'ignores C3', { sm2Decrypt: () => new TextEncoder().encode('encryption standard') }],
  [
    'sm2.decrypt',
    'wrong',
    {
      sm2Decrypt: (d, c) => {
        const m = whole.sm2Decrypt(d, c);
        return m && changed(m);
      },
    },
  ],
  ['sm2.multiply', 'wrong', { sm2Multiply: (d, point) => changed(whole.sm2Multiply(d, point)) }],
  ['sm2.multiply', 'by the base point', { sm2Multiply: (d) => whole.sm2PublicKey(d) }],
  ['sm2.exchange', 'infinity', { sm2ExchangePoint: () => undefined }],
  [
    'sm2.exchange',
    'forgets the ephemeral key',
    {
      sm2ExchangePoint: (input) => whole.sm2Multiply(input.privateKey, input.peerPublicKey),
    },
  ],
  [
    'sm2.decompress',
    'always the even y',
    {
      sm2Decompress: (c) => whole.sm2Decompress(Uint8Array.from(c, (byte, i) => (i === 0 ? 2 : byte))),
    },
  ],
  [
    'sm2.decompress',
    'finds a point where there is none',
    {
      sm2Decompress: (c) => whole.sm2Decompress(c) ?? new Uint8Array(65),
    },
  ],
  [
    'sm2.prepared-private',
    'wrong',
    {
      sm2PreparePrivate: (d) => {
        const inner = whole.sm2PreparePrivate(d);
        return {
          signDigest: (e, random) => changed(inner.signDigest(e, random)),
          destroy: () => inner.destroy(),
        };
      },
    },
  ],
  [
    'sm2.prepared-private',
    'signs on after its end',
    {
      sm2PreparePrivate: (d) => {
        const inner = whole.sm2PreparePrivate(d);
        return { signDigest: (e, random) => inner.signDigest(e, random), destroy: () => undefined };
      },
    },
  ],
  ['sm2.prepared-public', 'accepts all', { sm2PreparePublic: () => ({ verifyDigest: () => true }) }],
  ['sm2.prepared-public', 'accepts nothing', { sm2PreparePublic: () => ({ verifyDigest: () => false }) }],
  ['sm4.blocks', 'copies', sm4(() => ({ encryptBlocks: (input, output) => output.set(input) }))],
  [
    'sm4.blocks',
    'decrypts the other way',
    sm4((inner) => ({
      decryptBlocks: (input, output) => inner.encryptBlocks(input, output),
    })),
  ],
  [
    'sm4.blocks',
    'wrong in the last of many blocks',
    sm4((inner) => ({
      encryptBlocks: (input, output) => {
        inner.encryptBlocks(input, output);
        if (input.length > 256) output[270]! ^= 1;
      },
    })),
  ],
  ['sm4.blocks', 'lives on after its end', sm4(() => ({ destroy: () => undefined }))],
  [
    'sm4.cbc',
    'does not chain',
    sm4((inner) => ({
      cbcEncrypt: (_iv, input, output) => inner.encryptBlocks(input, output),
    })),
  ],
  [
    'sm4.cbc',
    'keeps the IV',
    sm4((inner) => ({
      cbcDecrypt: (iv, input, output) => inner.cbcDecrypt(Uint8Array.from(iv), input, output),
    })),
  ],
  [
    'sm4.ctr',
    'keeps the counter',
    sm4((inner) => ({
      ctr: (counter, input, output) => inner.ctr(Uint8Array.from(counter), input, output),
    })),
  ],
  [
    'sm4.gcm',
    'has no key',
    {
      sm4Gcm: () => {
        throw new Error('no key schedule');
      },
    },
  ],
  [
    'sm4.gcm',
    'authenticates nothing',
    gcm((inner) => ({
      gcmEncrypt: (counter, _y, input, output) =>
        inner.gcmEncrypt(counter, new Uint8Array(16), input, output),
    })),
  ],
  [
    'sm4.gcm',
    'authenticates the plaintext',
    gcm((inner) => ({
      gcmDecrypt: (counter, y, input, output) => inner.gcmEncrypt(counter, y, input, output),
    })),
  ],
  ['sm4.gcm', 'ignores associated data', gcm(() => ({ ghash: () => undefined }))],
];

describe('self-test', () => {
  it('passes on every algorithm there is [part of EDGE-012]', () => {
    const report = selfTest(whole);
    expect(report.skipped).toEqual([]);
    expect(new Set(report.passed)).toEqual(new Set(TESTED));
  });

  it.each([
    ['the default engine', undefined],
    ['noble', nobleEngine],
    ['wasm', wasmEngine],
  ] as const)('passes on %s and names what it left out [part of EDGE-012]', (_name, engine) => {
    const report = selfTest(engine);
    expect([...report.passed, ...report.skipped].sort()).toEqual([...TESTED].sort());
    const declared = engine?.capabilities;
    if (declared !== undefined) expect(report.passed.every((id) => declared.has(id))).toBe(true);
  });

  it('passes on sm-crypto, which lacks most [part of EDGE-012]', () => {
    const report = selfTest(smCryptoEngine);
    expect(report.engine).toBe('sm-crypto');
    expect(report.skipped).toContain('sm4.gcm');
    expect(report.passed).toContain('sm2.verify');
  });

  it.each(FAULTS)('fails by name: %s, %s [part of EDGE-012]', (test, _fault, change) => {
    expect(() => selfTest({ ...whole, ...change })).toThrow(failed(test));
  });

  it('has a planted fault for every capability [part of EDGE-012]', () => {
    expect([...new Set(FAULTS.map(([test]) => test))].sort()).toEqual([...TESTED].sort());
  });

  it('tests nothing that is not declared', () => {
    const none = { ...whole, capabilities: new Set<never>() };
    expect(selfTest(none).passed).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import { runSuite, smEngineSuite } from '../src/conformance/index.ts';
import { type EngineCapability, type SmEngine, SmError, toHex } from '../src/index.ts';
import { encode, fromBig, G, mod, multiply, N } from './support/affine.ts';
import { seededBytes, TEST_SEED } from './support/seeded.ts';
import { nonces, occurs, SUBJECTS } from './support/wasm-sm2.ts';

const CAPABILITIES: readonly EngineCapability[] = [
  'sm3',
  'sm2.keygen',
  'sm2.sign',
  'sm2.verify',
  'sm2.encrypt',
  'sm2.decrypt',
  'sm2.random',
  'sm2.multiply',
  'sm2.exchange',
  'sm2.decompress',
  'sm2.prepared-private',
  'sm2.prepared-public',
];
const CASES = smEngineSuite.cases.filter(({ id }) => id.startsWith('sm2.'));

const D = 0x3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8n;
const PUBLIC = encode(multiply(G, D));
const E = fromBig(0xf0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640n);
const K = 0x59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21n;

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return error instanceof SmError ? error.code : String(error);
  }
  return 'no error';
};

describe.each(SUBJECTS)('SM2 on the kernel (%s)', (_name, { kernel, sm2 }) => {
  const engine: SmEngine = {
    specVersion: '1',
    name: 'kernel-sm2',
    capabilities: new Set(CAPABILITIES),
    profile: { path: kernel.path, constantTime: new Set() },
    sm3: () => nobleEngine.sm3(),
    sm3Digest: (...parts) => nobleEngine.sm3Digest(...parts),
    sm3Many: () => expect.fail('not used'),
    sm4: () => expect.fail('not used'),
    sm4Gcm: () => expect.fail('not used'),
    zuc: () => expect.fail('not used'),
    ...sm2,
  };

  it('passes the SM2 cases of the engine suite, annexes among them [part of EDGE-010]', async () => {
    const under = { name: engine.name, subject: engine, capabilities: CAPABILITIES };
    const report = await runSuite({ ...smEngineSuite, cases: CASES }, under, { seed: TEST_SEED });
    expect(report.results.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
    expect(report.passed).toBeGreaterThanOrEqual(90);
  });

  it('draws 64 times and then calls the source broken', () => {
    for (const value of [0n, N, (1n << 256n) - 1n]) {
      let draws = 0;
      const stuck = {
        fill(out: Uint8Array) {
          draws++;
          out.set(fromBig(value));
        },
      };
      expect(codeOf(() => sm2.sm2SignDigest(fromBig(D), E, stuck))).toBe('ERR_RANDOM_UNHEALTHY');
      expect(codeOf(() => sm2.sm2Encrypt(PUBLIC, E, stuck))).toBe('ERR_RANDOM_UNHEALTHY');
      expect(draws).toBe(128);
    }
  });

  it('passes on what the source throws, and zeroes the nonce buffer', () => {
    const seen: Uint8Array[] = [];
    const failing = {
      fill(out: Uint8Array) {
        seen.push(out);
        out.fill(7);
        throw new Error('source failed');
      },
    };
    expect(() => sm2.sm2SignDigest(fromBig(D), E, failing)).toThrow('source failed');
    expect(() => sm2.sm2Encrypt(PUBLIC, E, failing)).toThrow('source failed');
    expect(seen.map((bytes) => bytes.every((byte) => byte === 0))).toEqual([true, true]);
  });

  it('is not disturbed by a source that calls the engine', () => {
    const inner: string[] = [];
    const busy = {
      fill(out: Uint8Array) {
        inner.push(toHex(sm2.sm2PublicKey(fromBig(5n))));
        sm2.sm2VerifyDigest(PUBLIC, E, new Uint8Array(64).fill(1));
        out.set(fromBig(K));
      },
    };
    const expected = sm2.sm2SignDigest(fromBig(D), E, nonces(K));
    expect(sm2.sm2SignDigest(fromBig(D), E, busy)).toEqual(expected);
    expect(sm2.sm2PreparePrivate(fromBig(D)).signDigest(E, busy)).toEqual(expected);
    expect(sm2.sm2Encrypt(PUBLIC, E, busy)).toEqual(nobleEngine.sm2Encrypt(PUBLIC, E, nonces(K)));
    expect(inner).toEqual(Array(3).fill(toHex(encode(multiply(G, 5n)))));
  });

  it('refuses d = n-1 for signing and points that are none', () => {
    expect(codeOf(() => sm2.sm2PreparePrivate(fromBig(N - 1n)))).toBe('ERR_SM2_PRIVATE_KEY_INVALID');
    expect(codeOf(() => sm2.sm2SignDigest(fromBig(N - 1n), E, nonces(K)))).toBe(
      'ERR_SM2_PRIVATE_KEY_INVALID',
    );
    const off = Uint8Array.from(PUBLIC);
    off[64]! ^= 1;
    const hybrid = Uint8Array.from(PUBLIC);
    hybrid[0] = 6;
    for (const bad of [off, hybrid, PUBLIC.subarray(1), PUBLIC.subarray(0, 64), new Uint8Array(65)]) {
      const other = { privateKey: fromBig(D), ephemeralPrivateKey: fromBig(K), ephemeralPublicKey: PUBLIC };
      const runs = [
        () => sm2.sm2PreparePublic(bad),
        () => sm2.sm2Multiply(fromBig(D), bad),
        () => sm2.sm2Encrypt(bad, E, nonces(K)),
        () => sm2.sm2ExchangePoint({ ...other, peerPublicKey: bad, peerEphemeralPublicKey: PUBLIC }),
        () => sm2.sm2ExchangePoint({ ...other, peerPublicKey: PUBLIC, peerEphemeralPublicKey: bad }),
      ];
      expect(runs.map(codeOf)).toEqual(runs.map(() => 'ERR_SM2_PUBLIC_KEY_INVALID'));
      expect(sm2.sm2VerifyDigest(bad, E, sm2.sm2SignDigest(fromBig(D), E, nonces(K)))).toBe(false);
    }
  });

  it('signs with a prepared key as without, until the key is destroyed', () => {
    const key = sm2.sm2PreparePrivate(fromBig(D));
    expect(key.signDigest(E, nonces(K))).toEqual(nobleEngine.sm2SignDigest(fromBig(D), E, nonces(K)));
    const destroying = {
      fill(out: Uint8Array) {
        out.set(fromBig(K));
        key.destroy();
      },
    };
    expect(codeOf(() => key.signDigest(E, destroying))).toBe('ERR_SECRET_DESTROYED');
    expect(codeOf(() => key.signDigest(E, nonces(K)))).toBe('ERR_SECRET_DESTROYED');
    key.destroy();
  });

  it('keeps more prepared public keys apart than it has slots for', () => {
    const keys = Array.from({ length: 7 }, (_, i) => {
      const d = fromBig(BigInt(i + 1) * 0x1234567n);
      const signature = sm2.sm2SignDigest(d, E, nonces(K + BigInt(i)));
      return { key: sm2.sm2PreparePublic(sm2.sm2PublicKey(d)), signature };
    });
    // Keys hot and cold in turns: each takes its own signature and no other.
    for (const at of [0, 1, 2, 3, 4, 5, 6, 0, 0, 6, 1, 1, 0, 5, 2, 0, 3, 4]) {
      const accepted = keys.map(({ signature }) => keys[at]!.key.verifyDigest(E, signature));
      expect(accepted).toEqual(keys.map((_, i) => i === at));
    }
    expect(keys[0]!.key.verifyDigest(E, keys[0]!.signature.subarray(1))).toBe(false);
  });

  it('leaves nothing secret in the memory of the module', () => {
    const bytes = seededBytes('wasm-sm2 memory');
    const d = bytes(32).fill(1, 0, 1);
    const k = bytes(32).fill(2, 0, 1);
    const source = { fill: (out: Uint8Array) => void out.set(k) };
    const message = bytes(200);
    const point = sm2.sm2PublicKey(fromBig(77n));
    const prepared = sm2.sm2PreparePrivate(d);
    const ciphertext = sm2.sm2Encrypt(point, message, source);
    const shared = sm2.sm2Multiply(k, point);
    const opened = sm2.sm2Decrypt(fromBig(77n), ciphertext);
    prepared.signDigest(E, source);
    sm2.sm2SignDigest(d, E, source);
    sm2.sm2ExchangePoint({
      privateKey: d,
      ephemeralPrivateKey: k,
      ephemeralPublicKey: sm2.sm2PublicKey(k),
      peerPublicKey: point,
      peerEphemeralPublicKey: PUBLIC,
    });
    expect(opened).toEqual(message);
    kernel.memory.set(d, kernel.io + 999); // the search finds what is there
    expect(occurs(kernel.memory, d)).toBe(true);
    kernel.memory.fill(0, kernel.io + 999, kernel.io + 1031);
    const secrets = { d, k, message, x2: shared.subarray(1, 33), y2: shared.subarray(33) };
    for (const [name, secret] of Object.entries(secrets))
      expect(occurs(kernel.memory, secret), `${name} is still there`).toBe(false);
    expect(kernel.memory.subarray(kernel.io, kernel.io + 72 * 1024).every((byte) => byte === 0)).toBe(true);
    expect(kernel.memory.subarray(16, 24 * 1024).every((byte) => byte === 0)).toBe(true);
  });

  it('encrypts and decrypts messages longer than the exchange area as the reference does', () => {
    const bytes = seededBytes('wasm-sm2 long');
    for (const length of [1, 31, 32, 33, 1000, 32767, 32768, 32769]) {
      const message = bytes(length);
      const ciphertext = sm2.sm2Encrypt(PUBLIC, message, nonces(K));
      if (length < 1001 || length === 32769)
        expect(ciphertext).toEqual(nobleEngine.sm2Encrypt(PUBLIC, message, nonces(K)));
      expect(sm2.sm2Decrypt(fromBig(D), ciphertext)).toEqual(message);
      ciphertext[length + 96]! ^= 1;
      expect(sm2.sm2Decrypt(fromBig(D), ciphertext)).toBeUndefined();
    }
  });

  it('gives new arrays that are plain Uint8Array also for Buffer arguments', () => {
    const d = Buffer.from(fromBig(mod(D, N)));
    const results = [
      sm2.sm2PublicKey(d),
      sm2.sm2SignDigest(d, Buffer.from(E), nonces(K)),
      sm2.sm2Encrypt(Buffer.from(PUBLIC), Buffer.from(E), nonces(K)),
      sm2.sm2Multiply(d, Buffer.from(PUBLIC)),
    ];
    for (const result of results) {
      expect(Object.getPrototypeOf(result)).toBe(Uint8Array.prototype);
      expect(result.buffer.byteLength).toBe(result.length);
    }
  });
});

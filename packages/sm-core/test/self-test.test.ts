import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import { smCryptoEngine } from '../src/adapters/sm-crypto.ts';
import { type SmEngine, selfTest } from '../src/index.ts';
import { BROKEN_ENGINES } from './support/broken-engines.ts';

const failed = (test: string) =>
  expect.objectContaining({ code: 'ERR_SELF_TEST_FAILED', detail: expect.stringContaining(`test=${test}`) });

describe('self-test', () => {
  it('passes on the default engine, every algorithm [part of EDGE-012]', () => {
    const report = selfTest();
    expect(report.skipped).toEqual([]);
    expect(report.passed).toHaveLength(nobleEngine.capabilities.size - 1);
  });

  it('passes on sm-crypto and names what it left out [part of EDGE-012]', () => {
    expect(selfTest(smCryptoEngine)).toMatchObject({ engine: 'sm-crypto', skipped: ['sm4.ctr', 'sm4.gcm'] });
  });

  const one = Uint8Array.of(1);
  const faults: readonly (readonly [string, Partial<SmEngine>])[] = [
    ['sm3', { sm3: () => nobleEngine.sm3().update(one) }],
    [
      'sm2.keygen',
      { sm2PublicKey: (d) => nobleEngine.sm2PublicKey(d.map((byte, i) => (i === 31 ? byte ^ 1 : byte))) },
    ],
    ['sm2.sign', { sm2SignDigest: () => new Uint8Array(64) }],
    ['sm2.verify', { sm2VerifyDigest: () => true }],
    ['sm2.verify', { sm2VerifyDigest: () => false }],
    ['sm2.encrypt', { sm2Encrypt: () => new Uint8Array(116) }],
    ['sm2.decrypt', { sm2Decrypt: () => undefined }],
    ['sm4.ecb-block', { sm4Block: (_key, block) => Uint8Array.from(block) }],
    ['sm4.cbc', { sm4Cbc: (_key, _iv, data) => Uint8Array.from(data) }],
    ['sm4.ctr', { sm4Ctr: (_key, _counter, data) => Uint8Array.from(data) }],
    [
      'sm4.gcm',
      {
        sm4Gcm: () => {
          throw new Error('no key schedule');
        },
      },
    ],
  ];

  it.each(faults)('fails by name when %s is broken [part of EDGE-012]', (test, change) => {
    expect(() => selfTest({ ...nobleEngine, ...change })).toThrow(failed(test));
  });

  it('fails for an engine whose decryption or tag check does not refuse', () => {
    const ids = ['decryption ignores C3', 'GCM ignores the tag'];
    for (const { fault, engine } of BROKEN_ENGINES.filter((item) => ids.includes(item.fault))) {
      expect(() => selfTest(engine), fault).toThrow(
        expect.objectContaining({ code: 'ERR_SELF_TEST_FAILED' }),
      );
    }
  });

  it('tests nothing that is not declared', () => {
    const none = { ...nobleEngine, capabilities: new Set<never>() };
    expect(selfTest(none).passed).toEqual([]);
  });
});

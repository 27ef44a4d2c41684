import { describe, expect, it } from 'vitest';
import {
  APPROVED_ALGORITHMS,
  HealthCheckedRandom,
  type RandomSource,
  Secret,
  SM4_PARAMETERS,
  type SmModule,
  sm3,
} from '../src/index.ts';
import { code, make, message } from './support/module.ts';
import { seededStream } from './support/seeded-random.ts';

describe('compliance mode', () => {
  it('refuses algorithms that are not approved, by name [part of TCCIA-043]', () => {
    const module = make({ compliance: true });
    expect(module.status().compliance).toBe(true);
    for (const name of [
      'RSA',
      'AES-128-GCM',
      'SHA-256',
      'ECDSA',
      'SM9',
      'SM4-XTS-IEEE',
      'MD5',
      '',
      '__proto__',
      'SM2 ',
    ]) {
      expect(() => module.checkAlgorithm(name), name).toThrow(code('ERR_ALGORITHM_NOT_APPROVED'));
    }
    for (const name of [undefined, null, 7, {}]) {
      const call = () => module.checkAlgorithm(name as unknown as string);
      expect(call).toThrow(code('ERR_ALGORITHM_NOT_APPROVED'));
    }
    expect(module.checkAlgorithm('sm2')).toMatchObject({ name: 'SM2', standard: 'GB/T 32918-2016' });
    expect(module.checkAlgorithm('1.2.156.10197.1.104')?.name).toBe('SM4');
    expect(module.status().state).toBe('operational');
  });

  it('refuses modes that no national standard has [part of TCCIA-043]', () => {
    const key = Secret.take(Uint8Array.from({ length: 32 }, (_, i) => i));
    const run = (module: SmModule) => module.sm4.xtsIeeeEncrypt(key, new Uint8Array(16), new Uint8Array(16));
    expect(() => run(make({ compliance: true }))).toThrow(code('ERR_ALGORITHM_NOT_APPROVED'));
    expect(run(make())).toHaveLength(16);
    expect(
      make({ compliance: true }).sm4.xtsGbEncrypt(key, new Uint8Array(16), new Uint8Array(16)),
    ).toHaveLength(16);
  });

  it('takes no random source from a caller', () => {
    const module = make({ compliance: true });
    const random = { fill: (out: Uint8Array) => seededStream('caller')(out) };
    const pair = module.sm2.generateKeyPair();
    for (const call of [
      () => module.sm2.generateKeyPair(random),
      () => module.sm2.signWith(pair, message, { random }),
      () => module.sm2.encrypt(pair.publicKey, message, { random }),
    ]) {
      expect(call).toThrow(code('ERR_ALGORITHM_NOT_APPROVED'));
    }
    expect(module.sm2.verify(pair.publicKey, message, module.sm2.signWith(pair, message))).toBe(true);
  });

  it('uses no random source of a caller, whatever it looks like', () => {
    const used: string[] = [];
    const source = <T extends object>(name: string, value: T) =>
      Object.assign(value, {
        fill: (out: Uint8Array) => {
          used.push(name);
          seededStream('hidden')(out);
        },
      }) as unknown as RandomSource;
    /** Nothing for whoever asks first. */
    const late = (random: RandomSource, after: number) => {
      let reads = 0;
      return Object.defineProperty({} as { random?: RandomSource }, 'random', {
        get: () => (reads++ < after ? undefined : random),
      });
    };
    for (const own of [undefined, new HealthCheckedRandom(seededStream('compliant'))]) {
      const module = make({ compliance: true, ...(own === undefined ? {} : { random: own }) });
      const pair = module.sm2.generateKeyPair();
      const peerPublicKey = pair.publicKey;
      const attempt = (options: object, argument?: RandomSource) => {
        for (const call of [
          () => module.sm2.generateKeyPair(argument),
          () => module.sm2.sign(pair.privateKey, message, options),
          () => module.sm2.signWith(pair, message, options),
          () => module.sm2.signDigest(pair.privateKey, sm3(message), options),
          () => module.sm2.signer(pair, options).sign(message),
          () => module.sm2.encrypt(pair.publicKey, message, options),
          () => module.sm2.envelopeKey(pair.publicKey, pair, options),
          () =>
            module.sm2.keyExchange(
              Object.defineProperties(
                { role: 'initiator', pair, peerPublicKey, keyLength: 16 } as const,
                Object.getOwnPropertyDescriptors(options),
              ),
            ),
        ]) {
          try {
            call();
          } catch (error) {
            expect(['ERR_ALGORITHM_NOT_APPROVED', 'ERR_INPUT_TYPE']).toContain(
              (error as { code?: string }).code,
            );
          }
        }
      };
      const shapes = [
        source('function', () => undefined),
        source('array', []),
        source('bytes', new Uint8Array(1)),
        source('object', {}),
      ];
      for (const shape of shapes) {
        attempt({ random: shape }, shape);
        attempt(Object.assign(() => undefined, { random: shape }));
        for (const after of [1, 2, 3]) attempt(late(shape, after));
      }
      expect(used).toEqual([]);
      expect(module.status().state).toBe('operational');
    }
  });

  it('is off unless it is asked for', () => {
    const module = make();
    expect(module.status().compliance).toBe(false);
    expect(module.checkAlgorithm('RSA')).toBeUndefined();
  });

  it('lists what is approved: the modes of national standards, and nothing else', () => {
    const names = APPROVED_ALGORITHMS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(APPROVED_ALGORITHMS.every(({ standard }) => /^GB\/T \d/.test(standard))).toBe(true);
    for (const [mode, { standard }] of Object.entries(SM4_PARAMETERS)) {
      if (mode === 'gmac') continue;
      expect(names.includes(`SM4-${mode.toUpperCase()}`), mode).toBe(standard.startsWith('GB/T'));
    }
    expect(Object.isFrozen(APPROVED_ALGORITHMS) && APPROVED_ALGORITHMS.every(Object.isFrozen)).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import {
  createSm4,
  Secret,
  type Sm4Functions,
  type Sm4GcmKey,
  type Sm4Key,
  type SmEngine,
  sm4,
} from '../src/index.ts';
import { code } from './support/sm4.ts';

const IV = new Uint8Array(16).fill(3);
const DATA = Uint8Array.from({ length: 100 }, (_, i) => i + 1);
const WHOLE = DATA.subarray(0, 96);

/** Every function with a key of 16 or 32 bytes, and what it does with it. */
const CALLS: Readonly<
  Record<string, readonly [keyBytes: number, call: (on: Sm4Functions, key: Secret) => unknown]>
> = {
  aead: [16, (on, key) => on.aead(key).seal(DATA, IV)],
  'aead open': [16, (on, key) => on.aead(key).open(sm4.aead(secret()).seal(DATA, IV), IV)],
  cbcEncrypt: [16, (on, key) => on.cbcEncrypt(key, IV, DATA)],
  'cbcEncrypt none': [16, (on, key) => on.cbcEncrypt(key, IV, WHOLE, { padding: 'none' })],
  cbcDecrypt: [16, (on, key) => on.cbcDecrypt(key, IV, sm4.cbcEncrypt(secret(), IV, DATA))],
  'cbcDecrypt none': [16, (on, key) => on.cbcDecrypt(key, IV, WHOLE, { padding: 'none' })],
  cbcCs3Encrypt: [16, (on, key) => on.cbcCs3Encrypt(key, IV, DATA)],
  cbcCs3Decrypt: [16, (on, key) => on.cbcCs3Decrypt(key, IV, DATA)],
  ccm: [16, (on, key) => on.ccm(key).seal(IV.subarray(0, 12), DATA, WHOLE)],
  'ccm open': [16, (on, key) => on.ccm(key).open(IV.subarray(0, 12), CCM_SEALED, WHOLE)],
  gcm: [16, (on, key) => on.gcm(key).seal(IV.subarray(0, 12), DATA, WHOLE)],
  'gcm open': [16, (on, key) => on.gcm(key).open(IV.subarray(0, 12), GCM_SEALED, WHOLE)],
  'gcm pieces': [
    16,
    (on, key) => {
      const stream = on.gcm(key).encryptor(IV.subarray(0, 12), WHOLE);
      return [stream.update(DATA), stream.final()];
    },
  ],
  gmac: [16, (on, key) => on.gmac(key, IV, DATA)],
  wrapKey: [16, (on, key) => on.wrapKey(key, Secret.copy(WHOLE))],
  unwrapKey: [16, (on, key) => on.unwrapKey(key, sm4.wrapKey(secret(), Secret.copy(WHOLE)))],
  ecbEncryptBlocks: [16, (on, key) => on.ecbEncryptBlocks(key, WHOLE)],
  ecbDecryptBlocks: [16, (on, key) => on.ecbDecryptBlocks(key, WHOLE)],
  ctr: [16, (on, key) => on.ctr(key, IV, DATA)],
  cfbEncrypt: [16, (on, key) => on.cfbEncrypt(key, IV, DATA)],
  cfbDecrypt: [16, (on, key) => on.cfbDecrypt(key, IV, DATA)],
  cfb8Encrypt: [16, (on, key) => on.cfb8Encrypt(key, IV, DATA)],
  cfb8Decrypt: [16, (on, key) => on.cfb8Decrypt(key, IV, DATA)],
  ofb: [16, (on, key) => on.ofb(key, IV, DATA)],
  xtsGbEncrypt: [32, (on, key) => on.xtsGbEncrypt(key, IV, DATA)],
  xtsGbDecrypt: [32, (on, key) => on.xtsGbDecrypt(key, IV, DATA)],
  xtsIeeeEncrypt: [32, (on, key) => on.xtsIeeeEncrypt(key, IV, DATA)],
  xtsIeeeDecrypt: [32, (on, key) => on.xtsIeeeDecrypt(key, IV, DATA)],
  cmac: [16, (on, key) => on.cmac(key, DATA, { tagBytes: 8 })],
  'cbc-mac': [16, (on, key) => on.mac('cbc-mac', key, DATA, { padding: 'method-3' })],
  emac: [32, (on, key) => on.mac('emac', key, DATA)],
  'ansi-retail-mac': [32, (on, key) => on.mac('ansi-retail-mac', key, DATA)],
  'mac-des': [32, (on, key) => on.mac('mac-des', key, DATA)],
  lmac: [16, (on, key) => on.mac('lmac', key, DATA)],
  'tr-cbc-mac': [16, (on, key) => on.mac('tr-cbc-mac', key, DATA)],
  'cbcr-mac': [16, (on, key) => on.mac('cbcr-mac', key, DATA)],
  encryptor: [
    16,
    (on, key) => {
      const stream = on.encryptor('cbc', key, IV);
      return [stream.update(DATA), stream.final()];
    },
  ],
  decryptor: [
    16,
    (on, key) => {
      const stream = on.decryptor('cbc', key, IV);
      return [stream.update(sm4.cbcEncrypt(secret(), IV, DATA)), stream.final()];
    },
  ],
};
const secret = (length = 16): Secret => Secret.take(Uint8Array.from({ length }, (_, i) => 7 * i + 1));
const GCM_SEALED = sm4.gcm(secret()).seal(IV.subarray(0, 12), DATA, WHOLE);
const CCM_SEALED = sm4.ccm(secret()).seal(IV.subarray(0, 12), DATA, WHOLE);
const NAMES = Object.keys(CALLS);

describe('SM4 keys', () => {
  it.each(NAMES)('of another length are refused by %s [part of EDGE-011]', (name) => {
    const [keyBytes, call] = CALLS[name]!;
    for (const length of [0, 8, 15, 17, 24, 31, 48, keyBytes === 16 ? 32 : 16]) {
      expect(() => call(sm4, secret(length))).toThrow(code('ERR_INPUT_LENGTH'));
    }
  });

  it.each(NAMES)('that are not a Secret, or a destroyed one, are refused by %s', (name) => {
    const [keyBytes, call] = CALLS[name]!;
    for (const value of [undefined, null, new Uint8Array(keyBytes), 'k'.repeat(keyBytes), {}]) {
      expect(() => call(sm4, value as unknown as Secret)).toThrow(code('ERR_INPUT_TYPE'));
    }
    const gone = secret(keyBytes);
    gone.destroy();
    expect(() => call(sm4, gone)).toThrow(code('ERR_SECRET_DESTROYED'));
  });

  it.each(NAMES)('are left as they were by %s', (name) => {
    const [keyBytes, call] = CALLS[name]!;
    const key = secret(keyBytes);
    const before = key.use((bytes) => bytes.join());
    call(sm4, key);
    expect(key.use((bytes) => bytes.join())).toBe(before);
  });
});

describe('SM4 capabilities', () => {
  it.each(NAMES)('that an engine lacks are refused by name in %s [part of EDGE-011]', (name) => {
    const [keyBytes, call] = CALLS[name]!;
    const none = createSm4({ ...nobleEngine, capabilities: new Set() });
    expect(() => call(none, secret(keyBytes))).toThrow(code('ERR_ENGINE_CAPABILITY'));
    expect(() => call(none, secret(keyBytes))).toThrow(/capability=sm4\.(blocks|cbc|ctr|gcm)/);
  });
});

/** An engine that notes every array it is given, counts its keys, and fails at call number `failAt`. */
class Watch {
  readonly arrays: Uint8Array[] = [];
  opened = 0;
  destroyed = 0;
  calls = 0;
  readonly engine: SmEngine;

  constructor(failAt = Number.POSITIVE_INFINITY) {
    const step = (...arrays: Uint8Array[]): void => {
      this.arrays.push(...arrays);
      // Something secret lies everywhere when the engine breaks.
      if (++this.calls === failAt) {
        arrays.at(-1)!.fill(0x77);
        throw new Error('broken engine');
      }
    };
    const watch = <K extends Sm4Key | Sm4GcmKey>(inner: K): K => {
      this.opened++;
      const gcm = inner as Sm4GcmKey;
      const key: Sm4GcmKey = {
        encryptBlocks: (i, o) => {
          step(i, o);
          gcm.encryptBlocks(i, o);
        },
        decryptBlocks: (i, o) => {
          step(i, o);
          gcm.decryptBlocks(i, o);
        },
        cbcEncrypt: (iv, i, o) => {
          step(i, o);
          gcm.cbcEncrypt(iv, i, o);
        },
        cbcDecrypt: (iv, i, o) => {
          step(i, o);
          gcm.cbcDecrypt(iv, i, o);
        },
        ctr: (c, i, o) => {
          step(i, o);
          gcm.ctr(c, i, o);
        },
        ghash: (y, data) => {
          step(y);
          gcm.ghash(y, data);
        },
        gcmEncrypt: (c, y, i, o) => {
          step(y, i, o);
          gcm.gcmEncrypt(c, y, i, o);
        },
        gcmDecrypt: (c, y, i, o) => {
          step(y, i, o);
          gcm.gcmDecrypt(c, y, i, o);
        },
        destroy: () => {
          this.destroyed++;
          inner.destroy();
        },
      };
      return key as unknown as K;
    };
    this.engine = {
      ...nobleEngine,
      sm4: (key) => watch(nobleEngine.sm4(key)),
      sm4Gcm: (key) => watch(nobleEngine.sm4Gcm(key)),
    };
  }

  /** Arrays that are not all zero and lie in none of `buffers`. */
  leftovers(buffers: readonly ArrayBufferLike[]): string[] {
    return this.arrays
      .filter(({ buffer }) => !buffers.includes(buffer))
      .filter((array) => array.some((byte) => byte !== 0))
      .map((array) => array.join());
  }
}

/** Objects that live on keep their key until they are told. */
const KEEPS = /^(aead|ccm|gcm)/;
const inputs = [IV, DATA, GCM_SEALED, CCM_SEALED].map(({ buffer }) => buffer);
const buffersOf = (result: unknown): ArrayBufferLike[] =>
  (Array.isArray(result) ? result : [result])
    .filter((part): part is Uint8Array => part instanceof Uint8Array)
    .map(({ buffer }) => buffer);

describe('SM4 leaves nothing behind', () => {
  // What the box of another call and a ciphertext of another call hold is public.
  const own = NAMES.filter((name) => !/aead open|unwrapKey|^cbcDecrypt$|^decryptor$/.test(name));

  it.each(own)('after %s', (name) => {
    const [keyBytes, call] = CALLS[name]!;
    const watch = new Watch();
    const key = secret(keyBytes);
    const result = call(createSm4(watch.engine), key);
    const secrets = key.use(({ buffer }) => buffer);
    expect(watch.leftovers([...inputs, ...buffersOf(result), secrets])).toEqual([]);
    if (!KEEPS.test(name)) expect(watch.destroyed).toBe(watch.opened);
  });

  it.each(own)('when the engine breaks down in the middle of %s', (name) => {
    const [keyBytes, call] = CALLS[name]!;
    const counting = new Watch();
    call(createSm4(counting.engine), secret(keyBytes));
    for (let failAt = 1; failAt <= Math.min(counting.calls, 12); failAt++) {
      const watch = new Watch(failAt);
      expect(() => call(createSm4(watch.engine), secret(keyBytes))).toThrow('broken engine');
      if (!KEEPS.test(name) && !/cryptor/.test(name)) {
        expect(watch.destroyed, `keys after failure ${failAt}`).toBe(watch.opened);
      }
      if (/Decrypt|open/.test(name)) expect(watch.leftovers(inputs), `failure ${failAt}`).toEqual([]);
    }
  });
});

describe('the options of SM4', () => {
  it.each([null, 'abc', 7, true])('are not %o', (value) => {
    const options = value as never;
    const key = Secret.copy(new Uint8Array(16));
    for (const call of [
      () => sm4.aead(key, options),
      () => sm4.gcm(key, options),
      () => sm4.gmac(key, new Uint8Array(12), DATA, options),
      () => sm4.verifyGmac(key, new Uint8Array(12), DATA, new Uint8Array(16), options),
      () => sm4.ccm(key, options),
      () => sm4.cbcEncrypt(key, IV, DATA, options),
      () => sm4.cbcDecrypt(key, IV, WHOLE, options),
      () => sm4.mac('cmac', key, DATA, options),
      () => sm4.verifyMac('cmac', key, DATA, new Uint8Array(16), options),
      () => sm4.cmac(key, DATA, options),
      () => sm4.encryptor('cbc', key, IV, options),
      () => sm4.decryptor('ctr', key, IV, options),
    ]) {
      expect(call).toThrow(code('ERR_INPUT_TYPE'));
    }
  });
});

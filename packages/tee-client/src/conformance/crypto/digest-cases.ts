import { fromHex, hmacSm3, Secret, sm3, sm4, utf8 } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { TEE_ALG, TEE_TYPE } from '../../spec/v1/internal/constants.ts';
import type { TEE_OperationHandle } from '../../spec/v1/internal/tee.ts';
import type { RemoteTee } from '../remote.ts';
import { expectEqual, expectTee, inside, panics, refuses } from '../support.ts';
import { DIGEST, ENCRYPT, MAC, operation, secretKey, sm4Operation } from './keys.ts';

const HASH = 'xtest 4001; GPD_SPE_010 §6.3';
const MACS = 'xtest 4002; GPD_SPE_010 §6.5';
const RANDOM = 'xtest 4004; GPD_SPE_010 §6.9 TEE_GenerateRandom';

const digest = (t: RemoteTee): Promise<TEE_OperationHandle> =>
  t.TEE_AllocateOperation(TEE_ALG.SM3, DIGEST, 0);
const hmac = async (t: RemoteTee, key: Uint8Array): Promise<TEE_OperationHandle> =>
  operation(t, TEE_ALG.HMAC_SM3, MAC, key.length * 8, await secretKey(t, TEE_TYPE.HMAC_SM3, key));
/** An HMAC that was started. */
const started = async (t: RemoteTee, key: Uint8Array): Promise<TEE_OperationHandle> => {
  const handle = await hmac(t, key);
  await t.TEE_MACInit(handle, null);
  return handle;
};

const vector = (
  id: string,
  clause: string,
  message: Uint8Array,
  expected: string,
): ConformanceCase<TeeClient> =>
  inside(id, `${HASH}; ${clause}`, async (t) => {
    expectBytes(await t.TEE_DigestDoFinal(await digest(t), message), fromHex(expected), 'the digest');
  });

/** Digests, message authentication codes and random numbers. */
export const digestCases: readonly ConformanceCase<TeeClient>[] = [
  vector(
    'crypto.sm3.annex-a1',
    'GB/T 32905-2016 annex A.1',
    utf8('abc'),
    '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0',
  ),
  vector(
    'crypto.sm3.annex-a2',
    'GB/T 32905-2016 annex A.2',
    utf8('abcd'.repeat(16)),
    'debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732',
  ),
  inside('crypto.sm3.empty', HASH, async (t) => {
    const empty = sm3(new Uint8Array(0));
    expectBytes(await t.TEE_DigestDoFinal(await digest(t), null), empty, 'the digest of nothing');
  }),
  inside('crypto.sm3.pieces', `${HASH}; xtest 4017`, async (t, { bytes }) => {
    const [handle, message] = [await digest(t), bytes('message', 500)];
    let at = 0;
    for (const length of [1, 63, 64, 65, 128, 100]) {
      await t.TEE_DigestUpdate(handle, message.subarray(at, at + length));
      at += length;
    }
    expectBytes(
      await t.TEE_DigestDoFinal(handle, message.subarray(at)),
      sm3(message),
      'the digest of the pieces',
    );
  }),
  inside('crypto.sm3.again', HASH, async (t) => {
    const handle = await digest(t);
    await t.TEE_DigestDoFinal(handle, utf8('first'));
    expectBytes(await t.TEE_DigestDoFinal(handle, utf8('second')), sm3(utf8('second')), 'the next digest');
  }),
  inside('crypto.sm3.reset', 'GPD_SPE_010 §6.2.5 TEE_ResetOperation', async (t) => {
    const handle = await digest(t);
    await t.TEE_DigestUpdate(handle, utf8('forget this'));
    await t.TEE_ResetOperation(handle);
    expectBytes(await t.TEE_DigestDoFinal(handle, utf8('abc')), sm3(utf8('abc')), 'the digest after a reset');
  }),
  inside('crypto.sm3.copy', 'xtest 4001; GPD_SPE_010 §6.2.8 TEE_CopyOperation', async (t) => {
    const [source, target] = [await digest(t), await digest(t)];
    await t.TEE_DigestUpdate(source, utf8('common '));
    await t.TEE_CopyOperation(target, source);
    await t.TEE_DigestUpdate(source, utf8('not '));
    expectBytes(await t.TEE_DigestDoFinal(target, utf8('end')), sm3(utf8('common end')), 'the copy');
    expectBytes(await t.TEE_DigestDoFinal(source, utf8('end')), sm3(utf8('common not end')), 'the source');
  }),
  inside('crypto.sm3.short-buffer', HASH, async (t) => {
    const handle = await digest(t);
    await t.TEE_DigestUpdate(handle, utf8('a'));
    const error = await expectTee(
      () => t.TEE_DigestDoFinal(handle, utf8('b'), 31),
      ['SHORT_BUFFER'],
      '32 bytes into 31',
    );
    expectEqual(error.required, 32, 'the size required');
    expectBytes(await t.TEE_DigestDoFinal(handle, utf8('b')), sm3(utf8('ab')), 'the state did not change');
  }),
  inside('crypto.sm3.extract', 'GPD_SPE_010 §6.3.3 TEE_DigestExtract', async (t) => {
    const handle = await digest(t);
    await t.TEE_DigestUpdate(handle, utf8('abc'));
    const [first, rest] = [await t.TEE_DigestExtract(handle, 10), await t.TEE_DigestExtract(handle, 22)];
    expectBytes(Uint8Array.of(...first, ...rest), sm3(utf8('abc')), 'the digest in two pieces');
  }),
  panics(
    'crypto.sm3.update-while-extracting',
    'GPD_SPE_010 §6.3.1',
    'more input while extracting',
    async (t) => {
      const handle = await digest(t);
      await t.TEE_DigestExtract(handle, 1);
      return () => t.TEE_DigestUpdate(handle, utf8('more'));
    },
  ),
  panics('crypto.sm3.other-class', HASH, 'a digest with a cipher operation', async (t) => {
    const cipher = await sm4Operation(t, TEE_ALG.SM4_CTR, ENCRYPT);
    return () => t.TEE_DigestUpdate(cipher, utf8('abc'));
  }),
  inside('crypto.hmac.standard', `${MACS}; GM/T 0042-2015 annex D.3`, async (t) => {
    const handle = await started(t, fromHex('0b'.repeat(32)));
    const expected = fromHex('c0ba18c68b90c88bc07de794bfc7d2c8d19ec31ed8773bc2b390c9604e0be11e');
    expectBytes(await t.TEE_MACComputeFinal(handle, utf8('Hi There')), expected, 'the code');
  }),
  inside('crypto.hmac.long-key', MACS, async (t, { bytes }) => {
    const [key, message] = [bytes('key', 100), bytes('message', 300)];
    const handle = await started(t, key);
    await t.TEE_MACUpdate(handle, message.subarray(0, 77));
    await t.TEE_MACUpdate(handle, message.subarray(77, 200));
    expectBytes(
      await t.TEE_MACComputeFinal(handle, message.subarray(200)),
      hmacSm3(key, message),
      'a key above a block',
    );
  }),
  inside('crypto.hmac.restart', MACS, async (t, { bytes }) => {
    const key = bytes('key', 32);
    const handle = await started(t, key);
    await t.TEE_MACUpdate(handle, utf8('forget this'));
    await t.TEE_MACInit(handle, null);
    expectBytes(
      await t.TEE_MACComputeFinal(handle, utf8('abc')),
      hmacSm3(key, utf8('abc')),
      'the code after a new start',
    );
  }),
  inside('crypto.hmac.compare', MACS, async (t, { bytes }) => {
    const key = bytes('key', 32);
    const handle = await started(t, key);
    await t.TEE_MACCompareFinal(handle, utf8('abc'), hmacSm3(key, utf8('abc')));
  }),
  refuses(
    'crypto.hmac.compare-wrong',
    MACS,
    ['MAC_INVALID'],
    'a code with its last bit changed',
    async (t, { bytes }) => {
      const handle = await started(t, bytes('key', 32));
      const code = hmacSm3(bytes('key', 32), utf8('abc'));
      code[31]! ^= 1;
      return () => t.TEE_MACCompareFinal(handle, utf8('abc'), code);
    },
  ),
  refuses(
    'crypto.hmac.compare-cut-off',
    MACS,
    ['MAC_INVALID'],
    'the first half of the code',
    async (t, { bytes }) => {
      const handle = await started(t, bytes('key', 32));
      const code = hmacSm3(bytes('key', 32), utf8('abc')).subarray(0, 16);
      return () => t.TEE_MACCompareFinal(handle, utf8('abc'), code);
    },
  ),
  refuses('crypto.hmac.compare-empty', MACS, ['MAC_INVALID'], 'no code at all', async (t, { bytes }) => {
    const handle = await started(t, bytes('key', 32));
    return () => t.TEE_MACCompareFinal(handle, utf8('abc'), new Uint8Array(0));
  }),
  inside('crypto.hmac.short-buffer', MACS, async (t, { bytes }) => {
    const handle = await started(t, bytes('key', 32));
    const error = await expectTee(
      () => t.TEE_MACComputeFinal(handle, utf8('abc'), 16),
      ['SHORT_BUFFER'],
      '32 bytes into 16',
    );
    expectEqual(error.required, 32, 'the size required');
  }),
  panics('crypto.hmac.not-started', MACS, 'a message before TEE_MACInit', async (t, { bytes }) => {
    const handle = await hmac(t, bytes('key', 32));
    return () => t.TEE_MACUpdate(handle, utf8('abc'));
  }),
  panics('crypto.hmac.ended', MACS, 'a message after the code was computed', async (t, { bytes }) => {
    const handle = await started(t, bytes('key', 32));
    await t.TEE_MACComputeFinal(handle, null);
    return () => t.TEE_MACComputeFinal(handle, null);
  }),
  panics('crypto.hmac.no-key', MACS, 'TEE_MACInit without a key', async (t) => {
    const handle = await t.TEE_AllocateOperation(TEE_ALG.HMAC_SM3, MAC, 256);
    return () => t.TEE_MACInit(handle, null);
  }),
  inside(
    'crypto.cmac',
    `${MACS}; GB/T 15852.1-2020`,
    async (t, { bytes }) => {
      const [key, message] = [bytes('key', 16), bytes('message', 45)];
      const handle = await sm4Operation(t, TEE_ALG.SM4_CMAC, MAC, key);
      await t.TEE_MACInit(handle, null);
      await t.TEE_MACUpdate(handle, message.subarray(0, 17));
      const expected = sm4.cmac(Secret.copy(key), message);
      expectBytes(await t.TEE_MACComputeFinal(handle, message.subarray(17)), expected, 'the code');
    },
    ['alg-sm4-cmac'],
  ),
  inside('crypto.random.length', RANDOM, async (t) => {
    for (const length of [0, 1, 1000]) {
      expectEqual((await t.TEE_GenerateRandom(length)).length, length, 'random bytes');
    }
  }),
  inside('crypto.random.differs', RANDOM, async (t, kit) => {
    const other = await kit.open();
    const seen = new Set<string>();
    for (let i = 0; i < 10; i++) {
      seen.add((await t.TEE_GenerateRandom(16)).join());
      seen.add((await other.TEE_GenerateRandom(16)).join());
    }
    expectEqual(seen.size, 20, 'different ones of 20 random blocks');
  }),
  inside('crypto.random.balance', RANDOM, async (t) => {
    // Of 64,000 fair bits, outside 31,000 … 33,000 lies less than one run in 10^14.
    let ones = 0;
    for (const byte of await t.TEE_GenerateRandom(8000)) {
      for (let bits = byte; bits > 0; bits >>= 1) ones += bits & 1;
    }
    expectTrue(ones > 31_000 && ones < 33_000, `${ones} of 64,000 random bits are 1`);
  }),
];

import { hkdfSm3, kdfSm3, pbkdf2Sm3, utf8 } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { TEE_ALG, TEE_ATTR, TEE_TYPE, TEE_USAGE } from '../../spec/v1/internal/constants.ts';
import type { TEE_OperationHandle } from '../../spec/v1/internal/tee.ts';
import type { RemoteTee } from '../remote.ts';
import { expectEqual, inside, panics, refuses } from '../support.ts';
import { bytesAttribute, empty, secretOf, valueAttribute } from './derive-support.ts';
import { DERIVE, operation, secretKey } from './keys.ts';

const DERIVATION = 'xtest 4008, 8001; GPD_SPE_010 §6.8.1 TEE_DeriveKey';
const A = TEE_ATTR;

const hkdf = async (t: RemoteTee, secret: Uint8Array): Promise<TEE_OperationHandle> =>
  operation(
    t,
    TEE_ALG.HKDF_SM3,
    DERIVE,
    secret.length * 8,
    await secretKey(t, TEE_TYPE.HKDF_IKM, secret, A.HKDF_IKM),
  );

/** Key derivation. */
export const deriveCases: readonly ConformanceCase<TeeClient>[] = [
  inside(
    'crypto.hkdf',
    DERIVATION,
    async (t, { bytes }) => {
      const [secret, salt, info] = [bytes('secret', 32), bytes('salt', 20), utf8('a key')];
      const handle = await hkdf(t, secret);
      const key = await empty(t, 48);
      const params = [
        bytesAttribute(A.HKDF_SALT, salt),
        bytesAttribute(A.HKDF_INFO, info),
        valueAttribute(A.HKDF_OKM_LENGTH, 48),
      ];
      await t.TEE_DeriveKey(handle, params, key);
      expectBytes(await secretOf(t, key), hkdfSm3(secret, salt, info, 48), 'the derived key');
      expectEqual((await t.TEE_GetObjectInfo1(key)).objectSize, 384, 'its size in bits');
    },
    ['alg-hkdf-sm3'],
  ),
  refuses(
    'crypto.hkdf.too-long',
    DERIVATION,
    ['BAD_PARAMETERS'],
    'more bytes than the object holds',
    async (t, { bytes }) => {
      const [handle, key] = [await hkdf(t, bytes('secret', 32)), await empty(t, 16)];
      return () => t.TEE_DeriveKey(handle, [valueAttribute(A.HKDF_OKM_LENGTH, 17)], key);
    },
    ['alg-hkdf-sm3'],
  ),
  panics(
    'crypto.hkdf.initialised-object',
    DERIVATION,
    'deriving into an object that has a key',
    async (t, { bytes }) => {
      const handle = await hkdf(t, bytes('secret', 32));
      const key = await secretKey(t, TEE_TYPE.GENERIC_SECRET, bytes('other', 16));
      return () => t.TEE_DeriveKey(handle, [valueAttribute(A.HKDF_OKM_LENGTH, 16)], key);
    },
    ['alg-hkdf-sm3'],
  ),
  panics(
    'crypto.hkdf.usage',
    DERIVATION,
    'a key that may not be used to derive',
    async (t, { bytes }) => {
      const key = await secretKey(t, TEE_TYPE.HKDF_IKM, bytes('secret', 32), A.HKDF_IKM);
      await t.TEE_RestrictObjectUsage1(key, TEE_USAGE.EXTRACTABLE);
      const handle = await t.TEE_AllocateOperation(TEE_ALG.HKDF_SM3, DERIVE, 256);
      return () => t.TEE_SetOperationKey(handle, key);
    },
    ['alg-hkdf-sm3'],
  ),
  inside(
    'crypto.pbkdf2',
    DERIVATION,
    async (t, { bytes }) => {
      const [password, salt] = [utf8('a password'), bytes('salt', 16)];
      const object = await secretKey(t, TEE_TYPE.PBKDF2_PASSWORD, password, A.PBKDF2_PASSWORD);
      const handle = await operation(t, TEE_ALG.PBKDF2_HMAC_SM3, DERIVE, password.length * 8, object);
      const key = await empty(t, 40);
      const params = [
        bytesAttribute(A.PBKDF2_SALT, salt),
        valueAttribute(A.PBKDF2_ITERATION_COUNT, 100),
        valueAttribute(A.PBKDF2_DKM_LENGTH, 40),
      ];
      await t.TEE_DeriveKey(handle, params, key);
      expectBytes(await secretOf(t, key), pbkdf2Sm3(password, salt, 100, 40), 'the derived key');
    },
    ['alg-pbkdf2-sm3'],
  ),
  inside(
    'crypto.sm3-kdf',
    `${DERIVATION}; GB/T 32918.4-2016 §5.4.3`,
    async (t, { bytes }) => {
      const secret = bytes('secret', 64);
      const object = await secretKey(t, TEE_TYPE.GENERIC_SECRET, secret);
      const handle = await operation(t, TEE_ALG.SM3_KDF, DERIVE, 512, object);
      const key = await empty(t, 50);
      await t.TEE_DeriveKey(handle, [], key);
      expectBytes(await secretOf(t, key), kdfSm3(secret, 50), 'the derived key');
    },
    ['alg-sm3-kdf'],
  ),
];

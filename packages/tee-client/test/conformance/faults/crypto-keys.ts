import type {
  TEE_Attribute,
  TEE_ObjectHandle,
  TEE_OperationHandle,
} from '../../../src/spec/v1/internal/tee.ts';
import { argument, type Fault, inside, otherwise, outcome, real } from './kit.ts';

type Operation = TEE_OperationHandle;

/** Only the attribute with this number is changed. */
const attribute = (
  params: unknown,
  id: number,
  change: (item: TEE_Attribute) => TEE_Attribute | undefined,
): TEE_Attribute[] =>
  (params as TEE_Attribute[]).flatMap((item) => (item.attributeID === id ? (change(item) ?? []) : item));

/** Defects of SM2, derivation, objects and operations. */
export const keyFaults: readonly Fault[] = [
  outcome('signatures use one nonce for all', 'TEE_AsymmetricSignDigest', (signature: Uint8Array) => {
    firstSignature ??= signature.slice();
    return firstSignature.slice();
  }),
  outcome('signatures are s‖r', 'TEE_AsymmetricSignDigest', (signature: Uint8Array) =>
    Uint8Array.of(...signature.subarray(32), ...signature.subarray(0, 32)),
  ),
  argument('s‖r is verified', 'TEE_AsymmetricVerifyDigest', ([handle, params, digest, signature]) => {
    const rs = signature as Uint8Array;
    return [handle, params, digest, Uint8Array.of(...rs.subarray(32), ...rs.subarray(0, 32))];
  }),
  inside('a pair cannot verify', 'TEE_SetOperationKey', (tee) => ({
    TEE_SetOperationKey: (handle: Operation, key: TEE_ObjectHandle | null) => {
      if (
        key !== null &&
        tee.TEE_GetOperationInfo(handle).mode === 3 &&
        tee.TEE_GetObjectInfo1(key).objectType === 0xa1000045
      ) {
        throw tee.error('BAD_PARAMETERS');
      }
      tee.TEE_SetOperationKey(handle, key);
    },
  })),
  otherwise(
    'a signature of zeros is right',
    'TEE_AsymmetricVerifyDigest',
    'SIGNATURE_INVALID',
    ([, , , s], tee) => {
      if ((s as Uint8Array).some((byte) => byte !== 0) || (s as Uint8Array).length !== 64)
        throw tee.error('SIGNATURE_INVALID');
    },
  ),
  otherwise(
    'an empty signature is right',
    'TEE_AsymmetricVerifyDigest',
    'SIGNATURE_INVALID',
    ([, , , s], tee) => {
      if ((s as Uint8Array).length !== 0) throw tee.error('SIGNATURE_INVALID');
    },
  ),
  otherwise(
    'a signature that was cut off is right',
    'TEE_AsymmetricVerifyDigest',
    'SIGNATURE_INVALID',
    ([, , , s], tee) => {
      if ((s as Uint8Array).length !== 63) throw tee.error('SIGNATURE_INVALID');
    },
  ),
  otherwise('r above n is reduced', 'TEE_AsymmetricVerifyDigest', 'SIGNATURE_INVALID', ([, , , s], tee) => {
    if ((s as Uint8Array)[31] !== 255) throw tee.error('SIGNATURE_INVALID');
  }),
  otherwise('r is not looked at', 'TEE_AsymmetricVerifyDigest', 'SIGNATURE_INVALID', ([, , , s], tee) => {
    if ((s as Uint8Array)[0] !== 0xf5 || (s as Uint8Array)[5] === 0xd2) throw tee.error('SIGNATURE_INVALID');
  }),
  otherwise('s is not looked at', 'TEE_AsymmetricVerifyDigest', 'SIGNATURE_INVALID', ([, , , s], tee) => {
    if ((s as Uint8Array)[63] !== (0xaa ^ 1)) throw tee.error('SIGNATURE_INVALID');
  }),
  otherwise(
    'the digest is not looked at',
    'TEE_AsymmetricVerifyDigest',
    'SIGNATURE_INVALID',
    ([, , e], tee) => {
      if ((e as Uint8Array)[31] !== (0x40 ^ 1)) throw tee.error('SIGNATURE_INVALID');
    },
  ),
  outcome('encryption has no randomness', 'TEE_AsymmetricEncrypt', (text: Uint8Array, [, , data]) => {
    const key = String(data);
    const known = ciphertexts.get(key) ?? text.slice();
    ciphertexts.set(key, known);
    return known.slice();
  }),
  outcome('ciphertexts are C1‖C2‖C3', 'TEE_AsymmetricEncrypt', (text: Uint8Array) =>
    Uint8Array.of(...text.subarray(0, 65), ...text.subarray(97), ...text.subarray(65, 97)),
  ),
  argument('ciphertexts are read as C1‖C2‖C3', 'TEE_AsymmetricDecrypt', ([handle, params, data]) => {
    const text = data as Uint8Array;
    return [
      handle,
      params,
      Uint8Array.of(...text.subarray(0, 65), ...text.subarray(-32), ...text.subarray(65, -32)),
    ];
  }),
  ...(
    [
      ['C1 is not checked', 60, 116],
      ['C2 is not checked', 115, 116],
      ['C3 is not checked', 70, 116],
    ] as const
  ).map(([name, at, length]) =>
    otherwise(name, 'TEE_AsymmetricDecrypt', 'CIPHERTEXT_INVALID', ([, , data], tee) => {
      const right = new Map([
        [60, 0x4d],
        [115, 0xfa],
        [70, 0x09],
      ]);
      if ((data as Uint8Array).length !== length || (data as Uint8Array)[at] === right.get(at))
        throw tee.error('CIPHERTEXT_INVALID');
      return new Uint8Array(19);
    }),
  ),
  otherwise(
    'a ciphertext that was cut off decrypts',
    'TEE_AsymmetricDecrypt',
    'CIPHERTEXT_INVALID',
    ([, , data], tee) => {
      if ((data as Uint8Array).length !== 115) throw tee.error('CIPHERTEXT_INVALID');
      return new Uint8Array(18);
    },
  ),
  otherwise(
    'a ciphertext without C2 decrypts',
    'TEE_AsymmetricDecrypt',
    'CIPHERTEXT_INVALID',
    ([, , data], tee) => {
      if ((data as Uint8Array).length !== 90) throw tee.error('CIPHERTEXT_INVALID');
      return new Uint8Array(0);
    },
  ),
  argument('identities do not count in the exchange', 'TEE_DeriveKey', ([handle, params, key]) => [
    handle,
    attribute(params, 0xd0000546, (item) => ({
      ...item,
      content: new TextEncoder().encode('1234567812345678'),
    })),
    key,
  ]),
  argument('both sides are the initiator', 'TEE_DeriveKey', ([handle, params, key]) => [
    handle,
    attribute(params, 0xf0000646, (item) => ({ ...item, a: 0, b: 0 })),
    key,
  ]),
  argument('both sides are the responder', 'TEE_DeriveKey', ([handle, params, key]) => [
    handle,
    attribute(params, 0xf0000646, (item) => ({ ...item, a: 1, b: 0 })),
    key,
  ]),
  argument('confirmations are not checked', 'TEE_DeriveKey', ([handle, params, key]) => [
    handle,
    attribute(params, 0xd0000746, () => undefined),
    key,
  ]),
  argument('confirmations are not given', 'TEE_DeriveKey', ([handle, params, key]) => [
    handle,
    attribute(params, 0xd0000846, () => undefined),
    key,
  ]),
  argument('the salt is not used', 'TEE_DeriveKey', ([handle, params, key]) => [
    handle,
    attribute(params, 0xd00002c0, () => undefined),
    key,
  ]),
  argument('half the iterations are made', 'TEE_DeriveKey', ([handle, params, key]) => [
    handle,
    attribute(params, 0xf00003c2, (item) => ('a' in item ? { ...item, a: item.a >> 1 } : item)),
    key,
  ]),
  otherwise(
    'a derived key is cut to its object',
    'TEE_DeriveKey',
    'BAD_PARAMETERS',
    ([handle, params, key], tee) =>
      real(tee, 'TEE_DeriveKey')(
        handle,
        attribute(params, 0xf00004c0, (item) => ({ ...item, a: 16, b: 0 })),
        key,
      ),
  ),
  outcome('usage is given as none', 'TEE_GetObjectInfo1', (info: object) => ({ ...info, objectUsage: 0 })),
  outcome(
    'the largest size is the size',
    'TEE_GetObjectInfo1',
    (info: { objectSize: number; maxObjectSize: number }) => ({ ...info, objectSize: info.maxObjectSize }),
  ),
  argument('every size of a key is rounded up', 'TEE_AllocateTransientObject', ([type, size]) => [
    type,
    (size as number) === 127 ? 128 : (size as number) === 192 ? 256 : size,
  ]),
  argument('unknown types are secrets', 'TEE_AllocateTransientObject', ([type, size]) => [
    type === 0xefffffff ? 0xa0000000 : type,
    size,
  ]),
  inside('keys point to the memory of the application', 'TEE_PopulateTransientObject', (tee) => {
    const given = new Map<unknown, Uint8Array>();
    return {
      TEE_PopulateTransientObject: (object: TEE_ObjectHandle, attrs: TEE_Attribute[]) => {
        tee.TEE_PopulateTransientObject(object, attrs);
        const [first] = attrs;
        if (attrs.length === 1 && first !== undefined && 'content' in first) given.set(object, first.content);
      },
      TEE_GetObjectBufferAttribute: (object: TEE_ObjectHandle, id: number, ...size: number[]) =>
        given.get(object)?.slice() ?? tee.TEE_GetObjectBufferAttribute(object, id, ...size),
    };
  }),
  argument('short keys are filled up', 'TEE_PopulateTransientObject', ([object, attrs]) => [
    object,
    attribute(attrs, 0xc0000000, (item) =>
      'content' in item && item.content.length === 15
        ? { ...item, content: Uint8Array.of(...item.content, 0) }
        : item,
    ),
  ]),
  argument('the curve is not looked at', 'TEE_PopulateTransientObject', ([object, attrs]) => [
    object,
    attribute(attrs, 0xf0000441, () => undefined),
  ]),
  inside('a failed key stays half in its object', 'TEE_PopulateTransientObject', (tee) => ({
    TEE_PopulateTransientObject: (object: TEE_ObjectHandle, attrs: TEE_Attribute[]) => {
      try {
        tee.TEE_PopulateTransientObject(object, attrs);
      } catch (error) {
        if ((error as Error).name === 'TeeError') tee.TEE_GenerateKey(object, 128, []);
        throw error;
      }
    },
  })),
  inside('points are not checked', 'TEE_PopulateTransientObject', (tee) => ({
    TEE_PopulateTransientObject: (object: TEE_ObjectHandle, attrs: TEE_Attribute[]) => {
      try {
        tee.TEE_PopulateTransientObject(object, attrs);
      } catch (error) {
        if (attrs.length !== 2) throw error;
        const fresh = tee.TEE_AllocateTransientObject(0xa1000047, 256);
        tee.TEE_GenerateKey(fresh, 256, []);
        tee.TEE_CopyObjectAttributes1(object, fresh);
      }
    },
  })),
  inside('usage can be widened', 'TEE_RestrictObjectUsage1', (tee) => ({
    TEE_RestrictObjectUsage1: (object: TEE_ObjectHandle, usage: number) => {
      restricted.set(object, usage);
      if (usage !== 3) tee.TEE_RestrictObjectUsage1(object, usage);
    },
    TEE_GetObjectInfo1: (object: TEE_ObjectHandle) => ({
      ...tee.TEE_GetObjectInfo1(object),
      ...(restricted.has(object) ? { objectUsage: restricted.get(object) } : {}),
    }),
  })),
  inside('a reset keeps the usage', 'TEE_ResetTransientObject', (tee) => ({
    TEE_ResetTransientObject: (object: TEE_ObjectHandle | null) => {
      const usage = object === null ? 0 : tee.TEE_GetObjectInfo1(object).objectUsage;
      tee.TEE_ResetTransientObject(object);
      if (object !== null) tee.TEE_RestrictObjectUsage1(object, usage);
    },
  })),
  inside('a reset keeps the key', 'TEE_ResetTransientObject', (tee) => ({
    TEE_ResetTransientObject: (object: TEE_ObjectHandle | null) => {
      const key = object === null ? undefined : tee.TEE_GetObjectBufferAttribute(object, 0xc0000000);
      tee.TEE_ResetTransientObject(object);
      if (object !== null && key)
        tee.TEE_PopulateTransientObject(object, [{ attributeID: 0xc0000000, content: key }]);
    },
  })),
  inside('a copy takes the private key along', 'TEE_CopyObjectAttributes1', (tee) => ({
    TEE_CopyObjectAttributes1: (to: TEE_ObjectHandle, from: TEE_ObjectHandle) => {
      tee.TEE_CopyObjectAttributes1(to, from);
      copied.set(to, from);
    },
    TEE_GetObjectBufferAttribute: (object: TEE_ObjectHandle, id: number, ...size: number[]) =>
      tee.TEE_GetObjectBufferAttribute(
        id === 0xc0000341 ? (copied.get(object) ?? object) : object,
        id,
        ...size,
      ),
  })),
  inside('the public key is not extractable either', 'TEE_GetObjectBufferAttribute', (tee) => ({
    TEE_GetObjectBufferAttribute: (object: TEE_ObjectHandle, id: number, ...size: number[]) => {
      if (!(tee.TEE_GetObjectInfo1(object).objectUsage & 1)) throw tee.error('ACCESS_DENIED');
      return tee.TEE_GetObjectBufferAttribute(object, id, ...size);
    },
  })),
  inside('generated keys are all alike', 'TEE_GenerateKey', (tee) => ({
    TEE_GenerateKey: (object: TEE_ObjectHandle, size: number, params: TEE_Attribute[]) =>
      tee.TEE_GetObjectInfo1(object).objectType === 0xa0000014
        ? tee.TEE_PopulateTransientObject(object, [
            { attributeID: 0xc0000000, content: new Uint8Array(size / 8) },
          ])
        : tee.TEE_GenerateKey(object, size, params),
  })),
  inside('generated keys have the largest size', 'TEE_GenerateKey', (tee) => ({
    TEE_GenerateKey: (object: TEE_ObjectHandle, _size: number, params: TEE_Attribute[]) =>
      tee.TEE_GenerateKey(object, tee.TEE_GetObjectInfo1(object).maxObjectSize, params),
  })),
  inside('a key pair is of another key', 'TEE_GetObjectBufferAttribute', (tee) => ({
    TEE_GetObjectBufferAttribute: (object: TEE_ObjectHandle, id: number, ...size: number[]) =>
      tee.TEE_GetObjectBufferAttribute(object, id === 0xd0000241 ? 0xd0000141 : id, ...size),
  })),
  argument('unknown algorithms are digests', 'TEE_AllocateOperation', ([algorithm, mode, size]) =>
    algorithm === 0xefffffff ? [0x50000007, 5, 0] : [algorithm, mode, size],
  ),
  argument('unknown modes are encryption', 'TEE_AllocateOperation', ([algorithm, mode, size]) => [
    algorithm,
    algorithm === 0x10000214 && mode === 2 ? 0 : mode,
    size,
  ]),
  argument('keys of 192 bits are 128 bits', 'TEE_AllocateOperation', ([algorithm, mode, size]) => [
    algorithm,
    mode,
    size === 192 ? 128 : size,
  ]),
  inside('operations point to their key objects', 'TEE_FreeTransientObject', (tee) => {
    const users = new Map<unknown, Operation>();
    return {
      TEE_SetOperationKey: (handle: Operation, key: TEE_ObjectHandle | null) => {
        tee.TEE_SetOperationKey(handle, key);
        users.set(key, handle);
      },
      TEE_FreeTransientObject: (key: TEE_ObjectHandle | null) => {
        const user = users.get(key);
        tee.TEE_FreeTransientObject(key);
        if (user !== undefined) tee.TEE_SetOperationKey(user, null);
      },
    };
  }),
  inside('TEE_HANDLE_NULL is no operation to free', 'TEE_FreeOperation', (tee) => ({
    TEE_FreeOperation: (handle: Operation | null) => {
      if (handle === null) throw tee.error('BAD_PARAMETERS');
      tee.TEE_FreeOperation(handle);
    },
  })),
  inside('TEE_HANDLE_NULL is no object to free', 'TEE_FreeTransientObject', (tee) => ({
    TEE_FreeTransientObject: (object: TEE_ObjectHandle | null) => {
      if (object === null) throw tee.error('BAD_PARAMETERS');
      tee.TEE_FreeTransientObject(object);
    },
  })),
  otherwise('points of the exchange are not checked', 'TEE_DeriveKey', 'BAD_PARAMETERS', ([, , key], tee) =>
    tee.TEE_GenerateKey(key as TEE_ObjectHandle, 128, []),
  ),
  inside('KDF counts from 0', 'TEE_DeriveKey', (tee) => ({
    TEE_DeriveKey: (handle: Operation, params: TEE_Attribute[], key: TEE_ObjectHandle) => {
      tee.TEE_DeriveKey(handle, params, key);
      if (tee.TEE_GetOperationInfo(handle).algorithm !== 0xf00070c1) return;
      const bytes = tee.TEE_GetObjectBufferAttribute(key, 0xc0000000);
      tee.TEE_ResetTransientObject(key);
      const later = Uint8Array.of(...bytes.subarray(32), ...bytes.subarray(0, 32)).slice(0, bytes.length);
      tee.TEE_PopulateTransientObject(key, [{ attributeID: 0xc0000000, content: later }]);
    },
  })),
  outcome(
    'operations never tell that they have a key',
    'TEE_GetOperationInfo',
    (info: { handleState: number }) => ({ ...info, handleState: info.handleState & ~0x40000 }),
  ),
  outcome(
    'operations never tell that they were started',
    'TEE_GetOperationInfo',
    (info: { handleState: number }) => ({ ...info, handleState: info.handleState & ~0x20000 }),
  ),
  outcome('operations tell no class', 'TEE_GetOperationInfo', (info: object) => ({
    ...info,
    operationClass: 0,
  })),
  outcome(
    'an exchange has one key',
    'TEE_GetOperationInfoMultiple',
    (info: { keyInformation: unknown[] }) => ({ ...info, keyInformation: info.keyInformation.slice(0, 1) }),
  ),
  outcome('all algorithms are supported', 'TEE_IsAlgorithmSupported', () => true),
  inside('algorithms are supported on every curve', 'TEE_IsAlgorithmSupported', (tee) => ({
    TEE_IsAlgorithmSupported: (algorithm: number, element: number) =>
      tee.TEE_IsAlgorithmSupported(algorithm, element === 3 ? 0x400 : element),
  })),
  inside('SM2 is not supported', 'TEE_IsAlgorithmSupported', (tee) => ({
    TEE_IsAlgorithmSupported: (algorithm: number, element: number) =>
      element === 0 && tee.TEE_IsAlgorithmSupported(algorithm, element),
  })),
];

let firstSignature: Uint8Array | undefined;
const ciphertexts = new Map<string, Uint8Array>();
const restricted = new Map<unknown, number>();
const copied = new Map<unknown, TEE_ObjectHandle>();

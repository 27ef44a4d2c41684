import { fromHex } from '@cssi/sm-core';
import { TEE_ATTR, TEE_MODE, TEE_TYPE } from '../../spec/v1/internal/constants.ts';
import type { TEE_Attribute, TEE_ObjectHandle, TEE_OperationHandle } from '../../spec/v1/internal/tee.ts';
import type { RemoteTee } from '../remote.ts';

/** Shorter names for the modes. */
export const { ENCRYPT, DECRYPT, SIGN, VERIFY, MAC, DIGEST, DERIVE } = TEE_MODE;

/** The key of the examples of GB/T 32907. */
export const SM4_KEY: Uint8Array = fromHex('0123456789abcdeffedcba9876543210');

/** d, x and y of an SM2 key. */
export interface Sm2Numbers {
  readonly d: Uint8Array;
  readonly x: Uint8Array;
  readonly y: Uint8Array;
}

const sm2Numbers = (d: string, x: string, y: string): Sm2Numbers => ({
  d: fromHex(d),
  x: fromHex(x),
  y: fromHex(y),
});

/** GB/T 32918.5-2017 (GM/T 0003.5) annexes A.2, C.2: the key of the examples. */
export const ANNEX_KEY: Sm2Numbers = sm2Numbers(
  '3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8',
  '09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020',
  'ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13',
);

/** GB/T 32918.5-2017 (GM/T 0003.5) annex B.2: static and ephemeral keys of both sides, results. */
export const ANNEX_EXCHANGE = {
  id: fromHex('31323334353637383132333435363738'),
  a: sm2Numbers(
    '81eb26e941bb5af16df116495f90695272ae2cd63d6c4ae1678418be48230029',
    '160e12897df4edb61dd812feb96748fbd3ccf4ffe26aa6f6db9540af49c94232',
    '4a7dad08bb9a459531694beb20aa489d6649975e1bfcf8c4741b78b4b223007f',
  ),
  aEphemeral: sm2Numbers(
    'd4de15474db74d06491c440d305e012400990f3e390c7e87153c12db2ea60bb3',
    '64ced1bdbc99d590049b434d0fd73428cf608a5db8fe5ce07f15026940bae40e',
    '376629c7ab21e7db260922499ddb118f07ce8eaae3e7720afef6a5cc062070c0',
  ),
  b: sm2Numbers(
    '785129917d45a9ea5437a59356b82338eaadda6ceb199088f14ae10defa229b5',
    '6ae848c57c53c7b1b5fa99eb2286af078ba64c64591b8b566f7357d576f16dfb',
    'ee489d771621a27b36c5c7992062e9cd09a9264386f3fbea54dff69305621c4d',
  ),
  bEphemeral: sm2Numbers(
    '7e07124814b309489125eaed101113164ebf0f3458c5bd88335c1f9d596243d6',
    'acc27688a6f7b706098bc91ff3ad1bff7dc2802cdb14ccccdb0a90471f9bd707',
    '2fedac0494b2ffc4d6853876c79b8f301c6573ad0aa50f39fc87181e1a1b46fe',
  ),
  key: fromHex('6c89347354de2484c60b4ab1fde4c6e5'),
  /** S_1 = S_B, which the responder sends. */
  confirmationB: fromHex('d3a0fe15dee185ceae907a6b595cc32a266ed7b3367e9983a896dc32fa20f8eb'),
  /** S_2 = S_A, which the initiator sends. */
  confirmationA: fromHex('18c7894b3816df16cf07b05c5ec0bef5d655d58f779cc1b400a4f3884644db88'),
} as const;

/** 04‖x‖y. */
export const pointOf = ({ x, y }: Sm2Numbers): Uint8Array => Uint8Array.of(4, ...x, ...y);

/** The public key as attributes. */
export const publicAttributes = ({ x, y }: Sm2Numbers): TEE_Attribute[] => [
  { attributeID: TEE_ATTR.ECC_PUBLIC_VALUE_X, content: x },
  { attributeID: TEE_ATTR.ECC_PUBLIC_VALUE_Y, content: y },
];

/** An object with the secret `bytes`. */
export async function secretKey(
  t: RemoteTee,
  type: number,
  bytes: Uint8Array,
  attributeID: number = TEE_ATTR.SECRET_VALUE,
): Promise<TEE_ObjectHandle> {
  const object = await t.TEE_AllocateTransientObject(type, bytes.length * 8);
  await t.TEE_PopulateTransientObject(object, [{ attributeID, content: bytes }]);
  return object;
}

/** An SM4 key object. */
export const sm4Key = (t: RemoteTee, bytes: Uint8Array = SM4_KEY): Promise<TEE_ObjectHandle> =>
  secretKey(t, TEE_TYPE.SM4, bytes);

/** An SM2 key pair of the type. */
export async function keyPair(t: RemoteTee, type: number, numbers: Sm2Numbers): Promise<TEE_ObjectHandle> {
  const object = await t.TEE_AllocateTransientObject(type, 256);
  const secret = { attributeID: TEE_ATTR.ECC_PRIVATE_VALUE, content: numbers.d };
  await t.TEE_PopulateTransientObject(object, [secret, ...publicAttributes(numbers)]);
  return object;
}

/** An SM2 public key of the type. */
export async function publicKey(
  t: RemoteTee,
  type: number,
  numbers: Pick<Sm2Numbers, 'x' | 'y'>,
): Promise<TEE_ObjectHandle> {
  const object = await t.TEE_AllocateTransientObject(type, 256);
  await t.TEE_PopulateTransientObject(object, publicAttributes({ ...numbers, d: new Uint8Array(0) }));
  return object;
}

/** An operation with its key. */
export async function operation(
  t: RemoteTee,
  algorithm: number,
  mode: number,
  bits: number,
  key: TEE_ObjectHandle,
): Promise<TEE_OperationHandle> {
  const handle = await t.TEE_AllocateOperation(algorithm, mode, bits);
  await t.TEE_SetOperationKey(handle, key);
  return handle;
}

/** An SM4 operation with the key of the standard. */
export const sm4Operation = async (
  t: RemoteTee,
  algorithm: number,
  mode: number,
  bytes: Uint8Array = SM4_KEY,
): Promise<TEE_OperationHandle> => operation(t, algorithm, mode, 128, await sm4Key(t, bytes));

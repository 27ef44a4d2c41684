import { fromHex, utf8 } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import type { RemoteAttribute } from '../../spec/v1/conformance-call.ts';
import { TEE_ALG, TEE_ATTR, TEE_TYPE } from '../../spec/v1/internal/constants.ts';
import type { TEE_Attribute, TEE_ObjectHandle, TEE_OperationHandle } from '../../spec/v1/internal/tee.ts';
import type { RemoteTee } from '../remote.ts';
import { expectEqual, inside, panics, refuses } from '../support.ts';
import { bytesAttribute, empty, secretOf, valueAttribute } from './derive-support.ts';
import { ANNEX_EXCHANGE, DERIVE, keyPair, publicAttributes, type Sm2Numbers } from './keys.ts';

const KEP = 'xtest 4014; GPD_SPE_010 §6.8.1; GB/T 32918.3-2016 §6.1';
const A = TEE_ATTR;
const { a, aEphemeral, b, bEphemeral, id } = ANNEX_EXCHANGE;

async function exchange(t: RemoteTee, own: Sm2Numbers, ephemeral: Sm2Numbers): Promise<TEE_OperationHandle> {
  const handle = await t.TEE_AllocateOperation(TEE_ALG.SM2_KEP, DERIVE, 512);
  const keys = [
    await keyPair(t, TEE_TYPE.SM2_KEP_KEYPAIR, own),
    await keyPair(t, TEE_TYPE.SM2_KEP_KEYPAIR, ephemeral),
  ];
  await t.TEE_SetOperationKey2(handle, keys[0] ?? null, keys[1] ?? null);
  return handle;
}

/** What one side of the annex's exchange is given. */
const parameters = (
  role: 'initiator' | 'responder',
  changes: readonly TEE_Attribute[] = [],
): TEE_Attribute[] => {
  const [peer, ephemeral] = role === 'initiator' ? [b, bEphemeral] : [a, aEphemeral];
  const all = [
    ...publicAttributes(peer),
    bytesAttribute(A.ECC_EPHEMERAL_PUBLIC_VALUE_X, ephemeral.x),
    bytesAttribute(A.ECC_EPHEMERAL_PUBLIC_VALUE_Y, ephemeral.y),
    valueAttribute(A.SM2_KEP_USER, role === 'initiator' ? 0 : 1),
    bytesAttribute(A.SM2_ID_INITIATOR, id),
    bytesAttribute(A.SM2_ID_RESPONDER, id),
  ];
  const replaced = new Set(changes.map((item) => item.attributeID));
  return [...all.filter((item) => !replaced.has(item.attributeID)), ...changes];
};

const agreed = (caseId: string, role: 'initiator' | 'responder'): ConformanceCase<TeeClient> =>
  inside(caseId, `${KEP}; GB/T 32918.5-2017 annex B.2`, async (t) => {
    const handle = role === 'initiator' ? await exchange(t, a, aEphemeral) : await exchange(t, b, bEphemeral);
    const key = await empty(t, 16);
    await t.TEE_DeriveKey(handle, parameters(role), key);
    expectBytes(await secretOf(t, key), ANNEX_EXCHANGE.key, `the key of the ${role}`);
  });

const refusedExchange = (
  caseId: string,
  what: string,
  results: readonly ('BAD_PARAMETERS' | 'MAC_INVALID' | 'SECURITY')[],
  change: TEE_Attribute,
): ConformanceCase<TeeClient> =>
  refuses(caseId, KEP, results, what, async (t) => {
    const handle = await exchange(t, a, aEphemeral);
    const key = await empty(t, 16);
    return () => t.TEE_DeriveKey(handle, parameters('initiator', [change]), key);
  });

const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));

/** SM2 key exchange. */
export const exchangeCases: readonly ConformanceCase<TeeClient>[] = [
  agreed('crypto.kep.initiator', 'initiator'),
  agreed('crypto.kep.responder', 'responder'),
  inside('crypto.kep.confirms', KEP, async (t) => {
    const handle = await exchange(t, a, aEphemeral);
    const [key, memory] = [await empty(t, 16), await t.TEE_Malloc(32, 0)];
    const out = {
      attributeID: A.SM2_KEP_CONFIRMATION_OUT,
      memory,
    } as unknown as RemoteAttribute as TEE_Attribute;
    const received = bytesAttribute(A.SM2_KEP_CONFIRMATION_IN, ANNEX_EXCHANGE.confirmationB);
    await t.TEE_DeriveKey(handle, parameters('initiator', [received, out]), key);
    expectBytes(memory ? await t.getMemory(memory, 0, 32) : undefined, ANNEX_EXCHANGE.confirmationA, 'S_A');
  }),
  inside('crypto.kep.ids-count', KEP, async (t) => {
    const handle = await exchange(t, a, aEphemeral);
    const key = await empty(t, 16);
    await t.TEE_DeriveKey(
      handle,
      parameters('initiator', [bytesAttribute(A.SM2_ID_RESPONDER, utf8('other'))]),
      key,
    );
    const other = await secretOf(t, key);
    expectEqual(other.length, 16, 'bytes of the key');
    expectEqual(other.join() === ANNEX_EXCHANGE.key.join(), false, 'another identity gives the same key');
  }),
  refusedExchange(
    'crypto.kep.wrong-confirmation',
    'a confirmation with a bit changed',
    ['MAC_INVALID', 'BAD_PARAMETERS', 'SECURITY'],
    bytesAttribute(A.SM2_KEP_CONFIRMATION_IN, flipped(ANNEX_EXCHANGE.confirmationB, 0)),
  ),
  refusedExchange(
    'crypto.kep.off-curve',
    'an ephemeral point off the curve',
    ['BAD_PARAMETERS', 'SECURITY'],
    bytesAttribute(A.ECC_EPHEMERAL_PUBLIC_VALUE_Y, flipped(bEphemeral.y, 31)),
  ),
  refusedExchange(
    'crypto.kep.static-off-curve',
    'a static point off the curve',
    ['BAD_PARAMETERS', 'SECURITY'],
    bytesAttribute(A.ECC_PUBLIC_VALUE_X, flipped(b.x, 31)),
  ),
  panics(
    'crypto.kep.one-key',
    'xtest 4018; GPD_SPE_010 §6.2.6',
    'one key for an operation of two',
    async (t) => {
      const handle = await t.TEE_AllocateOperation(TEE_ALG.SM2_KEP, DERIVE, 512);
      const key = await keyPair(t, TEE_TYPE.SM2_KEP_KEYPAIR, a);
      return () => t.TEE_SetOperationKey(handle, key);
    },
  ),
  panics('crypto.kep.no-keys', KEP, 'a derivation without keys', async (t) => {
    const handle = await t.TEE_AllocateOperation(TEE_ALG.SM2_KEP, DERIVE, 512);
    const key = await empty(t, 16);
    return () => t.TEE_DeriveKey(handle, parameters('initiator'), key);
  }),
  inside('crypto.kep.self-made', KEP, async (t, kit) => {
    // Both sides inside: fresh keys, the halves exchanged as attributes.
    const other = await kit.open();
    const make = async (
      side: RemoteTee,
    ): Promise<{ handle: TEE_ObjectHandle; x: Uint8Array; y: Uint8Array }> => {
      const handle = await side.TEE_AllocateTransientObject(TEE_TYPE.SM2_KEP_KEYPAIR, 256);
      await side.TEE_GenerateKey(handle, 256, []);
      const x = await side.TEE_GetObjectBufferAttribute(handle, A.ECC_PUBLIC_VALUE_X);
      return { handle, x, y: await side.TEE_GetObjectBufferAttribute(handle, A.ECC_PUBLIC_VALUE_Y) };
    };
    const [own, ownEphemeral, peer, peerEphemeral] = [
      await make(t),
      await make(t),
      await make(other),
      await make(other),
    ];
    const run = async (
      side: RemoteTee,
      user: number,
      mine: typeof own,
      fresh: typeof own,
      theirs: typeof own,
      theirFresh: typeof own,
    ): Promise<Uint8Array> => {
      const handle = await side.TEE_AllocateOperation(TEE_ALG.SM2_KEP, DERIVE, 512);
      await side.TEE_SetOperationKey2(handle, mine.handle, fresh.handle);
      const key = await empty(side, 32);
      await side.TEE_DeriveKey(
        handle,
        [
          bytesAttribute(A.ECC_PUBLIC_VALUE_X, theirs.x),
          bytesAttribute(A.ECC_PUBLIC_VALUE_Y, theirs.y),
          bytesAttribute(A.ECC_EPHEMERAL_PUBLIC_VALUE_X, theirFresh.x),
          bytesAttribute(A.ECC_EPHEMERAL_PUBLIC_VALUE_Y, theirFresh.y),
          valueAttribute(A.SM2_KEP_USER, user),
          bytesAttribute(A.SM2_ID_INITIATOR, fromHex('aa')),
          bytesAttribute(A.SM2_ID_RESPONDER, fromHex('bb')),
        ],
        key,
      );
      return secretOf(side, key);
    };
    const first = await run(t, 0, own, ownEphemeral, peer, peerEphemeral);
    expectBytes(await run(other, 1, peer, peerEphemeral, own, ownEphemeral), first, 'the key of both sides');
  }),
];

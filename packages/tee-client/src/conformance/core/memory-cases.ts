import { type ConformanceCase, expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { TEE_MALLOC, TEE_MEMORY } from '../../spec/v1/internal/constants.ts';
import { teecParam } from '../../spec/v1/operation.ts';
import { ownParameter, type RemoteMemory, type RemoteTee } from '../remote.ts';
import { expectEqual, expectTee, inside, panics } from '../support.ts';

const ALLOCATION = 'xtest 1006; GPD_SPE_010 §4.11.4 TEE_Malloc';
const REALLOCATION = 'xtest 1006; GPD_SPE_010 §4.11.5 TEE_Realloc';
const FREE = 'xtest 1006; GPD_SPE_010 §4.11.6 TEE_Free';
const MOVES = 'xtest 1006; GPD_SPE_010 §4.11.7';
const COMPARES = 'xtest 1006; GPD_SPE_010 §4.11.8 TEE_MemCompare';
const RIGHTS = 'xtest 1006, 1010; GPD_SPE_010 §4.11.1 TEE_CheckMemoryAccessRights';
const { ACCESS_READ, ACCESS_WRITE, ACCESS_ANY_OWNER } = TEE_MEMORY;

async function allocate(
  t: RemoteTee,
  size: number,
  hint: number = TEE_MALLOC.FILL_ZERO,
): Promise<RemoteMemory> {
  const memory = await t.TEE_Malloc(size, hint);
  expectTrue(memory !== null, `memory of ${size} bytes`);
  return memory;
}

/** The application's memory. */
export const memoryCases: readonly ConformanceCase<TeeClient>[] = [
  inside('memory.malloc.zeroed', ALLOCATION, async (t) => {
    const first = await allocate(t, 500);
    await t.TEE_MemFill(first, 0xa5, 500);
    await t.TEE_Free(first);
    expectBytes(await t.getMemory(await allocate(t, 500), 0, 500), new Uint8Array(500), 'new memory');
  }),
  inside('memory.malloc.distinct', ALLOCATION, async (t) => {
    const [one, two] = [await allocate(t, 64), await allocate(t, 64)];
    await t.TEE_MemFill(one, 1, 64);
    expectBytes(await t.getMemory(two, 0, 64), new Uint8Array(64), 'other memory');
  }),
  inside('memory.malloc.nothing', ALLOCATION, async (t) => {
    await t.TEE_Free(await allocate(t, 0));
  }),
  inside('memory.malloc.not-filled', ALLOCATION, async (t) => {
    const memory = await allocate(t, 32, TEE_MALLOC.NO_FILL | TEE_MALLOC.NO_SHARE);
    await t.setMemory(memory, 0, new Uint8Array(32).fill(3));
    expectBytes(await t.getMemory(memory, 0, 32), new Uint8Array(32).fill(3), 'memory that is not filled');
  }),
  inside('memory.malloc.too-much', ALLOCATION, async (t) => {
    expectEqual(await t.TEE_Malloc(0x7fffffff, 0), null, '2 GiB');
    await allocate(t, 100);
  }),
  inside('memory.malloc.used-up', ALLOCATION, async (t) => {
    const blocks: RemoteMemory[] = [];
    for (let block = await t.TEE_Malloc(1 << 20, 0); block !== null; block = await t.TEE_Malloc(1 << 20, 0)) {
      blocks.push(block);
      expectTrue(blocks.length < 4096, 'memory ends below 4 GiB');
    }
    for (const block of blocks) await t.TEE_Free(block);
    const again = await t.TEE_Malloc(1 << 20, 0);
    expectTrue((again !== null) === blocks.length > 0, 'what was freed can be had again');
  }),
  inside('memory.realloc.grows', REALLOCATION, async (t) => {
    const memory = await allocate(t, 4);
    await t.setMemory(memory, 0, Uint8Array.of(1, 2, 3, 4));
    const larger = await t.TEE_Realloc(memory, 8);
    expectTrue(larger !== null, 'larger memory');
    expectBytes(await t.getMemory(larger, 0, 4), Uint8Array.of(1, 2, 3, 4), 'the content');
  }),
  inside('memory.realloc.shrinks', REALLOCATION, async (t) => {
    const memory = await allocate(t, 8);
    await t.setMemory(memory, 0, Uint8Array.of(1, 2, 3, 4, 5));
    const smaller = await t.TEE_Realloc(memory, 3);
    expectTrue(smaller !== null, 'smaller memory');
    expectBytes(await t.getMemory(smaller, 0, 3), Uint8Array.of(1, 2, 3), 'the content that fits');
  }),
  inside('memory.realloc.null', REALLOCATION, async (t) => {
    const memory = await t.TEE_Realloc(null, 16);
    expectTrue(memory !== null, 'as TEE_Malloc');
    expectBytes(await t.getMemory(memory, 0, 16), new Uint8Array(16), 'zeroed memory');
  }),
  inside('memory.realloc.too-much', REALLOCATION, async (t) => {
    const memory = await allocate(t, 4);
    await t.setMemory(memory, 0, Uint8Array.of(9, 9, 9, 9));
    expectEqual(await t.TEE_Realloc(memory, 0x7fffffff), null, '2 GiB');
    expectBytes(await t.getMemory(memory, 0, 4), Uint8Array.of(9, 9, 9, 9), 'the memory that was there');
  }),
  inside('memory.free.null', FREE, async (t) => {
    await t.TEE_Free(null);
  }),
  panics('memory.free.twice', FREE, 'freeing memory twice', async (t) => {
    const memory = await allocate(t, 16);
    await t.TEE_Free(memory);
    return () => t.TEE_Free(memory);
  }),
  inside('memory.move.size', `${MOVES} TEE_MemMove`, async (t) => {
    const memory = await allocate(t, 6);
    await t.setMemory(memory, 0, Uint8Array.of(1, 2, 3, 4, 5, 6));
    await t.TEE_MemMove(memory, Uint8Array.of(7, 8), 2);
    expectBytes(
      await t.getMemory(memory, 0, 6),
      Uint8Array.of(7, 8, 3, 4, 5, 6),
      'only `size` bytes are moved',
    );
  }),
  inside('memory.fill', `${MOVES} TEE_MemFill`, async (t) => {
    const memory = await allocate(t, 4);
    await t.TEE_MemFill(memory, 0x1ab, 3);
    expectBytes(
      await t.getMemory(memory, 0, 4),
      Uint8Array.of(0xab, 0xab, 0xab, 0),
      'the low 8 bits, 3 times',
    );
  }),
  inside('memory.compare.equal', COMPARES, async (t) => {
    expectEqual(
      await t.TEE_MemCompare(Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 4), 2),
      0,
      'equal in the first 2 bytes',
    );
  }),
  inside('memory.compare.order', COMPARES, async (t) => {
    expectTrue(
      (await t.TEE_MemCompare(Uint8Array.of(1, 0x80), Uint8Array.of(1, 0x7f), 2)) > 0,
      '0x80 is above 0x7f',
    );
    expectTrue(
      (await t.TEE_MemCompare(Uint8Array.of(1, 2), Uint8Array.of(2, 1), 2)) < 0,
      'the first difference decides',
    );
  }),
  inside('memory.rights.own', RIGHTS, async (t) => {
    const memory = await allocate(t, 16);
    await t.TEE_CheckMemoryAccessRights(ACCESS_READ | ACCESS_WRITE, memory, 16);
  }),
  inside('memory.rights.nothing', RIGHTS, async (t) => {
    await t.TEE_CheckMemoryAccessRights(ACCESS_READ | ACCESS_WRITE, null, 0);
  }),
  inside('memory.rights.null', RIGHTS, async (t) => {
    await expectTee(
      () => t.TEE_CheckMemoryAccessRights(ACCESS_READ | ACCESS_ANY_OWNER, null, 1),
      ['ACCESS_DENIED'],
      'a byte at NULL',
    );
  }),
  inside('memory.rights.beyond', RIGHTS, async (t) => {
    const memory = await allocate(t, 16);
    await expectTee(
      () => t.TEE_CheckMemoryAccessRights(ACCESS_READ, memory, 0x7fffffff),
      ['ACCESS_DENIED'],
      '2 GiB from the start of 16 bytes',
    );
  }),
  inside('memory.rights.parameter', RIGHTS, async (_, kit) => {
    const t = kit.again({
      params: [teecParam.tempInput(kit.bytes('data', 8)), teecParam.tempInout(new Uint8Array(8))],
    });
    await t.TEE_CheckMemoryAccessRights(ACCESS_READ | ACCESS_ANY_OWNER, ownParameter(2), 8);
    await t.TEE_CheckMemoryAccessRights(ACCESS_READ | ACCESS_WRITE | ACCESS_ANY_OWNER, ownParameter(3), 8);
  }),
  inside('memory.instance-data.shared', 'xtest 1012; GPD_SPE_010 §4.11.2', async (t, kit) => {
    await t.TEE_SetInstanceData(kit.bytes('data', 8));
    const other = await kit.open();
    expectBytes(
      (await other.TEE_GetInstanceData()) as Uint8Array,
      kit.bytes('data', 8),
      'in another session',
    );
  }),
  inside('memory.instance-data.none', 'GPD_SPE_010 §4.11.3 TEE_GetInstanceData', async (t) => {
    expectEqual(await t.TEE_GetInstanceData(), null, 'of a new instance');
  }),
];

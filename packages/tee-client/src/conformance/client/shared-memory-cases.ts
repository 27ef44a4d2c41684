import { type ConformanceCase, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { TEEC_MEM } from '../../spec/v1/constants.ts';
import { expectResult, must, withContext, withMemory } from '../support.ts';

const ALLOCATE = 'GPD_SPE_007 §4.5 TEEC_AllocateSharedMemory';
const REGISTER = 'GPD_SPE_007 §4.5 TEEC_RegisterSharedMemory';
const INOUT = TEEC_MEM.INPUT | TEEC_MEM.OUTPUT;
const KIB_32 = 32 * 1024;
const TOO_MUCH = 2 ** 40;

const allocate = (id: string, size: number, flags: number): ConformanceCase<TeeClient> =>
  must(id, ALLOCATE, (client) =>
    withContext(client, (context) =>
      withMemory(context.allocateSharedMemory(size, flags), (memory) => {
        expectTrue(memory.size === size && memory.buffer.length === size, 'the block has the size asked for');
        expectTrue(memory.flags === flags, 'the block keeps its flags');
        expectTrue(
          memory.buffer.every((byte) => byte === 0),
          'an allocated block holds nothing of earlier use',
        );
      }),
    ),
  );

const register = (id: string, size: number, flags: number): ConformanceCase<TeeClient> =>
  must(id, REGISTER, (client, { bytes }) =>
    withContext(client, (context) => {
      const buffer = bytes('buffer', size);
      const before = buffer.slice();
      return withMemory(context.registerSharedMemory(buffer, flags), (memory) => {
        expectTrue(memory.buffer === buffer && memory.size === size, 'the block is the buffer of the caller');
        expectTrue(memory.flags === flags, 'the block keeps its flags');
        expectTrue(
          buffer.every((byte, i) => byte === before[i]),
          'registering changes no byte',
        );
      });
    }),
  );

/** Shared memory: what xtest 5006 asks for, and what must be refused. */
export const sharedMemoryCases: readonly ConformanceCase<TeeClient>[] = [
  allocate('gp.5006.Allocate_In', 1024, TEEC_MEM.INPUT),
  allocate('gp.5006.Allocate_Out', 1024, TEEC_MEM.OUTPUT),
  allocate('gp.5006.Allocate_InOut', 1024, INOUT),
  allocate('gp.5006.Allocate_sharedMemory_32k', KIB_32, INOUT),
  allocate('gp.memory.zero-length', 0, INOUT),
  register('gp.5006.Register_In', 1024, TEEC_MEM.INPUT),
  register('gp.5006.Register_InOut', 1024, INOUT),
  register('gp.5006.Register_notZeroLength_Out', 1024, TEEC_MEM.OUTPUT),
  register('gp.5006.Register_zeroLength_Out', 0, TEEC_MEM.OUTPUT),
  register('gp.5006.Register_sharedMemory_32k', KIB_32, INOUT),
  must('gp.5006.Allocate_out_of_memory', ALLOCATE, (client) =>
    withContext(client, async (context) => {
      await expectResult(
        () => context.allocateSharedMemory(TOO_MUCH, INOUT),
        ['OUT_OF_MEMORY'],
        'an allocation beyond all limits',
      );
    }),
  ),
  must('gp.5006.AllocateSameMemory_twice', ALLOCATE, (client) =>
    withContext(client, async (context) => {
      const first = context.allocateSharedMemory(64, INOUT);
      const second = context.allocateSharedMemory(64, INOUT);
      first.buffer.fill(1);
      expectTrue(
        second.buffer.every((byte) => byte === 0),
        'two allocations share no byte',
      );
      first.release();
      second.release();
    }),
  ),
  must('gp.5006.RegisterSameMemory_twice', REGISTER, (client) =>
    withContext(client, async (context) => {
      const buffer = new Uint8Array(64);
      const first = context.registerSharedMemory(buffer, INOUT);
      const second = context.registerSharedMemory(buffer, INOUT);
      expectTrue(first.buffer === second.buffer, 'both blocks are the buffer of the caller');
      first.release();
      second.release();
    }),
  ),
  must('gp.5006.AllocateThenRegister_SameMemory', REGISTER, (client) =>
    withContext(client, async (context) => {
      const allocated = context.allocateSharedMemory(64, INOUT);
      const registered = context.registerSharedMemory(allocated.buffer, INOUT);
      registered.buffer.fill(7);
      expectTrue(allocated.buffer[63] === 7, 'the block allocated is the block registered');
      registered.release();
      allocated.release();
    }),
  ),
  must('gp.memory.flags-none', ALLOCATE, (client) =>
    withContext(client, async (context) => {
      await expectResult(
        () => context.allocateSharedMemory(16, 0),
        ['BAD_PARAMETERS'],
        'a block without flags',
      );
    }),
  ),
  must('gp.memory.flags-unknown', REGISTER, (client) =>
    withContext(client, async (context) => {
      await expectResult(
        () => context.registerSharedMemory(new Uint8Array(16), 4),
        ['BAD_PARAMETERS'],
        'a flag that does not exist',
      );
    }),
  ),
  must('gp.memory.size-negative', ALLOCATE, (client) =>
    withContext(client, async (context) => {
      await expectResult(
        () => context.allocateSharedMemory(-1, INOUT),
        ['BAD_PARAMETERS'],
        'a negative size',
      );
    }),
  ),
  must('gp.memory.after-finalize', 'GPD_SPE_007 §4.5 TEEC_FinalizeContext', async (client) => {
    const context = await client.initializeContext();
    await context.finalize();
    await expectResult(
      () => context.allocateSharedMemory(16, INOUT),
      ['BAD_STATE', 'BAD_PARAMETERS'],
      'an allocation in a finalized context',
    );
  }),
];

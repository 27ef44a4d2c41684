import { type ConformanceCase, expectTrue } from '@cssi/sm-core/conformance';
import type { ModuleServiceRequest } from '../spec/v1/module.ts';
import {
  expectBadService,
  expectRefused,
  expectSuccess,
  type SecurityModuleSubject,
  serviceCase,
  type TestSession,
  withTestSession,
} from './module-support.ts';

const NEVER_GIVEN = 0xfffffff1;

const allocate = async (session: TestSession, size: number): Promise<number> =>
  expectSuccess(await session.service({ service: 'memory-allocate', size }), 'memory-allocate').value;
const write = (id: number, offset: number, length: number): ModuleServiceRequest => ({
  service: 'memory-write',
  id,
  offset,
  data: new Uint8Array(length).fill(1),
});

const UNKNOWN_BLOCK = ['ITEM_NOT_FOUND', 'BAD_PARAMETERS', 'BAD_STATE'] as const;

async function expectNoBlock(session: TestSession, id: number, what: string): Promise<void> {
  const requests: readonly ModuleServiceRequest[] = [
    write(id, 0, 1),
    { service: 'memory-grow', id, size: 128 },
    { service: 'memory-release', id },
  ];
  for (const request of requests) {
    const answer = await session.service(request);
    expectRefused(answer, UNKNOWN_BLOCK, ['TEE', 'TRUSTED_APP'], `${request.service} of ${what}`);
  }
}

/** Secure memory of the enclave interface. */
export const secureMemoryCases: readonly ConformanceCase<SecurityModuleSubject>[] = [
  serviceCase('memory.life', 'enclave-memory', async (session) => {
    const id = await allocate(session, 100);
    expectSuccess(await session.service(write(id, 0, 100)), 'a write of the whole block');
    expectSuccess(await session.service(write(id, 99, 1)), 'a write at its end');
    expectSuccess(await session.service({ service: 'memory-grow', id, size: 200 }), 'growing');
    expectSuccess(await session.service(write(id, 100, 100)), 'a write of what was added');
    expectSuccess(await session.service({ service: 'memory-release', id }), 'release');
    await expectNoBlock(session, id, 'a released block');
  }),
  serviceCase('memory.distinct', 'enclave-memory', async (session) => {
    const ids = [await allocate(session, 16), await allocate(session, 16)];
    expectTrue(ids[0] !== ids[1], 'blocks have numbers of their own');
  }),
  serviceCase('memory.bounds', 'enclave-memory', async (session) => {
    const id = await allocate(session, 100);
    for (const [offset, length] of [
      [100, 1],
      [0, 101],
      [99, 2],
      [0xffffffff, 1],
    ] as const) {
      await expectBadService(session, write(id, offset, length), `a write of ${length} bytes at ${offset}`);
    }
  }),
  serviceCase('memory.unknown', 'enclave-memory', (session) =>
    expectNoBlock(session, NEVER_GIVEN, 'a block that was never allocated'),
  ),
  serviceCase('memory.another-session', 'enclave-memory', async (session, { module }) => {
    const id = await allocate(session, 16);
    await withTestSession(module, (other) => expectNoBlock(other, id, 'the block of another session'));
  }),
  serviceCase('memory.quota', 'enclave-memory', async (session) => {
    const id = await allocate(session, 100);
    const answers = [
      await session.service({ service: 'memory-allocate', size: 0xffffffff }),
      await session.service({ service: 'memory-grow', id, size: 0xffffffff }),
    ];
    for (const answer of answers) {
      expectRefused(answer, ['OUT_OF_MEMORY'], ['TEE', 'TRUSTED_APP'], 'memory above every quota');
    }
    expectSuccess(await session.service(write(id, 0, 100)), 'a write after growing was refused');
    await expectBadService(session, write(id, 100, 1), 'a write into what was not added');
  }),
  serviceCase('memory.given-back', 'enclave-memory', async (session) => {
    // 256 MiB in all: without giving back, far above what a test application has.
    for (let round = 0; round < 4096; round++) {
      const id = await allocate(session, 65_536);
      expectSuccess(await session.service({ service: 'memory-release', id }), 'release');
    }
  }),
];

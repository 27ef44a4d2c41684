import { readFileSync } from 'node:fs';
import { certificatesFromPem } from '@cssi/pki';
import { coreOperations, type ServiceClient, verifyAuditFolder } from '@cssi/security-service-api';
import { toBase64, utf8 } from '@cssi/sm-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { RunningServer } from '../../src/server.ts';
import { codeOf } from './codes.ts';
import { temporaryFolder } from './folders.ts';
import { type Door, enrolled, type Person } from './people.ts';
import { expectRefusal, type Probe, probeOf, type RawAnswer, type RawRequest, sendRaw } from './probe.ts';
import { administrators, configOf, doorOf, machineClock, start } from './server.ts';

/** A running server with a tenant and users; every member is there once the tests run. */
export interface World {
  server: RunningServer;
  /** PEM */
  ca: string;
  door: Door;
  admins: Awaited<ReturnType<typeof administrators>>;
  /** What `user` sends goes through it. */
  probe: Probe;
  user: Person;
  /** Status numbers of the codes that were met, by code. */
  readonly seen: Map<string, number>;
  raw(request: RawRequest): Promise<RawAnswer>;
  /** Sends a request that must be refused, with one of the codes. */
  refusal(request: RawRequest, ...codes: string[]): Promise<void>;
  /** Makes a call as `user` that must be refused, with one of the codes. */
  refusedCall(call: (client: ServiceClient) => Promise<unknown>, ...codes: string[]): Promise<void>;
}

const DIGEST_OF_ABC = 'Zsfw9GLu7dnR8tRr3BDk4kFnxIdc8veiKX2gK49LqOA=';

/**
 * One server for the tests of a file. After each test a valid call of somebody else must
 * still work, nothing may have gone wrong inside, and the audit log must verify.
 */
export function runningWorld(): World {
  const internalErrors: unknown[] = [];
  const world: Partial<World> & Pick<World, 'seen'> = { seen: new Map() };
  const ready = world as World;
  let bystander: Person;
  const note = (answer: RawAnswer | undefined, codes: readonly string[]): void => {
    const { code, status } = expectRefusal(answer, codes);
    ready.seen.set(code, status);
  };
  world.raw = (request) => sendRaw(ready.server.address, ready.ca, request);
  world.refusal = async (request, ...codes) => note(await ready.raw(request), codes);
  world.refusedCall = async (call, ...codes) => {
    await codeOf(() => call(ready.user.client));
    note(ready.probe.lastAnswer, codes);
  };

  beforeAll(async () => {
    const server = await start(configOf(temporaryFolder()), {
      onInternalError: (error) => internalErrors.push(error),
    });
    const door = doorOf(server);
    const admins = await administrators(server);
    await admins.system.call(coreOperations['tenant.create'], { tenantId: 'acme', name: 'Acme' });
    const probe = probeOf(door.transport());
    const probed = { transport: () => probe.transport, clock: machineClock };
    const user = await enrolled(probed, admins.security, 'acme-user', 'acme', ['tenant-user']);
    bystander = await enrolled(door, admins.security, 'acme-other', 'acme', ['tenant-user']);
    Object.assign(world, {
      server,
      ca: readFileSync(server.files.httpsCa, 'utf8'),
      door,
      admins,
      probe,
      user,
    });
  });
  afterAll(() => world.server?.close());
  afterEach(async () => {
    ready.probe.mutate = undefined;
    const { digest } = await bystander.client.call(coreOperations.hash, { data: toBase64(utf8('abc')) });
    expect(digest).toBe(DIGEST_OF_ABC);
    expect(internalErrors).toEqual([]);
    const keys = certificatesFromPem(readFileSync(ready.server.files.auditCertificate, 'utf8'));
    const { integrity } = await verifyAuditFolder(ready.server.files.audit, { keys });
    expect(integrity.status).toBe('passed');
  });
  return ready;
}

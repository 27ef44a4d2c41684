import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import {
  auditHandlers,
  type Credentials,
  coreOperations,
  createDispatcher,
  createSessionService,
  type Dispatcher,
  defineOperation,
  Members,
  primitiveHandlers,
  type Role,
  roleAccess,
  SECURITY_SERVICE_ERRORS,
  serviceHandlers,
  sessionHandlers,
} from '@cssi/security-service-api';
import { memoryAuditLog } from '@cssi/security-service-api/adapters/memory-audit';
import { memoryIdentityStore } from '@cssi/security-service-api/adapters/memory-identity';
import { memorySessionStore } from '@cssi/security-service-api/adapters/memory-sessions';
import type { ServiceHarness } from '@cssi/security-service-api/conformance';
import { SM_CORE_ERRORS, sm2 } from '@cssi/sm-core';
import { type Authority, createSm2Authority } from './certificates.ts';

const FAULT_TEXT = 'text of an inner fault that no caller may see';

const faultOperation = defineOperation({
  name: 'hil.fault',
  auth: 'none',
  request: Members({}),
  response: Members({}),
  summary: 'Fails.',
  summaryZh: '失败。',
  clause: 'test',
});

async function createCredentials(authority: Authority, commonName: string): Promise<Credentials> {
  const signer = sm2SoftwareSigner(sm2.generateKeyPair());
  return { certificate: await authority.issue(commonName, 'person', signer), signer };
}

/** A service that has everything but a way to it. */
export interface Harness {
  readonly harness: Omit<ServiceHarness, 'transport'>;
  readonly dispatcher: Dispatcher;
}

/** Makes a service on memory adapters with the users that the suite needs. */
export async function createHarness(start: Date): Promise<Harness> {
  let time = start.getTime();
  const now = () => new Date(time);
  const authority = await createSm2Authority('HIL CA', start);
  const foreign = await createSm2Authority('HIL other CA', start);
  const users = {
    tenantUser: await createCredentials(authority, 'alice'),
    otherTenantUser: await createCredentials(authority, 'bob'),
    auditor: await createCredentials(authority, 'auditor'),
    withoutRole: await createCredentials(authority, 'newcomer'),
    unknown: await createCredentials(authority, 'stranger'),
    foreign: await createCredentials(foreign, 'alice'),
  };

  const identities = memoryIdentityStore({ clock: now });
  const enrol = (userId: string, tenantId: string | null, roles: readonly Role[], holder: Credentials) =>
    identities.createUser({ userId, tenantId, name: userId, roles, certificate: holder.certificate });
  for (const tenantId of ['tenant-1', 'tenant-2'])
    await identities.createTenant({ tenantId, name: tenantId });
  await enrol('alice', 'tenant-1', ['tenant-user'], users.tenantUser);
  await enrol('bob', 'tenant-2', ['tenant-user'], users.otherTenantUser);
  await enrol('auditor', null, ['auditor'], users.auditor);
  await enrol('newcomer', 'tenant-1', [], users.withoutRole);
  // The store knows this certificate; only the check of its path can refuse it.
  await enrol('mallory', 'tenant-1', ['tenant-user'], users.foreign);

  const sessions = createSessionService(
    { serverId: 'hil' },
    { identities, store: memorySessionStore(), anchors: [authority.certificate] },
  );
  const audit = memoryAuditLog();
  const operations = [
    coreOperations.version,
    coreOperations['errors.list'],
    coreOperations['session.challenge'],
    coreOperations['session.open'],
    coreOperations['session.close'],
    coreOperations.hash,
    coreOperations.random,
    coreOperations['audit.read'],
    faultOperation,
  ];
  const handlers = {
    ...serviceHandlers({ errorTables: [SM_CORE_ERRORS, SECURITY_SERVICE_ERRORS] }),
    ...sessionHandlers(sessions),
    ...primitiveHandlers(),
    ...auditHandlers(audit),
    [faultOperation.name]: async () => {
      throw new Error(FAULT_TEXT);
    },
  };
  const dispatcher = createDispatcher(
    { operations, handlers },
    { sessions, access: roleAccess(), audit, clock: now },
  );
  return {
    dispatcher,
    harness: {
      operations,
      users,
      fault: { operation: faultOperation, text: FAULT_TEXT },
      now,
      advance: (seconds) => {
        time += seconds * 1000;
      },
    },
  };
}

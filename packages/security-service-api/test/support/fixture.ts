import {
  type Certificate,
  type CertificateProfile,
  type CertificateSigner,
  encodeSm2PublicKeyInfo,
  issueCertificate,
  parseCertificate,
} from '@cssi/pki';
import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import { SM_CORE_ERRORS, sm2 } from '@cssi/sm-core';
import Type from 'typebox';
import { inProcessTransport } from '../../src/adapters/in-process.ts';
import { memoryAuditLog } from '../../src/adapters/memory-audit.ts';
import { memorySessionStore } from '../../src/adapters/memory-sessions.ts';
import type { ServiceHarness } from '../../src/conformance/index.ts';
import {
  auditHandlers,
  type Credentials,
  coreOperations,
  createDispatcher,
  createSessionService,
  type Dispatcher,
  type DispatcherDeps,
  defineOperation,
  type HandlerTable,
  Members,
  type Operation,
  primitiveHandlers,
  roleAccess,
  SECURITY_SERVICE_ERRORS,
  type SessionServiceDeps,
  type SessionServiceOptions,
  serviceHandlers,
  sessionHandlers,
  Text,
  type Transport,
  Whole,
} from '../../src/index.ts';
import type { AuditLog } from '../../src/spec/v1/audit.ts';
import type { Role, User } from '../../src/spec/v1/identity.ts';

export const START = new Date('2026-12-01T00:00:00Z');
const VALID_FROM = new Date('2026-01-01T00:00:00Z');
const VALID_TO = new Date('2029-01-01T00:00:00Z');
export const FAULT_TEXT = 'inner-secret-4711';

export interface Ca {
  readonly signer: CertificateSigner;
  readonly certificate: Certificate;
}

export async function makeCa(commonName = 'Test CA'): Promise<Ca> {
  const signer = sm2SoftwareSigner(sm2.generateKeyPair());
  const name = { commonName, country: 'CN' };
  const der = await issueCertificate(
    {
      subject: name,
      issuer: name,
      publicKeyInfo: signer.publicKeyInfo,
      profile: 'root-ca',
      notBefore: VALID_FROM,
      notAfter: VALID_TO,
    },
    signer,
  );
  return { signer, certificate: parseCertificate(der) };
}

export async function makeCredentials(
  ca: Ca,
  commonName: string,
  options: { profile?: CertificateProfile; notAfter?: Date } = {},
): Promise<Credentials> {
  const pair = sm2.generateKeyPair();
  const certificate = await issueCertificate(
    {
      subject: { commonName, country: 'CN' },
      issuer: { raw: ca.certificate.subjectRaw },
      issuerPublicKeyInfo: ca.certificate.publicKeyInfo,
      publicKeyInfo: encodeSm2PublicKeyInfo(pair.publicKey),
      profile: options.profile ?? 'person',
      notBefore: VALID_FROM,
      notAfter: options.notAfter ?? VALID_TO,
    },
    ca.signer,
  );
  return { certificate, signer: sm2SoftwareSigner(pair) };
}

export const faultOperation = defineOperation({
  name: 'test.fault',
  auth: 'none',
  request: Members({}),
  response: Members({}),
  summary: 'Fails.',
  summaryZh: '失败。',
  clause: 'test',
});

export const echoOperation = defineOperation({
  name: 'test.echo',
  body: 'stream-both',
  permission: 'hash',
  request: Members({
    label: Text(32, 'Label'),
    times: Type.Optional(Whole(1, 4, 'Times')),
    upper: Type.Optional(Type.Boolean()),
  }),
  response: Members({}),
  summary: 'Gives the data back.',
  summaryZh: '返回数据。',
  clause: 'test',
});

/** Users kept in a map; enough for sessions. */
export class Users {
  readonly byFingerprint = new Map<string, User>();
  lookups = 0;

  add(userId: string, tenantId: string | null, roles: readonly Role[], credentials: Credentials): void {
    const certificateFingerprint = parseCertificate(credentials.certificate).fingerprint;
    this.byFingerprint.set(certificateFingerprint, {
      userId,
      tenantId,
      roles,
      name: userId,
      certificateFingerprint,
      state: 'active',
      createdAt: START.toISOString(),
    });
  }

  async findByCertificate(fingerprint: string): Promise<User | undefined> {
    this.lookups += 1;
    return this.byFingerprint.get(fingerprint);
  }
}

export interface FixtureOptions {
  readonly session?: Partial<SessionServiceOptions>;
  readonly sessionDeps?: (deps: SessionServiceDeps) => SessionServiceDeps;
  readonly deps?: (deps: DispatcherDeps) => DispatcherDeps;
  readonly operations?: readonly Operation[];
  readonly handlers?: HandlerTable;
}

export interface Fixture extends ServiceHarness {
  readonly ca: Ca;
  readonly people: Users;
  readonly audit: AuditLog;
  readonly dispatcher: Dispatcher;
  readonly sessions: ReturnType<typeof createSessionService>;
  readonly internalErrors: unknown[];
  transport(address?: 'first' | 'second'): Promise<Transport>;
  advance(seconds: number): void;
}

let authorities: Promise<{ ca: Ca; foreignCa: Ca }> | undefined;

/** A whole service in memory, with its clock under control. */
export async function makeFixture(options: FixtureOptions = {}): Promise<Fixture> {
  authorities ??= Promise.all([makeCa(), makeCa('Other CA')]).then(([ca, foreignCa]) => ({ ca, foreignCa }));
  const { ca, foreignCa } = await authorities;
  let now = START.getTime();
  const clock = () => new Date(now);
  const people = new Users();
  const users = {
    tenantUser: await makeCredentials(ca, 'alice'),
    otherTenantUser: await makeCredentials(ca, 'bob'),
    auditor: await makeCredentials(ca, 'auditor'),
    withoutRole: await makeCredentials(ca, 'newcomer'),
    unknown: await makeCredentials(ca, 'stranger'),
    foreign: await makeCredentials(foreignCa, 'alice'),
  };
  people.add('alice', 'tenant-1', ['tenant-user'], users.tenantUser);
  people.add('bob', 'tenant-2', ['tenant-user'], users.otherTenantUser);
  people.add('auditor', null, ['auditor'], users.auditor);
  people.add('newcomer', 'tenant-1', [], users.withoutRole);
  people.add('mallory', 'tenant-1', ['tenant-user'], users.foreign);

  const sessionDeps: SessionServiceDeps = {
    identities: people,
    store: memorySessionStore(),
    anchors: [ca.certificate],
  };
  const sessions = createSessionService(
    { serverId: 'test-server', ...options.session },
    options.sessionDeps?.(sessionDeps) ?? sessionDeps,
  );
  const audit = memoryAuditLog();
  const internalErrors: unknown[] = [];
  const deps: DispatcherDeps = {
    sessions,
    access: roleAccess(),
    audit,
    clock,
    onInternalError: (error) => internalErrors.push(error),
  };
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
    echoOperation,
    ...(options.operations ?? []),
  ];
  const handlers: HandlerTable = {
    ...serviceHandlers({ errorTables: [SM_CORE_ERRORS, SECURITY_SERVICE_ERRORS] }),
    ...sessionHandlers(sessions),
    ...primitiveHandlers(),
    ...auditHandlers(audit),
    'test.fault': async () => {
      throw new Error(FAULT_TEXT);
    },
    'test.echo': async (params: { times?: number; upper?: boolean }, { body }) => {
      const text = Buffer.from(body)
        .toString()
        .repeat(params.times ?? 1);
      return Uint8Array.from(Buffer.from(params.upper === true ? text.toUpperCase() : text));
    },
    ...options.handlers,
  };
  const dispatcher = createDispatcher({ operations, handlers }, options.deps?.(deps) ?? deps);
  return {
    operations,
    users,
    fault: { operation: faultOperation, text: FAULT_TEXT },
    now: clock,
    advance: (seconds) => {
      now += seconds * 1000;
    },
    transport: async (address = 'first') =>
      inProcessTransport(dispatcher, { remoteAddress: address === 'first' ? '192.0.2.1' : '192.0.2.2' }),
    ca,
    people,
    audit,
    dispatcher,
    sessions,
    internalErrors,
  };
}

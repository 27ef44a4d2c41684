import { parseCertificate, verifyCertificatePath } from '@cssi/pki';
import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import { isAccepted, sm2, toBase64, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { memoryIdentityStore } from '../src/adapters/memory-identity.ts';
import {
  type Credentials,
  certificateIssuer,
  coreOperations,
  createClient,
  encodeActivationStatement,
  encodeCertificateStatement,
  evidenceHandlers,
  type IdentityStore,
  identityHandlers,
  type Role,
  type ServiceClient,
} from '../src/index.ts';
import { type Ca, type Fixture, makeCa, makeFixture, START } from './support/fixture.ts';

const core = coreOperations;
const refusal = (code: string) => expect.objectContaining({ code });

let ca: Ca;
let identities: IdentityStore;
let fixture: Fixture;

/** Gives a user a key pair and a certificate by the one-time token. */
async function activate(token: string): Promise<Credentials> {
  const pair = sm2.generateKeyPair();
  const signer = sm2SoftwareSigner(pair);
  const statement = encodeActivationStatement({ activationToken: token, publicKey: pair.publicKey });
  const client = createClient(await fixture.transport(), { clock: fixture.now });
  const answer = await client.call(core['identity.activate'], {
    activationToken: token,
    publicKey: toBase64(pair.publicKey),
    possession: toBase64(await signer.sign(statement)),
  });
  const certificate = Uint8Array.from(Buffer.from(answer.certificate, 'base64'));
  return { certificate, signer };
}

async function login(credentials: Credentials): Promise<ServiceClient> {
  const client = createClient(await fixture.transport(), { clock: fixture.now });
  await client.login(credentials);
  return client;
}

async function firstUser(
  userId: string,
  tenantId: string | null,
  roles: readonly Role[],
): Promise<ServiceClient> {
  await identities.createUser({ userId, tenantId, name: userId, roles });
  const { token } = await identities.createActivationToken({ userId, lifetimeSeconds: 600 });
  return login(await activate(token));
}

beforeAll(async () => {
  ca = await makeCa('Platform CA');
  identities = memoryIdentityStore({ clock: () => fixture?.now() ?? START });
  const issuer = certificateIssuer({ certificate: ca.certificate.raw, signer: ca.signer });
  fixture = await makeFixture({
    sessionDeps: (deps) => ({ ...deps, identities, anchors: [ca.certificate] }),
    operations: [
      core['identity.activate'],
      core['identity.enroll'],
      core['tenant.create'],
      core['certificate.issue'],
      core.evidence,
    ],
    handlers: {
      ...identityHandlers({ identities, issuer }),
      ...evidenceHandlers({
        evidence: async (nonce, userData) => ({
          format: 'test',
          report: Uint8Array.of(...nonce, ...(userData ?? [])),
          certificates: [ca.certificate.raw],
        }),
      }),
    },
  });
});

describe('from the first administrators to the first signature', () => {
  let system: ServiceClient;
  let security: ServiceClient;
  let tenantUser: ServiceClient;

  it('administrators activate themselves with a one-time token and log in [TCCIA-047]', async () => {
    system = await firstUser('sys', null, ['system-admin']);
    security = await firstUser('sec', null, ['security-admin']);
    expect(system.session?.roles).toEqual(['system-admin']);
  });

  it('the system administrator creates tenants, the security administrator does not [TCCIA-056]', async () => {
    const tenant = { tenantId: 'hospital', name: '某医院' };
    await expect(security.call(core['tenant.create'], tenant)).rejects.toEqual(
      refusal('ERR_API_ACCESS_DENIED'),
    );
    await system.call(core['tenant.create'], tenant);
    await expect(system.call(core['tenant.create'], tenant)).rejects.toEqual(refusal('ERR_IDENTITY_EXISTS'));
  });

  it('the security administrator enrols users, the system administrator does not [TCCIA-056]', async () => {
    const user = { userId: 'alice', name: 'Alice', tenantId: 'hospital', roles: ['tenant-user' as const] };
    await expect(system.call(core['identity.enroll'], user)).rejects.toEqual(
      refusal('ERR_API_ACCESS_DENIED'),
    );
    const { activationToken } = await security.call(core['identity.enroll'], user);
    tenantUser = await login(await activate(activationToken));
    expect(tenantUser.session).toMatchObject({
      userId: 'alice',
      tenantId: 'hospital',
      roles: ['tenant-user'],
    });
  });

  it.each([
    ['system and security administrator', null, ['system-admin', 'security-admin']],
    ['system administrator and auditor', null, ['system-admin', 'auditor']],
    ['security administrator and auditor', null, ['security-admin', 'auditor']],
    ['auditor and user', 'hospital', ['auditor', 'tenant-user']],
  ] as const)('one person is never %s [TCCIA-056]', async (_what, tenantId, roles) => {
    const user = { userId: 'both', name: 'Both', tenantId, roles: [...roles] };
    await expect(security.call(core['identity.enroll'], user)).rejects.toEqual(
      refusal('ERR_IDENTITY_ROLE_CONFLICT'),
    );
    expect(await identities.findUser('both')).toBeUndefined();
  });

  it('a user enrolled without roles can do nothing [TCCIA-055]', async () => {
    const user = { userId: 'new', name: 'New', tenantId: 'hospital', roles: [] };
    const { activationToken } = await security.call(core['identity.enroll'], user);
    const client = await login(await activate(activationToken));
    for (const call of [
      () => client.call(core.hash, { data: '' }),
      () => client.call(core.random, { length: 1 }),
      () => client.call(core['audit.read'], { fromSequence: 0, limit: 1 }),
      () => client.call(core['tenant.create'], { tenantId: 'x', name: 'x' }),
    ]) {
      await expect(call()).rejects.toEqual(refusal('ERR_API_ACCESS_DENIED'));
    }
  });

  it('an activation token works once, and only with the key it was proved for', async () => {
    const user = { userId: 'carol', name: 'Carol', tenantId: 'hospital', roles: ['device' as const] };
    const { activationToken } = await security.call(core['identity.enroll'], user);
    const pair = sm2.generateKeyPair();
    const other = sm2SoftwareSigner(sm2.generateKeyPair());
    const statement = encodeActivationStatement({ activationToken, publicKey: pair.publicKey });
    const client = createClient(await fixture.transport(), { clock: fixture.now });
    const params = { activationToken, publicKey: toBase64(pair.publicKey) };
    const possession = toBase64(await other.sign(statement));
    await expect(client.call(core['identity.activate'], { ...params, possession })).rejects.toEqual(
      refusal('ERR_API_LOGIN_FAILED'),
    );
    const { certificate } = await activate(activationToken);
    // A device may receive keys; the profile follows from the role.
    expect(parseCertificate(certificate).keyUsage?.has('keyEncipherment')).toBe(true);
    await expect(activate(activationToken)).rejects.toEqual(refusal('ERR_IDENTITY_TOKEN_INVALID'));
    await expect(activate('A'.repeat(43))).rejects.toEqual(refusal('ERR_IDENTITY_TOKEN_INVALID'));
  });

  it("a tenant's security administrator enrols for that tenant only [TCCIA-050]", async () => {
    await identities.createTenant({ tenantId: 'bank', name: 'Bank' });
    const local = await firstUser('bank-sec', 'bank', ['security-admin']);
    const user = { name: 'X', roles: [] };
    for (const tenantId of ['hospital', null]) {
      await expect(local.call(core['identity.enroll'], { ...user, userId: 'x', tenantId })).rejects.toEqual(
        refusal('ERR_API_ACCESS_DENIED'),
      );
    }
    await local.call(core['identity.enroll'], { ...user, userId: 'y', tenantId: 'bank' });
  });

  it('certificates for keys of a tenant carry its name and need the proof of the key', async () => {
    const pair = sm2.generateKeyPair();
    const signer = sm2SoftwareSigner(pair);
    const order = {
      profile: 'seal-signer' as const,
      commonName: '签章人',
      publicKey: toBase64(pair.publicKey),
    };
    const statement = (tenantId: string, profile: string = order.profile) =>
      encodeCertificateStatement({
        tenantId,
        profile,
        commonName: order.commonName,
        publicKey: pair.publicKey,
      });
    const sign = async (bytes: Uint8Array) => toBase64(await signer.sign(bytes));
    const issue = (possession: string) =>
      tenantUser.call(core['certificate.issue'], { ...order, possession });

    const issued = await issue(await sign(statement('hospital')));
    const certificate = parseCertificate(Uint8Array.from(Buffer.from(issued.certificate, 'base64')));
    expect(certificate.subject).toMatchObject({ commonName: '签章人', organization: 'hospital' });
    expect(certificate.notAfter.toISOString()).toBe(issued.notAfter);
    const verdict = verifyCertificatePath(certificate, { anchors: [ca.certificate], time: fixture.now() });
    expect(isAccepted(verdict)).toBe(true);

    for (const wrong of [statement('bank'), statement('hospital', 'seal-maker'), utf8('anything')]) {
      await expect(issue(await sign(wrong))).rejects.toEqual(refusal('ERR_API_LOGIN_FAILED'));
    }
    await expect(issue(toBase64(new Uint8Array(70)))).rejects.toEqual(refusal('ERR_API_LOGIN_FAILED'));
    await expect(
      tenantUser.call(core['certificate.issue'], {
        ...order,
        profile: 'root-ca' as never,
        possession: 'AAAAAAAAAAA=',
      }),
    ).rejects.toEqual(refusal('ERR_API_PARAMETERS_INVALID'));
  });

  it('a certificate for a key of a tenant does not log anybody in', async () => {
    const pair = sm2.generateKeyPair();
    const signer = sm2SoftwareSigner(pair);
    const order = {
      profile: 'seal-maker' as const,
      commonName: 'alice',
      publicKey: toBase64(pair.publicKey),
    };
    const statement = encodeCertificateStatement({
      ...order,
      tenantId: 'hospital',
      publicKey: pair.publicKey,
    });
    const possession = toBase64(await signer.sign(statement));
    const issued = await tenantUser.call(core['certificate.issue'], { ...order, possession });
    const certificate = Uint8Array.from(Buffer.from(issued.certificate, 'base64'));
    await expect(login({ certificate, signer })).rejects.toEqual(refusal('ERR_API_LOGIN_FAILED'));
  });

  it('evidence binds the nonce of the caller', async () => {
    const nonce = new Uint8Array(16).fill(7);
    const { report, certificates } = await tenantUser.call(core.evidence, {
      nonce: toBase64(nonce),
      userData: 'AQ==',
    });
    expect(report).toBe(toBase64(Uint8Array.of(...nonce, 1)));
    expect(certificates).toHaveLength(1);
    const short = tenantUser.call(core.evidence, { nonce: toBase64(new Uint8Array(15)) });
    await expect(short).rejects.toEqual(refusal('ERR_API_PARAMETERS_INVALID'));
  });

  it('an auditor of a tenant sees the records of that tenant, one of the platform sees all', async () => {
    const local = await firstUser('bank-audit', 'bank', ['auditor']);
    const global = await firstUser('audit', null, ['auditor']);
    const read = (client: ServiceClient, tenantId?: string | null) =>
      client.call(core['audit.read'], {
        fromSequence: 0,
        limit: 1000,
        ...(tenantId === undefined ? {} : { tenantId }),
      });
    const own = await read(local);
    expect(new Set(own.records.map(({ tenantId }) => tenantId))).toEqual(new Set(['bank']));
    for (const tenantId of ['hospital', null]) {
      await expect(read(local, tenantId)).rejects.toEqual(refusal('ERR_API_ACCESS_DENIED'));
    }
    const all = await read(global);
    expect(new Set(all.records.map(({ tenantId }) => tenantId))).toEqual(new Set(['bank', 'hospital', null]));
    const one = await read(global, 'hospital');
    expect(new Set(one.records.map(({ tenantId }) => tenantId))).toEqual(new Set(['hospital']));
  });
});

describe('certificate issuer', () => {
  it('stays inside the validity of the CA and starts a little early', async () => {
    const issuer = certificateIssuer({ certificate: ca.certificate.raw, signer: ca.signer });
    const { publicKey } = sm2.generateKeyPair();
    const order = {
      profile: 'person',
      commonName: 'a',
      tenantId: null,
      publicKey,
      validityDays: 5000,
      time: START,
    } as const;
    const issued = await issuer.issue(order);
    const certificate = parseCertificate(issued.der);
    expect(certificate.notAfter).toEqual(ca.certificate.notAfter);
    expect(START.getTime() - certificate.notBefore.getTime()).toBe(300_000);
    expect(certificate.fingerprint).toBe(issued.fingerprint);
    const again = await issuer.issue(order);
    expect(again.fingerprint).not.toBe(issued.fingerprint);
  });

  it('is not made from something that is no certificate', () => {
    expect(() => certificateIssuer({ certificate: new Uint8Array(9), signer: ca.signer })).toThrow(
      refusal('ERR_PKI_CERTIFICATE_MALFORMED'),
    );
  });
});

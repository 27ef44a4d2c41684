import { join } from 'node:path';
import {
  type CallContext,
  coreOperations,
  createClient,
  createDispatcher,
  createSessionService,
  type Principal,
  roleAccess,
  type ServiceClient,
  type SigningMode,
  sessionHandlers,
} from '@cssi/security-service-api';
import { inProcessTransport } from '@cssi/security-service-api/adapters/in-process';
import { memoryAuditLog } from '@cssi/security-service-api/adapters/memory-audit';
import { memorySessionStore } from '@cssi/security-service-api/adapters/memory-sessions';
import { isAccepted, sm3, toBase64, toHex } from '@cssi/sm-core';
import { runSuite } from '@cssi/sm-core/conformance';
import { describe, expect, it } from 'vitest';
import { folderPackageStore } from '../src/adapters/folder.ts';
import { fetchReceipts, httpPackageSource, offerPackage, sendReceipt } from '../src/adapters/http.ts';
import { memoryPackageSource } from '../src/adapters/memory.ts';
import { flipped, forge } from '../src/conformance/forge.ts';
import { packageSourceSuite } from '../src/conformance/index.ts';
import type { Party } from '../src/conformance/world.ts';
import { makeWorld } from '../src/conformance/world.ts';
import {
  createModelHandlers,
  decodeReceipt,
  type MemoryPackage,
  MODEL_OPERATIONS,
  type ModelHandlers,
  modelOperations,
  type PackageParts,
  type PackageSource,
  packModelInMemory,
  receiveModel,
  verifyReceipt,
} from '../src/index.ts';
import { encodeCbor } from '../src/spec/v1/cbor.ts';
import {
  codeOf,
  DAY_MS,
  NOW,
  pack,
  packRequest,
  receiveOptions,
  SEED,
  temporaryFolder,
  theWorld,
} from './support.ts';

type Role = Principal['roles'][number];

const root = await temporaryFolder();
let count = 0;

/** A service with this layer's operations, in process, with real logins. */
async function makeService() {
  const world = await theWorld();
  const store = await folderPackageStore({ folder: join(root, `store-${count++}`), maxPackages: 50 });
  const users = new Map<string, { userId: string; tenantId: string; roles: readonly Role[] }>();
  const sessions = createSessionService(
    { serverId: 'test' },
    {
      store: memorySessionStore(),
      anchors: world.anchors,
      identities: {
        findByCertificate: async (fingerprint) => {
          const user = users.get(fingerprint);
          if (user === undefined) return undefined;
          const { userId } = user;
          const plain = { name: userId, state: 'active', createdAt: NOW.toISOString() } as const;
          return { ...user, ...plain, certificateFingerprint: fingerprint };
        },
      },
    },
  );
  const handlers = createModelHandlers({
    store,
    publisherAnchors: () => world.anchors,
  });
  const audit = memoryAuditLog();
  const sessionOperations = ['session.challenge', 'session.open', 'session.close'] as const;
  const dispatcher = createDispatcher(
    {
      operations: [...sessionOperations.map((name) => coreOperations[name]), ...MODEL_OPERATIONS],
      handlers: { ...sessionHandlers(sessions), ...handlers },
    },
    { sessions, access: roleAccess(), audit, clock: () => NOW },
  );
  const login = async (
    party: Pick<Party, 'certificate' | 'signer'>,
    role: Role,
    tenantId = 't1',
    signing: SigningMode = 'sm2-sm3',
  ): Promise<ServiceClient> => {
    const { certificate, signer } = party;
    const userId = `u-${toHex(sm3(certificate)).slice(0, 8)}`;
    users.set(toHex(sm3(certificate)), { userId, tenantId, roles: [role] });
    const client = createClient(inProcessTransport(dispatcher), { clock: () => NOW });
    await client.login({ certificate, signer, signing });
    return client;
  };
  const auditText = async (): Promise<string> =>
    JSON.stringify(await audit.read({ fromSequence: 0, limit: 1000 }));
  return { world, store, handlers, login, auditText };
}

describe('through the service', () => {
  it('offers, lists, fetches, opens and acknowledges a package [EDGE-036, EDGE-072] [part of EDGE-050]', async () => {
    const { world, login, auditText } = await makeService();
    const person = await world.issue('person', 'alice');
    const parts = await pack({ level: 'L2', link: 'edge-edge' });
    const publisher = await login(person, 'tenant-user');
    const sent: number[] = [];
    const packageId = await offerPackage(memoryPackageSource(parts), publisher, ({ chunksSent }) =>
      sent.push(chunksSent),
    );
    expect(sent).toEqual([1, 2, 3]);

    const device = await login(world.device, 'device');
    const { packages } = await device.call(modelOperations['model.list'], { after: '', limit: 10 });
    expect(packages).toMatchObject([
      { packageId, link: 'edge-edge', payloadClass: 'model-file', version: 3 },
    ]);
    const source = httpPackageSource({ packageId }, device);
    const received = await receiveModel(await receiveOptions(source));
    expect(received.files.names).toEqual(['model.onnx']);
    await sendReceipt(packageId, received.receipt, device);

    const receipts = await fetchReceipts(packageId, publisher);
    expect(receipts.size).toBe(1);
    const verdict = verifyReceipt([...receipts.values()][0]!, {
      anchors: world.anchors,
      time: NOW,
      manifestDigest: parts.manifest.digest,
    });
    expect(isAccepted(verdict)).toBe(true);
    // Every record of the transfer names package, link type and class.
    const log = await auditText();
    expect(log).toContain(packageId);
    for (const word of ['"link":"edge-edge"', '"payloadClass":"model-file"', '"level":"L2"'])
      expect(log).toContain(word);
    await device.close();
    await publisher.close();
  });

  it('passes the source suite', async () => {
    const person = await (await theWorld()).issue('person', 'alice');
    const create = async (parts: PackageParts): Promise<PackageSource> => {
      const { world, login } = await makeService();
      const publisher = await login(person, 'tenant-user');
      const packageId = await offerPackage(memoryPackageSource(parts), publisher);
      return httpPackageSource({ packageId }, await login(world.device, 'device'));
    };
    const report = await runSuite(
      packageSourceSuite,
      { name: 'service', subject: { create } },
      { seed: SEED, now: NOW },
    );
    expect(report.results.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
  });

  it('goes on with an upload that was cut', async () => {
    const { world, login } = await makeService();
    const client = await login(await world.issue('person', 'alice'), 'tenant-user');
    const source = memoryPackageSource(await pack());
    const asked: number[] = [];
    const cut: PackageSource = {
      ...source,
      chunk: async (index) => {
        if (index === 1 && asked.length === 1) throw new Error('cut');
        asked.push(index);
        return source.chunk(index);
      },
    };
    await expect(offerPackage(cut, client)).rejects.toThrow('cut');
    asked.push(-1);
    await offerPackage(cut, client);
    expect(asked).toEqual([0, -1, 1, 2]);
  });

  it('refuses offers that a device would refuse [EDGE-035]', async () => {
    const { world, login, store } = await makeService();
    const client = await login(await world.issue('person', 'alice'), 'tenant-user');
    const offer = (parts: PackageParts) => codeOf(() => offerPackage(memoryPackageSource(parts), client));
    const parts = await pack();
    const stranger = await makeWorld(NOW);
    const strange = await packModelInMemory(await packRequest(), stranger.publisher);
    expect(await offer(strange)).toBe('ERR_MODEL_PUBLISHER_UNTRUSTED');
    expect(await offer(await packModelInMemory(await packRequest(), world.device))).toBe(
      'ERR_MODEL_PUBLISHER_UNTRUSTED',
    );
    expect(await offer(await forge(parts, world.otherPublisher, () => {}))).toBe(
      'ERR_MODEL_PUBLISHER_MISMATCH',
    );
    expect(await offer(await pack({ clock: () => new Date(NOW.getTime() - 2 * DAY_MS), expires: NOW }))).toBe(
      'ERR_MODEL_EXPIRED',
    );
    const header = toBase64(parts.header.subarray(0, 100));
    expect(await codeOf(() => client.call(modelOperations['model.offer'], { header }))).toBe(
      'ERR_MODEL_CBOR_MALFORMED',
    );
    const altered = { ...parts, chunks: parts.chunks.map((chunk) => flipped(chunk, 1)) };
    expect(await offer(altered)).toBe('ERR_MODEL_TREE_WRONG');
    expect(await store.list()).toEqual([]);
  });

  it('gives a package to its recipients only, with SM2-signed calls only [part of EDGE-050]', async () => {
    const { world, login } = await makeService();
    const person = await world.issue('person', 'alice');
    const publisher = await login(person, 'tenant-user');
    const packageId = await offerPackage(memoryPackageSource(await pack()), publisher);
    const fetchAll = async (client: ServiceClient) => {
      const codes = new Set<string>();
      for (const action of [
        () => client.call(modelOperations['model.manifest'], { packageId }),
        () => client.call(modelOperations['model.leaves'], { packageId }),
        () => client.call(modelOperations['model.chunk'], { packageId, index: 0 }),
        () => client.call(modelOperations['model.receipt'], { packageId, receipt: 'AA==' }),
      ]) {
        codes.add(await codeOf(action));
      }
      return [...codes];
    };
    const listed = async (client: ServiceClient) =>
      (await client.call(modelOperations['model.list'], { after: '', limit: 10 })).packages.length;
    const other = await login(world.otherDevice, 'device');
    expect([await fetchAll(other), await listed(other)]).toEqual([['ERR_MODEL_PACKAGE_UNKNOWN'], 0]);
    const elsewhere = await login(world.device, 'device', 't2');
    expect([await fetchAll(elsewhere), await listed(elsewhere)]).toEqual([['ERR_MODEL_PACKAGE_UNKNOWN'], 0]);
    const hmac = await login(world.device, 'device', 't1', 'hmac-sm3');
    expect(await fetchAll(hmac)).toEqual(['ERR_MODEL_SIGNING_MODE']);
    // A user is no device, and a device is no publisher.
    expect(await fetchAll(publisher)).toEqual(['ERR_API_ACCESS_DENIED']);
    const device = await login(world.device, 'device');
    expect(
      await codeOf(() =>
        offerPackage(
          memoryPackageSource({ header: new Uint8Array(1), leaves: new Uint8Array(0), chunks: [] }),
          device,
        ),
      ),
    ).toMatch(/^ERR_/);
    const refused = [
      () => device.call(modelOperations['model.offer'], { header: 'AA==' }),
      () => device.call(modelOperations['model.offer.commit'], { packageId }),
      () => device.call(modelOperations['model.offer.chunk'], { packageId, index: 0 }, new Uint8Array(9)),
      () => device.call(modelOperations['model.receipts'], { packageId, after: '' }),
    ];
    for (const action of refused) expect(await codeOf(action)).toBe('ERR_API_ACCESS_DENIED');
    const rival = await login(await world.issue('person', 'bob'), 'tenant-user', 't2');
    expect(await codeOf(() => rival.call(modelOperations['model.receipts'], { packageId, after: '' }))).toBe(
      'ERR_MODEL_PACKAGE_UNKNOWN',
    );
    expect(await listed(rival)).toBe(0);
    expect(await listed(publisher)).toBe(1);
    expect(await codeOf(() => device.call(modelOperations['model.chunk'], { packageId, index: 3 }))).toBe(
      'ERR_MODEL_CHUNK_UNKNOWN',
    );
  });

  it('takes a receipt only from the device it names, for the package it names [EDGE-072]', async () => {
    const { world, login } = await makeService();
    const publisher = await login(await world.issue('person', 'alice'), 'tenant-user');
    const recipients = [world.device, world.otherDevice].map((party) => party.certificate);
    const [one, two] = [await pack({ recipients }), await pack({ recipients, version: 4 })];
    const idOne = await offerPackage(memoryPackageSource(one), publisher);
    const idTwo = await offerPackage(memoryPackageSource(two), publisher);
    const { receipt } = await receiveModel(await receiveOptions(memoryPackageSource(one)));
    const device = await login(world.device, 'device');
    const other = await login(world.otherDevice, 'device');
    const send = (client: ServiceClient, id: string, bytes: Uint8Array) =>
      codeOf(() => sendReceipt(id, bytes, client));
    expect(await send(other, idOne, receipt)).toBe('ERR_MODEL_RECEIPT_INVALID');
    expect(await send(device, idTwo, receipt)).toBe('ERR_MODEL_RECEIPT_INVALID');
    expect(await send(device, idOne, new Uint8Array(5))).toBe('ERR_MODEL_CBOR_MALFORMED');
    const later = await receiveOptions(memoryPackageSource(one), {
      time: new Date(NOW.getTime() + DAY_MS / 2),
    });
    expect(await send(device, idOne, (await receiveModel(later)).receipt)).toBe('ERR_MODEL_RECEIPT_INVALID');
    const { signedBytes, certificate } = decodeReceipt(receipt);
    const statement = signedBytes.subarray('cssi SMP1 receipt v1\0'.length);
    const unsigned = encodeCbor([statement, await world.device.signer.sign(statement), certificate]);
    expect(await send(device, idOne, unsigned)).toBe('ERR_MODEL_RECEIPT_INVALID');
    expect((await fetchReceipts(idOne, publisher)).size).toBe(0);
    expect(await send(device, idOne, receipt)).toBe('none');
    expect((await fetchReceipts(idOne, publisher)).size).toBe(1);
  });
});

describe('handlers', () => {
  const contextOf = (principal: Principal | undefined, time = NOW): CallContext => ({
    requestId: 'r',
    traceId: 't',
    time,
    ...(principal === undefined ? {} : { principal }),
    body: new Uint8Array(0),
    remoteAddress: 'test',
    signing: 'sm2-sm3',
    note: () => {},
  });
  const principalOf = (party: Party, tenantId: string | null): Principal => ({
    userId: 'u',
    tenantId,
    roles: ['device'],
    certificateFingerprint: toHex(sm3(party.certificate)),
  });

  async function committed(
    parts: MemoryPackage,
  ): Promise<{ readonly handlers: ModelHandlers; readonly packageId: string }> {
    const { store } = await makeService();
    const owner = { tenantId: 't1', userId: 'a' };
    const { packageId } = await store.stage(parts.header, owner, NOW);
    for (const [i, chunk] of parts.chunks.entries()) await store.putChunk(packageId, owner, i, chunk);
    await store.commit(packageId, owner, NOW);
    return { handlers: createModelHandlers({ store, publisherAnchors: () => [] }), packageId };
  }

  it('give nothing after the grant or to callers without a tenant, but still take the receipt', async () => {
    const { device } = await theWorld();
    const grantsUntil = new Date(NOW.getTime() + 1000);
    const parts = await pack({ grantsUntil });
    const { handlers, packageId } = await committed(parts);
    const fetchAt = (time: Date, principal: Principal | undefined) =>
      codeOf(() => handlers['model.manifest']({ packageId }, contextOf(principal, time)));
    const member = principalOf(device, 't1');
    expect(await fetchAt(NOW, member)).toBe('none');
    expect(await fetchAt(grantsUntil, member)).toBe('ERR_MODEL_EXPIRED');
    expect(await fetchAt(NOW, principalOf(device, null))).toBe('ERR_MODEL_PACKAGE_UNKNOWN');
    expect(await fetchAt(NOW, undefined)).toBe('ERR_MODEL_PACKAGE_UNKNOWN');
    const { receipt } = await receiveModel(await receiveOptions(memoryPackageSource(parts)));
    const call = { packageId, receipt: toBase64(receipt) };
    expect(await codeOf(() => handlers['model.receipt'](call, contextOf(member, grantsUntil)))).toBe('none');
    expect(
      await codeOf(() => handlers['model.offer']({ header: toBase64(parts.header) }, contextOf(undefined))),
    ).toBe('ERR_MODEL_PACKAGE_UNKNOWN');
  });

  it('trust no publisher without an anchor', async () => {
    const { device } = await theWorld();
    const parts = await pack({ version: 7 });
    const { handlers } = await committed(await pack());
    const offer = handlers['model.offer'](
      { header: toBase64(parts.header) },
      contextOf(principalOf(device, 't1')),
    );
    expect(await codeOf(() => offer)).toBe('ERR_MODEL_PUBLISHER_UNTRUSTED');
  });
});

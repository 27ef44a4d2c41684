import { type CallContext, coreOperations, type Principal } from '@cssi/security-service-api';
import { fromBase64, sm2, toBase64, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { createKmsHandlers } from '../src/index.ts';
import { codeOf, NOW, setup } from './support/kms.ts';

async function world() {
  const { kms } = setup();
  for (const tenantId of ['a', 'b']) await kms.createTenant({ tenantId });
  const notes: object[] = [];
  const as = (tenantId: string | null): CallContext => {
    const principal: Principal = {
      userId: 'u',
      tenantId,
      roles: ['tenant-user'],
      certificateFingerprint: '00',
    };
    return {
      requestId: 'r',
      traceId: 't',
      time: NOW,
      principal,
      body: new Uint8Array(0),
      remoteAddress: '127.0.0.1',
      note: (fields) => notes.push(fields),
    };
  };
  return { kms, handlers: createKmsHandlers(kms), as, notes };
}

const message = toBase64(utf8('message'));
const signingKey = { algorithm: 'SM2', usage: ['sign'], label: 'signing' } as const;
const cipherKey = { algorithm: 'SM4', usage: ['encrypt'], label: 'files' } as const;
type Create = Parameters<Awaited<ReturnType<typeof world>>['handlers']['key.create']>[0];
const create = (key: typeof signingKey | typeof cipherKey): Create => ({ ...key, usage: [...key.usage] });

describe('handlers', () => {
  it('serve the operations of the contract by their names', async () => {
    const { handlers } = await world();
    for (const name of Object.keys(handlers)) expect(Object.keys(coreOperations)).toContain(name);
    expect(Object.keys(handlers).length).toBe(6);
  });

  it('sign and verify', async () => {
    const { handlers, as, notes } = await world();
    const key = await handlers['key.create'](create(signingKey), as('a'));
    expect(key).toMatchObject({
      version: 1,
      algorithm: 'SM2',
      usage: ['sign'],
      state: 'active',
      label: 'signing',
    });
    const { keyId } = key;
    const { signature, version } = await handlers.sign({ keyId, message }, as('a'));
    expect(sm2.verify(fromBase64(key.publicKey!), utf8('message'), fromBase64(signature))).toBe(true);
    expect(await handlers.verify({ keyId, message, signature, version }, as('a'))).toEqual({ valid: true });
    const other = toBase64(utf8('other'));
    expect(await handlers.verify({ keyId, message: other, signature }, as('a'))).toEqual({ valid: false });
    expect(notes).toContainEqual({ object: keyId, detail: { version: 1 } });
    expect(JSON.stringify(notes)).not.toContain(message);
  });

  it('encrypt and decrypt', async () => {
    const { handlers, as } = await world();
    const { keyId } = await handlers['key.create'](create(cipherKey), as('a'));
    const aad = toBase64(utf8('aad'));
    const { ciphertext } = await handlers.encrypt({ keyId, plaintext: message, aad }, as('a'));
    expect(await handlers.decrypt({ keyId, ciphertext, aad }, as('a'))).toEqual({ plaintext: message });
    expect(await codeOf(() => handlers.decrypt({ keyId, ciphertext }, as('a')))).toBe('ERR_DECRYPT_FAILED');
  });

  it('list keys in pages, with the state names of the contract', async () => {
    const { kms, handlers, as } = await world();
    for (let i = 0; i < 3; i++) await handlers['key.create'](create(cipherKey), as('a'));
    const { keys } = await handlers['key.list']({ limit: 2 }, as('a'));
    const rest = await handlers['key.list']({ afterKeyId: keys[1]!.keyId }, as('a'));
    expect([keys.length, rest.keys.length]).toEqual([2, 1]);
    const { keyId } = rest.keys[0]!;
    await kms.disableKey({ tenantId: 'a', keyId });
    const suspended = await handlers['key.list']({ afterKeyId: keys[1]!.keyId }, as('a'));
    expect(suspended.keys[0]?.state).toBe('suspended');
    await kms.destroyKey({ tenantId: 'a', keyId });
    const destroyed = await handlers['key.list']({ afterKeyId: keys[1]!.keyId }, as('a'));
    expect(destroyed.keys[0]?.state).toBe('destroyed');
  });

  it('take the tenant from the caller and from nowhere else [part of TCCIA-015, TCCIA-091]', async () => {
    const { handlers, as } = await world();
    const { keyId } = await handlers['key.create'](create(signingKey), as('a'));
    const { signature } = await handlers.sign({ keyId, message }, as('a'));
    const smuggled = { keyId, message, tenantId: 'a' } as { keyId: string; message: string };
    const foreign = [
      () => handlers.sign(smuggled, as('b')),
      () => handlers.verify({ keyId, message, signature }, as('b')),
      () => handlers.encrypt({ keyId, plaintext: message }, as('b')),
      () => handlers.decrypt({ keyId, ciphertext: message }, as('b')),
    ];
    for (const call of foreign) expect(await codeOf(call)).toBe('ERR_KMS_NOT_FOUND');
    expect((await handlers['key.list']({}, as('b'))).keys).toEqual([]);
  });

  it('refuse callers without a tenant', async () => {
    const { handlers, as } = await world();
    const { principal: _none, ...nobody } = as(null);
    for (const context of [as(null), nobody]) {
      const calls = [
        () => handlers['key.create'](create(cipherKey), context),
        () => handlers['key.list']({}, context),
        () => handlers.sign({ keyId: 'k', message }, context),
        () => handlers.verify({ keyId: 'k', message, signature: message }, context),
        () => handlers.encrypt({ keyId: 'k', plaintext: message }, context),
        () => handlers.decrypt({ keyId: 'k', ciphertext: message }, context),
      ];
      for (const call of calls) expect(await codeOf(call)).toBe('ERR_KMS_TENANT_REQUIRED');
    }
  });

  it('name the key in the audit event of a call that fails', async () => {
    const { handlers, as, notes } = await world();
    await codeOf(() => handlers.sign({ keyId: 'k-unknown', message }, as('a')));
    expect(notes).toEqual([{ object: 'k-unknown' }]);
  });

  it.each(['key.id:with@signs', 'K', '../etc'])('find no key called %s', async (keyId) => {
    const { handlers, as } = await world();
    expect(await codeOf(() => handlers.sign({ keyId, message }, as('a')))).toBe('ERR_KMS_NOT_FOUND');
    const listed = await codeOf(() => handlers['key.list']({ afterKeyId: keyId }, as('a')));
    expect(listed).toBe('ERR_KMS_PARAMETER_INVALID');
  });
});

import { utf8 } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes, expectCode, expectTrue } from '@cssi/sm-core/conformance';
import type { ServiceLogin } from '../../service-session.ts';
import { TEEC_LOGIN } from '../../spec/v1/constants.ts';
import {
  type KeyVault,
  VAULT_USAGES_OF_TYPE,
  type VaultClient,
  type VaultKey,
  type VaultKeyType,
} from '../../spec/v1/key-vault.ts';
import { expectEqual } from '../support.ts';
import { DOMAIN_KEYS, type KeyVaultSubject, NAMED_DOMAIN, onEach, type VaultKit } from './subject.ts';
import { DOMAIN_BLOBS } from './vectors.ts';

const ACCESS = 'KeyVault v1; CSSI-006';
const DENIED = ['ERR_TEEC_ACCESS_DENIED'];
const TEXT = utf8('conformance');

const USER: ServiceLogin = { connectionMethod: TEEC_LOGIN.USER };
/** A group the caller is a member of. */
const group = (): ServiceLogin => ({
  connectionMethod: TEEC_LOGIN.GROUP,
  connectionData: process.getgid?.() ?? 0,
});

interface People {
  readonly kit: VaultKit;
  /** Logs in as USER and owns the keys. */
  readonly owner: KeyVault;
  /** Logs in as GROUP: another identity, in the access list where a case says so. */
  readonly other: KeyVault;
  /** Who `other` is to the module. */
  readonly otherId: VaultClient;
}

async function identityOf({ make }: VaultKit, vault: KeyVault): Promise<VaultClient> {
  const { owner } = await make(vault, { type: 'SM4' });
  return owner;
}

const withPeople = (id: string, run: (people: People) => Promise<void>): ConformanceCase<KeyVaultSubject> =>
  onEach(
    `access.${id}`,
    ACCESS,
    async (kit) => {
      const [owner, other] = [await kit.open(USER), await kit.open(group())];
      await run({ kit, owner, other, otherId: await identityOf(kit, other) });
    },
    ['login-user', 'login-group'],
  );

type Use = (vault: KeyVault, key: VaultKey) => Promise<unknown>;

/** Everything a client can do with a key of somebody else. */
const USES: readonly (readonly [name: string, type: VaultKeyType, use: Use])[] = [
  ['describe', 'SM4', (vault, { id }) => vault.describeKey(id)],
  ['encrypt', 'SM4', (vault, { id }) => vault.encrypt(id, TEXT)],
  ['decrypt', 'SM4', (vault, { id }) => vault.decrypt(id, new Uint8Array(40))],
  ['delete', 'SM4', (vault, { id }) => vault.deleteKey(id)],
  ['set-access', 'SM4', (vault, { id }) => vault.setAccess(id, [])],
  ['wrap', 'SM4', (vault, { id }) => vault.wrapKey(id)],
  ['mac', 'HMAC-SM3', (vault, { id }) => vault.mac(id, TEXT)],
  ['verify-mac', 'HMAC-SM3', (vault, { id }) => vault.verifyMac(id, TEXT, new Uint8Array(32))],
  ['sign', 'SM2-sign', (vault, { id }) => vault.signDigest(id, new Uint8Array(32))],
  ['verify', 'SM2-sign', (vault, { id }) => vault.verifyDigest(id, new Uint8Array(32), new Uint8Array(64))],
  ['public-key', 'SM2-sign', (vault, { id }) => vault.publicKey(id)],
  ['encrypt-to', 'SM2-encrypt', (vault, { id }) => vault.encryptTo(id, TEXT)],
  ['decrypt-from', 'SM2-encrypt', (vault, { id }) => vault.decryptFrom(id, new Uint8Array(120))],
];

/** Neither the other login nor nobody in particular may; and the key is what it was. */
const refused = USES.map(([name, type, use]) =>
  withPeople(`refused.${name}`, async ({ kit, owner, other }) => {
    const key = await kit.make(owner, { type, usages: VAULT_USAGES_OF_TYPE[type] });
    await expectCode(() => use(other, key), DENIED, `${name} by another login`);
    await expectCode(() => use(kit.vault, key), DENIED, `${name} by PUBLIC`);
    expectEqual(JSON.stringify(await owner.describeKey(key.id)), JSON.stringify(key), 'the key afterwards');
  }),
);

const cases: readonly ConformanceCase<KeyVaultSubject>[] = [
  withPeople('owner', async ({ kit, owner }) => {
    const key = await kit.make(owner, { type: 'SM4', label: 'mine' });
    expectEqual(key.owner.login, TEEC_LOGIN.USER, 'login of the owner');
    const sealed = await owner.encrypt(key.id, TEXT);
    // The same person in another session is the same owner.
    const again = await kit.open(USER);
    expectBytes(await again.decrypt(key.id, sealed), TEXT, 'by the owner in another session');
    expectTrue(
      (await again.listKeys()).some(({ id }) => id === key.id),
      'in the list of the owner',
    );
  }),
  withPeople('granted', async ({ kit, owner, other, otherId }) => {
    const access = [{ ...otherId, usages: ['encrypt'] as const }];
    const key = await kit.make(owner, { type: 'SM4', access });
    expectBytes(await owner.decrypt(key.id, await other.encrypt(key.id, TEXT)), TEXT, 'what is on the list');
    expectTrue(
      (await other.listKeys()).some(({ id }) => id === key.id),
      'in the list of who may use it',
    );
  }),
  withPeople('granted-later', async ({ kit, owner, other, otherId }) => {
    const key = await kit.make(owner, { type: 'SM4' });
    await owner.setAccess(key.id, [{ ...otherId, usages: ['decrypt'] }]);
    expectBytes(await other.decrypt(key.id, await owner.encrypt(key.id, TEXT)), TEXT, 'a list set later');
  }),
  withPeople('granted-no-more', async ({ kit, owner, other, otherId }) => {
    const key = await kit.make(owner, { type: 'SM4', access: [{ ...otherId, usages: ['encrypt'] }] });
    const sealed = await other.encrypt(key.id, TEXT);
    await expectCode(() => other.decrypt(key.id, sealed), DENIED, 'a usage that is not on the list');
    await expectCode(() => kit.vault.encrypt(key.id, TEXT), DENIED, 'somebody who is not on it');
  }),
  withPeople('granted-no-owner', async ({ kit, owner, other, otherId }) => {
    const usages = ['decrypt', 'encrypt', 'wrap'] as const;
    const key = await kit.make(owner, { type: 'SM4', usages, access: [{ ...otherId, usages }] });
    await expectCode(() => other.setAccess(key.id, []), DENIED, 'a new list by who is on it');
    await expectCode(() => other.deleteKey(key.id), DENIED, 'deletion by who is on it');
    await expectCode(() => other.wrapKey(key.id), DENIED, 'wrapping by who is on it');
  }),
  withPeople('revoked', async ({ kit, owner, other, otherId }) => {
    const key = await kit.make(owner, { type: 'SM4', access: [{ ...otherId, usages: ['encrypt'] }] });
    await other.encrypt(key.id, TEXT);
    await owner.setAccess(key.id, []);
    await expectCode(() => other.encrypt(key.id, TEXT), DENIED, 'a usage that was taken back');
  }),
  withPeople('not-listed', async ({ kit, owner, other }) => {
    const key = await kit.make(owner, { type: 'SM4', label: 'mine' });
    for (const [who, vault] of [['another login', other] as const, ['PUBLIC', kit.vault] as const]) {
      expectTrue(!(await vault.listKeys()).some(({ id }) => id === key.id), `in the list of ${who}`);
    }
  }),
  withPeople('login-counts', async ({ kit, owner, other, otherId }) => {
    const impostor = { login: TEEC_LOGIN.USER, uuid: otherId.uuid, usages: ['encrypt'] as const };
    const key = await kit.make(owner, { type: 'SM4', access: [impostor] });
    await expectCode(() => other.encrypt(key.id, TEXT), DENIED, 'the same UUID with another login');
  }),
  withPeople('usages-bind-owner', async ({ kit, owner }) => {
    const key = await kit.make(owner, { type: 'SM4', usages: ['encrypt'] });
    const sealed = await owner.encrypt(key.id, TEXT);
    await expectCode(() => owner.decrypt(key.id, sealed), DENIED, 'a usage the key has not');
    await expectCode(() => owner.wrapKey(key.id), DENIED, 'wrapping a key that may not leave');
  }),
  withPeople('grant-beyond-key', async ({ kit, owner, otherId }) => {
    const key = await kit.make(owner, { type: 'SM4', usages: ['encrypt'] });
    const access = [{ ...otherId, usages: ['decrypt'] as const }];
    const call = () => owner.setAccess(key.id, access);
    await expectCode(call, ['ERR_TEEC_BAD_PARAMETERS'], 'a list with a usage the key has not');
  }),
  withPeople('wrapped-no-bearer', async ({ kit, owner, other }) => {
    const key = await kit.make(owner, { type: 'SM4', usages: ['encrypt', 'wrap'] });
    const blob = await owner.wrapKey(key.id);
    await expectCode(() => other.unwrapKey(blob), DENIED, 'unwrapping by another login');
    await expectCode(() => kit.vault.unwrapKey(blob), DENIED, 'unwrapping by PUBLIC');
  }),
  onEach(
    'access.domain-named',
    ACCESS,
    async ({ vault }) => {
      await expectCode(() => vault.protect(NAMED_DOMAIN, TEXT), DENIED, 'protecting for a domain of others');
      const call = () => vault.unprotect(DOMAIN_BLOBS.named, DOMAIN_BLOBS.aad);
      await expectCode(call, DENIED, 'opening data of a domain of others');
      expectTrue(!(await vault.domains()).some(({ domain }) => domain === NAMED_DOMAIN), 'it is not listed');
    },
    [DOMAIN_KEYS],
  ),
];

/** Access control gives the same results on every module. */
export const accessCases: readonly ConformanceCase<KeyVaultSubject>[] = [...cases, ...refused];

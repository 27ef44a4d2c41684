import { expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import {
  IDENTITY_MAX_CERTIFICATE_BYTES,
  IDENTITY_MAX_NAME,
  IDENTITY_MAX_TENANT_DEPTH,
} from '../spec/v1/identity.ts';
import { type Case, CLAUSE, fingerprint, one, ROLES_CLAUSE, refuses, tenantUser } from './identity-scene.ts';

/** Tenants. */
export const TENANT_CASES: readonly Case[] = [
  one('identity.tenant.is-kept', CLAUSE, async ({ store }) => {
    const made = await store.createTenant({ tenantId: 'acme', name: 'Acme 公司' });
    const sub = await store.createTenant({ tenantId: 'acme.lab', name: 'Lab', parentTenantId: 'acme' });
    expectTrue(
      made.state === 'active' && made.parentTenantId === null,
      'a new tenant is not active at the top',
    );
    expectTrue(sub.parentTenantId === 'acme', 'the tenant above is lost');
    expectTrue(
      JSON.stringify(await store.findTenant('acme')) === JSON.stringify(made),
      'another tenant came back',
    );
    expectTrue((await store.findTenant('nobody')) === undefined, 'a tenant that does not exist was found');
  }),
  one('identity.tenant.refuses-a-second-of-the-same-id', CLAUSE, async ({ store }) => {
    await store.createTenant({ tenantId: 'acme', name: 'one' });
    await refuses(
      () => store.createTenant({ tenantId: 'acme', name: 'two' }),
      ['ERR_IDENTITY_EXISTS'],
      'again',
    );
    expectTrue((await store.findTenant('acme'))?.name === 'one', 'the first tenant was changed');
  }),
  one('identity.tenant.refuses-unknown-or-disabled-parent', CLAUSE, async ({ store }) => {
    const child = (tenantId: string) =>
      store.createTenant({ tenantId: 'child', name: 'c', parentTenantId: tenantId });
    await refuses(() => child('nobody'), ['ERR_IDENTITY_NOT_FOUND'], 'unknown parent');
    await store.createTenant({ tenantId: 'acme', name: 'a' });
    await store.disableTenant('acme');
    await refuses(() => child('acme'), ['ERR_IDENTITY_DISABLED'], 'disabled parent');
  }),
  one('identity.tenant.refuses-endless-nesting', CLAUSE, async ({ store }) => {
    let parentTenantId: string | null = null;
    for (let depth = 0; depth < IDENTITY_MAX_TENANT_DEPTH; depth++) {
      await store.createTenant({ tenantId: `t${depth}`, name: 't', parentTenantId });
      parentTenantId = `t${depth}`;
    }
    await refuses(
      () => store.createTenant({ tenantId: 'deep', name: 't', parentTenantId }),
      ['ERR_IDENTITY_INPUT'],
      'one level too deep',
    );
  }),
  one('identity.tenant.refuses-bad-input', CLAUSE, async ({ store }) => {
    for (const tenantId of [
      '',
      ' ',
      'a b',
      '-a',
      'x'.repeat(65),
      "a'; drop table",
      'a\n',
      7,
      null,
      undefined,
    ]) {
      const bad = tenantId as string;
      await refuses(
        () => store.createTenant({ tenantId: bad, name: 'n' }),
        ['ERR_IDENTITY_INPUT'],
        `id ${bad}`,
      );
      await refuses(() => store.findTenant(bad), ['ERR_IDENTITY_INPUT'], `find ${bad}`);
      await refuses(() => store.disableTenant(bad), ['ERR_IDENTITY_INPUT'], `disable ${bad}`);
    }
    for (const name of ['', 'x'.repeat(IDENTITY_MAX_NAME + 1), 'a\nb', 'a\u202eb', 7]) {
      const bad = name as string;
      await refuses(
        () => store.createTenant({ tenantId: 'a', name: bad }),
        ['ERR_IDENTITY_INPUT'],
        `name ${bad}`,
      );
    }
    await refuses(() => store.disableTenant('nobody'), ['ERR_IDENTITY_NOT_FOUND'], 'disable unknown');
  }),
];

/** Users and their certificates. */
export const USER_CASES: readonly Case[] = [
  one('identity.user.starts-with-nothing', ROLES_CLAUSE, async (scene) => {
    const user = await tenantUser(scene, 'ann');
    expectTrue(user.roles.length === 0, 'a new user holds roles');
    expectTrue(
      user.state === 'invited' && user.certificateFingerprint === undefined,
      'a new user can log in',
    );
    expectTrue((await scene.store.findUser('ann'))?.roles.length === 0, 'roles appeared when stored');
  }),
  one('identity.user.belongs-to-exactly-one-tenant', CLAUSE, async (scene) => {
    await tenantUser(scene, 'ann');
    await scene.store.createTenant({ tenantId: 'other', name: 'o' });
    for (const tenantId of ['other', null, 'acme']) {
      await refuses(
        () => scene.store.createUser({ userId: 'ann', tenantId, name: 'ann' }),
        ['ERR_IDENTITY_EXISTS'],
        `the same user in ${tenantId}`,
      );
    }
    expectTrue((await scene.store.findUser('ann'))?.tenantId === 'acme', 'the tenant changed');
    const list = await scene.store.listUsers({ tenantId: 'other', limit: 10 });
    expectTrue(list.length === 0, 'the user is listed in another tenant');
  }),
  one('identity.user.is-found-by-certificate', CLAUSE, async (scene) => {
    const certificate = scene.certificate('ann');
    const made = await tenantUser(scene, 'ann', { certificate, roles: ['tenant-user'] });
    expectTrue(made.state === 'active', 'a user with a certificate is not active');
    const found = await scene.store.findByCertificate(fingerprint(certificate));
    expectTrue(found?.userId === 'ann' && found.roles.join() === 'tenant-user', 'not found');
    expectBytes(found.certificate, scene.certificate('ann'), 'certificate');
    expectTrue(found.certificateFingerprint === fingerprint(certificate), 'fingerprint');
    const nobody = await scene.store.findByCertificate(fingerprint(scene.certificate('bob')));
    expectTrue(nobody === undefined, 'somebody was found by another certificate');
  }),
  one('identity.user.bytes-are-copied', CLAUSE, async (scene) => {
    const certificate = Uint8Array.from(scene.certificate('ann'));
    const pending = tenantUser(scene, 'ann', { certificate });
    const made = await pending;
    certificate.fill(0);
    made.certificate!.fill(0);
    const found = await scene.store.findUser('ann');
    expectBytes(found?.certificate, scene.certificate('ann'), 'certificate after the caller changed theirs');
  }),
  one('identity.user.refuses-a-certificate-of-another', CLAUSE, async (scene) => {
    const certificate = scene.certificate('ann');
    await tenantUser(scene, 'ann', { certificate });
    const taken = ['ERR_IDENTITY_CERTIFICATE_IN_USE'];
    await refuses(() => tenantUser(scene, 'bob', { certificate }), taken, 'a second user of the certificate');
    expectTrue((await scene.store.findUser('bob')) === undefined, 'the refused user was stored');
    await tenantUser(scene, 'bob');
    await refuses(() => scene.store.setCertificate('bob', certificate), taken, 'binding it later');
    expectTrue((await scene.store.findUser('bob'))?.state === 'invited', 'the refused change was stored');
  }),
  one('identity.user.former-certificate-no-longer-counts', CLAUSE, async (scene) => {
    await tenantUser(scene, 'ann', { certificate: scene.certificate('old') });
    await scene.store.setCertificate('ann', scene.certificate('new'));
    const old = await scene.store.findByCertificate(fingerprint(scene.certificate('old')));
    const now = await scene.store.findByCertificate(fingerprint(scene.certificate('new')));
    expectTrue(old === undefined && now?.userId === 'ann', 'the former certificate still counts');
  }),
  one('identity.user.disabled-is-not-found-by-certificate', CLAUSE, async (scene) => {
    const certificate = scene.certificate('ann');
    await tenantUser(scene, 'ann', { certificate });
    const { token } = await scene.store.createActivationToken({ userId: 'ann', lifetimeSeconds: 60 });
    expectTrue((await scene.store.disableUser('ann')).state === 'disabled', 'not disabled');
    expectTrue((await scene.store.findByCertificate(fingerprint(certificate))) === undefined, 'still found');
    expectTrue((await scene.store.findUser('ann'))?.state === 'disabled', 'forgotten');
    const next = scene.certificate('next');
    await refuses(
      () => scene.store.setCertificate('ann', next),
      ['ERR_IDENTITY_DISABLED'],
      'a new certificate',
    );
    await refuses(
      () => scene.store.createActivationToken({ userId: 'ann', lifetimeSeconds: 60 }),
      ['ERR_IDENTITY_DISABLED'],
      'a new token',
    );
    await refuses(
      () => scene.store.consumeActivationToken({ token, certificate: next }),
      ['ERR_IDENTITY_TOKEN_INVALID'],
      'an old token',
    );
    await scene.store.setRoles('ann', []);
    expectTrue(
      (await scene.store.findUser('ann'))?.state === 'disabled',
      'a change of roles enabled the user again',
    );
  }),
  one('identity.user.of-disabled-tenant-is-not-found-by-certificate', CLAUSE, async (scene) => {
    await scene.store.createTenant({ tenantId: 'top', name: 't' });
    await scene.store.createTenant({ tenantId: 'sub', name: 's', parentTenantId: 'top' });
    const certificate = scene.certificate('ann');
    await scene.store.createUser({ userId: 'ann', tenantId: 'sub', name: 'ann', certificate });
    const { token } = await scene.store.createActivationToken({ userId: 'ann', lifetimeSeconds: 60 });
    expectTrue(
      (await scene.store.findByCertificate(fingerprint(certificate))) !== undefined,
      'not found before',
    );
    await scene.store.disableTenant('top');
    expectTrue((await scene.store.findByCertificate(fingerprint(certificate))) === undefined, 'found after');
    await refuses(
      () => scene.store.findActivation(token),
      ['ERR_IDENTITY_TOKEN_INVALID'],
      'a token of the tenant',
    );
    await refuses(
      () => scene.store.createUser({ userId: 'bob', tenantId: 'sub', name: 'bob' }),
      ['ERR_IDENTITY_DISABLED'],
      'a new user of the tenant',
    );
  }),
  one('identity.user.lists-one-tenant-in-pages', CLAUSE, async (scene) => {
    for (const userId of ['bob', 'Ann', 'dan', 'cat']) await tenantUser(scene, userId);
    await scene.store.createUser({ userId: 'root', tenantId: null, name: 'root' });
    const first = await scene.store.listUsers({ tenantId: 'acme', limit: 3 });
    const second = await scene.store.listUsers({
      tenantId: 'acme',
      limit: 3,
      afterUserId: first.at(-1)!.userId,
    });
    expectTrue(
      [...first, ...second].map((user) => user.userId).join() === 'Ann,bob,cat,dan',
      'order or content',
    );
    const platform = await scene.store.listUsers({ tenantId: null, limit: 10 });
    expectTrue(platform.map((user) => user.userId).join() === 'root', 'users of the platform');
  }),
  one('identity.user.refuses-bad-input', CLAUSE, async (scene) => {
    const { store } = scene;
    const bad = ['ERR_IDENTITY_INPUT'];
    for (const change of [
      { userId: '' },
      { userId: 'a b' },
      { userId: 'x'.repeat(65) },
      { userId: 7 },
      { tenantId: '' },
      { tenantId: undefined },
      { name: '' },
      { name: 'a\u0000' },
      { roles: ['root'] },
      { roles: ['tenant-user', 'tenant-user'] },
      { roles: 'tenant-user' },
      { roles: [7] },
      { certificate: new Uint8Array(0) },
      { certificate: new Uint8Array(IDENTITY_MAX_CERTIFICATE_BYTES + 1) },
      { certificate: 'pem' },
    ]) {
      await refuses(() => tenantUser(scene, 'ann', change), bad, JSON.stringify(change).slice(0, 60));
    }
    for (const text of ['', 'ab', 'G'.repeat(64), 'A'.repeat(64), 7]) {
      await refuses(() => store.findByCertificate(text as string), bad, `fingerprint ${text}`);
    }
    for (const limit of [0, 1001, 1.5, Number.NaN]) {
      await refuses(() => store.listUsers({ tenantId: null, limit }), bad, `limit ${limit}`);
    }
    await refuses(() => store.createUser(null as never), bad, 'nothing');
    const unknown = ['ERR_IDENTITY_NOT_FOUND'];
    await refuses(
      () => store.createUser({ userId: 'a', tenantId: 'nobody', name: 'a' }),
      unknown,
      'unknown tenant',
    );
    await refuses(() => store.setRoles('nobody', []), unknown, 'roles of nobody');
    await refuses(
      () => store.setCertificate('nobody', scene.certificate('x')),
      unknown,
      'certificate of nobody',
    );
    await refuses(() => store.disableUser('nobody'), unknown, 'disabling nobody');
    expectTrue((await store.findUser('nobody')) === undefined, 'nobody was found');
  }),
];

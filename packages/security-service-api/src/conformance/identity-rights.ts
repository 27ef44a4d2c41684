import { expectTrue } from '@cssi/sm-core/conformance';
import {
  ACTIVATION_MAX_SECONDS,
  CONFLICTING_ROLES,
  ROLE_SCOPE,
  ROLES,
  type Role,
} from '../spec/v1/identity.ts';
import {
  type Case,
  CLAUSE,
  fingerprint,
  one,
  ROLES_CLAUSE,
  refuses,
  type Scene,
  tenantUser,
} from './identity-scene.ts';

const conflict = ['ERR_IDENTITY_ROLE_CONFLICT'];

/** Separation of roles. */
export const ROLE_CASES: readonly Case[] = [
  one('identity.roles.are-replaced', ROLES_CLAUSE, async (scene) => {
    await tenantUser(scene, 'ann', { roles: ['tenant-user'] });
    await scene.store.setRoles('ann', ['auditor']);
    expectTrue(
      (await scene.store.findUser('ann'))?.roles.join() === 'auditor',
      'the roles are not the new ones',
    );
    await scene.store.setRoles('ann', []);
    expectTrue((await scene.store.findUser('ann'))?.roles.length === 0, 'a role is left');
  }),
  one('identity.roles.refuses-conflicting-pairs', ROLES_CLAUSE, async (scene) => {
    await tenantUser(scene, 'ann');
    await scene.store.createUser({ userId: 'root', tenantId: null, name: 'root' });
    for (const [a, b] of CONFLICTING_ROLES) {
      for (const roles of [[a, b], [b, a], [...ROLES]]) {
        const name = roles.join('+');
        await refuses(() => scene.store.setRoles('ann', roles), conflict, `${name} in a tenant`);
        await refuses(() => scene.store.setRoles('root', roles), conflict, `${name} on the platform`);
        await refuses(() => tenantUser(scene, 'bob', { roles }), conflict, `a new user with ${name}`);
      }
    }
    for (const userId of ['ann', 'root']) {
      expectTrue((await scene.store.findUser(userId))?.roles.length === 0, 'a refused role was stored');
    }
  }),
  one('identity.roles.refuses-roles-out-of-place', ROLES_CLAUSE, async (scene) => {
    await tenantUser(scene, 'ann');
    await scene.store.createUser({ userId: 'root', tenantId: null, name: 'root' });
    for (const role of ROLES) {
      const scope = ROLE_SCOPE[role];
      if (scope === 'platform')
        await refuses(() => scene.store.setRoles('ann', [role]), conflict, `${role} in a tenant`);
      if (scope === 'tenant')
        await refuses(() => scene.store.setRoles('root', [role]), conflict, `${role} on the platform`);
    }
  }),
  one('identity.roles.refuses-unknown', ROLES_CLAUSE, async (scene) => {
    await tenantUser(scene, 'ann');
    for (const roles of [['root'], ['__proto__'], ['tenant-user', 'tenant-user'], [null], 'auditor', null]) {
      await refuses(
        () => scene.store.setRoles('ann', roles as Role[]),
        ['ERR_IDENTITY_INPUT'],
        JSON.stringify(roles),
      );
    }
  }),
];

const invalid = ['ERR_IDENTITY_TOKEN_INVALID'];

/** One-time activation. */
export const ACTIVATION_CASES: readonly Case[] = [
  one('identity.activation.binds-a-certificate-once', CLAUSE, async (scene) => {
    await tenantUser(scene, 'ann', { roles: ['tenant-user'] });
    const { token, userId } = await scene.store.createActivationToken({ userId: 'ann', lifetimeSeconds: 60 });
    expectTrue(userId === 'ann' && /^[A-Za-z0-9_-]{43}$/.test(token), 'form of the token');
    expectTrue((await scene.store.findActivation(token)).userId === 'ann', 'the token names another user');
    const certificate = scene.certificate('ann');
    const user = await scene.store.consumeActivationToken({ token, certificate });
    expectTrue(user.state === 'active' && user.roles.join() === 'tenant-user', 'not active');
    expectTrue(
      (await scene.store.findByCertificate(fingerprint(certificate)))?.userId === 'ann',
      'cannot log in',
    );
    await refuses(() => scene.store.findActivation(token), invalid, 'looking at a used token');
    await refuses(
      () => scene.store.consumeActivationToken({ token, certificate: scene.certificate('again') }),
      invalid,
      'a second use',
    );
    expectTrue((await scene.store.findByCertificate(fingerprint(certificate)))?.userId === 'ann', 'replaced');
  }),
  one('identity.activation.only-one-of-many-at-once-wins', CLAUSE, async (scene) => {
    await tenantUser(scene, 'ann');
    const { token } = await scene.store.createActivationToken({ userId: 'ann', lifetimeSeconds: 60 });
    const attempts = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) =>
        scene.store.consumeActivationToken({ token, certificate: scene.certificate(`c${i}`) }),
      ),
    );
    const won = attempts.filter((attempt) => attempt.status === 'fulfilled');
    expectTrue(won.length === 1, `${won.length} of 8 uses of one token were accepted`);
    const user = await scene.store.findUser('ann');
    expectTrue(user?.certificateFingerprint === won[0]!.value.certificateFingerprint, 'the loser was bound');
  }),
  one('identity.activation.expires', CLAUSE, async (scene) => {
    await tenantUser(scene, 'ann');
    const { token, expiresAt } = await scene.store.createActivationToken({
      userId: 'ann',
      lifetimeSeconds: 60,
    });
    expectTrue(
      Date.parse(expiresAt) === scene.context.now.getTime() + 60_000,
      'the end is not the one asked for',
    );
    scene.advance(59);
    await scene.store.findActivation(token);
    scene.advance(1);
    const certificate = scene.certificate('ann');
    await refuses(() => scene.store.findActivation(token), invalid, 'looking at an expired token');
    await refuses(
      () => scene.store.consumeActivationToken({ token, certificate }),
      invalid,
      'an expired token',
    );
    expectTrue((await scene.store.findUser('ann'))?.state === 'invited', 'activated all the same');
  }),
  one('identity.activation.new-token-voids-the-former', CLAUSE, async (scene) => {
    await tenantUser(scene, 'ann');
    const former = await scene.store.createActivationToken({ userId: 'ann', lifetimeSeconds: 60 });
    const latter = await scene.store.createActivationToken({ userId: 'ann', lifetimeSeconds: 60 });
    expectTrue(former.token !== latter.token, 'the same token twice');
    await refuses(() => scene.store.findActivation(former.token), invalid, 'the former token');
    await scene.store.findActivation(latter.token);
  }),
  one('identity.activation.survives-a-refused-certificate', CLAUSE, async (scene) => {
    await tenantUser(scene, 'bob', { certificate: scene.certificate('bob') });
    await tenantUser(scene, 'ann');
    const { token } = await scene.store.createActivationToken({ userId: 'ann', lifetimeSeconds: 60 });
    await refuses(
      () => scene.store.consumeActivationToken({ token, certificate: scene.certificate('bob') }),
      ['ERR_IDENTITY_CERTIFICATE_IN_USE'],
      'a certificate of another user',
    );
    await scene.store.consumeActivationToken({ token, certificate: scene.certificate('ann') });
  }),
  one('identity.activation.refuses-bad-input', CLAUSE, async (scene) => {
    await tenantUser(scene, 'ann');
    const certificate = scene.certificate('ann');
    const { token } = await scene.store.createActivationToken({ userId: 'ann', lifetimeSeconds: 60 });
    const near = `${token[0] === 'A' ? 'B' : 'A'}${token.slice(1)}`;
    for (const wrong of [
      '',
      'x',
      near,
      token.slice(1),
      `${token}A`,
      token.toLowerCase().replace(/./, '!'),
      7,
      null,
    ]) {
      const text = wrong as string;
      await refuses(() => scene.store.findActivation(text), invalid, 'looking at a wrong token');
      await refuses(
        () => scene.store.consumeActivationToken({ token: text, certificate }),
        invalid,
        'a wrong token',
      );
    }
    for (const lifetimeSeconds of [0, -1, 1.5, ACTIVATION_MAX_SECONDS + 1, Number.POSITIVE_INFINITY]) {
      await refuses(
        () => scene.store.createActivationToken({ userId: 'ann', lifetimeSeconds }),
        ['ERR_IDENTITY_INPUT'],
        `lifetime ${lifetimeSeconds}`,
      );
    }
    await refuses(
      () => scene.store.createActivationToken({ userId: 'nobody', lifetimeSeconds: 60 }),
      ['ERR_IDENTITY_NOT_FOUND'],
      'a token for nobody',
    );
    await scene.store.findActivation(token);
  }),
];

const tampered = ['ERR_IDENTITY_ROW_TAMPERED'];
const macCase = (id: string, run: (scene: Scene) => Promise<void>) => one(id, CLAUSE, run, ['row-mac']);

/** Rows edited in the database. */
export const MAC_CASES: readonly Case[] = [
  ...(['roles', 'tenant', 'state', 'certificate', 'mac'] as const).map((set) =>
    macCase(`identity.row.edited-user-${set}-is-refused`, async (scene) => {
      const certificate = scene.certificate('ann');
      await tenantUser(scene, 'ann', { certificate, roles: ['tenant-user'] });
      await scene.subject.tamper!({ kind: 'user', userId: 'ann', set });
      await refuses(() => scene.store.findUser('ann'), tampered, 'finding the user');
      await refuses(() => scene.store.findByCertificate(fingerprint(certificate)), tampered, 'logging in');
      await refuses(() => scene.store.setRoles('ann', []), tampered, 'changing the user');
      await refuses(
        () => scene.store.createActivationToken({ userId: 'ann', lifetimeSeconds: 60 }),
        tampered,
        'inviting the user',
      );
    }),
  ),
  macCase('identity.row.rights-of-another-user-are-refused', async (scene) => {
    await tenantUser(scene, 'ann', { roles: ['security-admin'] });
    await tenantUser(scene, 'bob', { roles: ['tenant-user'] });
    await scene.subject.tamper!({ kind: 'copy', userId: 'bob', from: 'ann' });
    await refuses(() => scene.store.findUser('bob'), tampered, 'the user with borrowed rights');
    expectTrue(
      (await scene.store.findUser('ann'))?.roles.join() === 'security-admin',
      'the other user suffered',
    );
  }),
  macCase('identity.row.edited-tenant-is-refused', async (scene) => {
    const certificate = scene.certificate('ann');
    await tenantUser(scene, 'ann', { certificate });
    await scene.store.disableTenant('acme');
    await scene.subject.tamper!({ kind: 'tenant', tenantId: 'acme', set: 'state' });
    await refuses(() => scene.store.findTenant('acme'), tampered, 'finding the tenant');
    await refuses(() => scene.store.findByCertificate(fingerprint(certificate)), tampered, 'logging in');
  }),
  ...(['expiry', 'user'] as const).map((set) =>
    macCase(`identity.row.edited-activation-${set}-is-refused`, async (scene) => {
      await tenantUser(scene, 'ann');
      await tenantUser(scene, 'bob', { roles: ['security-admin'] });
      const { token } = await scene.store.createActivationToken({ userId: 'ann', lifetimeSeconds: 60 });
      await scene.subject.tamper!({ kind: 'activation', userId: 'ann', set, to: 'bob' });
      const certificate = scene.certificate('ann');
      await refuses(() => scene.store.findActivation(token), tampered, 'looking at the token');
      await refuses(
        () => scene.store.consumeActivationToken({ token, certificate }),
        tampered,
        'using the token',
      );
      expectTrue((await scene.store.findUser('bob'))?.state === 'invited', 'another user was taken over');
    }),
  ),
];

import { randomBytes } from '@cssi/sm-core';
import { SECURITY_SERVICE_ERRORS, type SecurityServiceErrorCode } from '../errors.ts';
import {
  ACTIVATION_TOKEN_BYTES,
  type ActivationToken,
  IDENTITY_MAX_TENANT_DEPTH,
  IDENTITY_SPEC_VERSION,
  type IdentityStore,
  type Role,
  type Tenant,
  type User,
} from '../spec/v1/identity.ts';
import {
  checkCertificate,
  checkFingerprint,
  checkIdentifier,
  checkLifetime,
  checkListLimit,
  checkName,
  checkObject,
  checkRoles,
  tokenDigest,
} from './checks.ts';
import type { IdentityRowStore, IdentityRows } from './rows.ts';

const refuse = (code: SecurityServiceErrorCode) => SECURITY_SERVICE_ERRORS.create(code);

/** True when the tenant and every tenant above it are active. The platform always is. */
async function isActive(rows: IdentityRows, tenantId: string | null): Promise<boolean> {
  let next = tenantId;
  for (let depth = 0; next !== null; depth++) {
    const tenant: Tenant | undefined = await rows.tenant(next);
    if (tenant?.state !== 'active' || depth >= IDENTITY_MAX_TENANT_DEPTH) return false;
    next = tenant.parentTenantId;
  }
  return true;
}

async function depthOf(rows: IdentityRows, tenantId: string | null): Promise<number> {
  let depth = 0;
  for (let next = tenantId; next !== null && depth <= IDENTITY_MAX_TENANT_DEPTH; depth++) {
    next = (await rows.tenant(next))?.parentTenantId ?? null;
  }
  return depth;
}

/** The rules of the identity store, over rows kept anywhere. */
export class RowIdentityStore implements IdentityStore {
  readonly specVersion = IDENTITY_SPEC_VERSION;
  readonly name: string;
  readonly #rows: IdentityRowStore;
  readonly #clock: () => Date;

  constructor(name: string, rows: IdentityRowStore, clock: () => Date) {
    this.name = name;
    this.#rows = rows;
    this.#clock = clock;
  }

  async createTenant(request: Parameters<IdentityStore['createTenant']>[0]): Promise<Tenant> {
    checkObject(request);
    const tenantId = checkIdentifier('tenantId', request.tenantId);
    const parent = request.parentTenantId ?? null;
    const tenant: Tenant = {
      tenantId,
      name: checkName(request.name),
      parentTenantId: parent === null ? null : checkIdentifier('parentTenantId', parent),
      state: 'active',
      createdAt: this.#clock().toISOString(),
    };
    return await this.#rows.transaction(async (rows) => {
      await this.#requireTenant(rows, tenant.parentTenantId);
      if ((await depthOf(rows, tenant.parentTenantId)) >= IDENTITY_MAX_TENANT_DEPTH) {
        throw SECURITY_SERVICE_ERRORS.create('ERR_IDENTITY_INPUT', {
          detail: 'field=parentTenantId reason=depth',
        });
      }
      await rows.insertTenant(tenant);
      return tenant;
    });
  }

  async findTenant(tenantId: string): Promise<Tenant | undefined> {
    const id = checkIdentifier('tenantId', tenantId);
    return await this.#rows.transaction((rows) => rows.tenant(id));
  }

  async disableTenant(tenantId: string): Promise<Tenant> {
    const id = checkIdentifier('tenantId', tenantId);
    return await this.#rows.transaction(async (rows) => {
      const tenant = await rows.tenant(id);
      if (tenant === undefined) throw refuse('ERR_IDENTITY_NOT_FOUND');
      const disabled: Tenant = { ...tenant, state: 'disabled' };
      await rows.putTenant(disabled);
      return disabled;
    });
  }

  async createUser(request: Parameters<IdentityStore['createUser']>[0]): Promise<User> {
    checkObject(request);
    const tenantId = request.tenantId === null ? null : checkIdentifier('tenantId', request.tenantId);
    const bound = request.certificate === undefined ? {} : checkCertificate(request.certificate);
    const user: User = {
      userId: checkIdentifier('userId', request.userId),
      tenantId,
      name: checkName(request.name),
      roles: checkRoles(request.roles ?? [], tenantId),
      ...bound,
      state: request.certificate === undefined ? 'invited' : 'active',
      createdAt: this.#clock().toISOString(),
    };
    return await this.#rows.transaction(async (rows) => {
      await this.#requireTenant(rows, tenantId);
      await rows.insertUser(user);
      return user;
    });
  }

  async findUser(userId: string): Promise<User | undefined> {
    const id = checkIdentifier('userId', userId);
    return await this.#rows.transaction((rows) => rows.user(id));
  }

  async findByCertificate(fingerprint: string): Promise<User | undefined> {
    const checked = checkFingerprint(fingerprint);
    return await this.#rows.transaction(async (rows) => {
      const user = await rows.userByFingerprint(checked);
      if (user?.state !== 'active') return undefined;
      return (await isActive(rows, user.tenantId)) ? user : undefined;
    });
  }

  async listUsers(query: Parameters<IdentityStore['listUsers']>[0]): Promise<readonly User[]> {
    checkObject(query);
    const tenantId = query.tenantId === null ? null : checkIdentifier('tenantId', query.tenantId);
    const after = query.afterUserId === undefined ? '' : checkIdentifier('afterUserId', query.afterUserId);
    const limit = checkListLimit(query.limit);
    return await this.#rows.transaction((rows) => rows.users(tenantId, after, limit));
  }

  async setRoles(userId: string, roles: readonly Role[]): Promise<User> {
    return await this.#change(userId, (user) => ({ ...user, roles: checkRoles(roles, user.tenantId) }));
  }

  async setCertificate(userId: string, certificate: Uint8Array): Promise<User> {
    const bound = checkCertificate(certificate);
    return await this.#change(userId, (user) => {
      if (user.state === 'disabled') throw refuse('ERR_IDENTITY_DISABLED');
      return { ...user, ...bound, state: 'active' };
    });
  }

  async disableUser(userId: string): Promise<User> {
    return await this.#change(userId, async (user, rows) => {
      await rows.deleteActivationsOf(user.userId);
      return { ...user, state: 'disabled' };
    });
  }

  async createActivationToken(
    request: Parameters<IdentityStore['createActivationToken']>[0],
  ): Promise<ActivationToken> {
    checkObject(request);
    const userId = checkIdentifier('userId', request.userId);
    const lifetime = checkLifetime(request.lifetimeSeconds);
    const token = Buffer.from(randomBytes(ACTIVATION_TOKEN_BYTES)).toString('base64url');
    const expiresAt = new Date(this.#clock().getTime() + lifetime * 1000).toISOString();
    return await this.#rows.transaction(async (rows) => {
      const user = await rows.user(userId);
      if (user === undefined) throw refuse('ERR_IDENTITY_NOT_FOUND');
      if (user.state === 'disabled' || !(await isActive(rows, user.tenantId)))
        throw refuse('ERR_IDENTITY_DISABLED');
      await rows.deleteActivationsOf(userId);
      await rows.insertActivation({ digest: tokenDigest(token), userId, expiresAt });
      return { token, userId, expiresAt };
    });
  }

  async findActivation(token: string): Promise<User> {
    const digest = tokenDigest(token);
    return await this.#rows.transaction((rows) => this.#invited(rows, digest));
  }

  async consumeActivationToken(
    request: Parameters<IdentityStore['consumeActivationToken']>[0],
  ): Promise<User> {
    checkObject(request);
    const digest = tokenDigest(request.token);
    const bound = checkCertificate(request.certificate);
    return await this.#rows.transaction(async (rows) => {
      const user: User = { ...(await this.#invited(rows, digest)), ...bound, state: 'active' };
      // Whoever removes the row has consumed the token; a second one at the same time has not.
      if (!(await rows.deleteActivation(digest))) throw refuse('ERR_IDENTITY_TOKEN_INVALID');
      await rows.putUser(user);
      return user;
    });
  }

  /** The user a token stands for. Unknown, used, void, expired and disabled look alike. */
  async #invited(rows: IdentityRows, digest: string): Promise<User> {
    const activation = await rows.activation(digest);
    if (activation === undefined || activation.expiresAt <= this.#clock().toISOString()) {
      throw refuse('ERR_IDENTITY_TOKEN_INVALID');
    }
    const user = await rows.user(activation.userId);
    if (user === undefined || user.state === 'disabled' || !(await isActive(rows, user.tenantId))) {
      throw refuse('ERR_IDENTITY_TOKEN_INVALID');
    }
    return user;
  }

  async #change(
    userId: string,
    change: (user: User, rows: IdentityRows) => User | Promise<User>,
  ): Promise<User> {
    const id = checkIdentifier('userId', userId);
    return await this.#rows.transaction(async (rows) => {
      const user = await rows.user(id);
      if (user === undefined) throw refuse('ERR_IDENTITY_NOT_FOUND');
      const changed = await change(user, rows);
      await rows.putUser(changed);
      return changed;
    });
  }

  async #requireTenant(rows: IdentityRows, tenantId: string | null): Promise<void> {
    if (tenantId === null) return;
    if ((await rows.tenant(tenantId)) === undefined) throw refuse('ERR_IDENTITY_NOT_FOUND');
    if (!(await isActive(rows, tenantId))) throw refuse('ERR_IDENTITY_DISABLED');
  }
}

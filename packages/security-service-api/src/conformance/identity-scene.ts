import { sm3, toHex } from '@cssi/sm-core';
import { type CaseContext, type ConformanceCase, expectCode } from '@cssi/sm-core/conformance';
import type { IdentityStore, User } from '../spec/v1/identity.ts';

/** What a vendor hands to {@link identityStoreSuite}. */
export interface IdentityStoreSubject {
  /** An empty store that asks `clock` for the time. */
  open(clock: () => Date): Promise<IdentityStore>;
  /**
   * Changes a stored row behind the store's back; with the capability `row-mac`. `copy` puts
   * the roles, state and MAC of the user `from` into the row of `userId`.
   */
  tamper?(change: IdentityTampering): Promise<void>;
}

/** One way to change a row in the database. */
export type IdentityTampering =
  | {
      readonly kind: 'user';
      readonly userId: string;
      readonly set: 'roles' | 'tenant' | 'state' | 'certificate' | 'mac';
    }
  | { readonly kind: 'copy'; readonly userId: string; readonly from: string }
  | { readonly kind: 'tenant'; readonly tenantId: string; readonly set: 'state' }
  | {
      readonly kind: 'activation';
      readonly userId: string;
      readonly set: 'expiry' | 'user';
      readonly to?: string;
    };

/** What a case works with. */
export interface Scene {
  readonly store: IdentityStore;
  readonly context: CaseContext;
  readonly subject: IdentityStoreSubject;
  /** Bytes that stand for a certificate. */
  certificate(label: string): Uint8Array;
  /** Lets time pass. */
  advance(seconds: number): void;
}

/** One case of the suite. */
export type Case = ConformanceCase<IdentityStoreSubject>;

/** Users and tenants. */
export const CLAUSE = 'T/TCCIA 0002-2022 §6.6';
/** Roles. */
export const ROLES_CLAUSE = 'T/TCCIA 0002-2022 §6.4';

/** A case on an empty store. */
export const one = (
  id: string,
  clause: string,
  run: (scene: Scene) => Promise<void>,
  requires?: readonly string[],
): Case => ({
  id,
  clause,
  level: 'MUST',
  ...(requires === undefined ? {} : { requires }),
  run: async (subject, context) => {
    let now = context.now.getTime();
    const store = await subject.open(() => new Date(now));
    await run({
      store,
      context,
      subject,
      certificate: (label) => context.bytes(label, 500),
      advance: (seconds) => {
        now += seconds * 1000;
      },
    });
  },
});

/** Name of a certificate. */
export const fingerprint = (certificate: Uint8Array) => toHex(sm3(certificate));

/** A user of the tenant `acme`, which is made when missing. */
export async function tenantUser(scene: Scene, userId: string, more: object = {}): Promise<User> {
  if ((await scene.store.findTenant('acme')) === undefined) {
    await scene.store.createTenant({ tenantId: 'acme', name: 'Acme' });
  }
  return await scene.store.createUser({ userId, tenantId: 'acme', name: userId, ...more });
}

/** Fails the case unless the store refuses with one of `codes`. */
export const refuses = (action: () => Promise<unknown>, codes: readonly string[], what: string) =>
  expectCode(action, codes, what);

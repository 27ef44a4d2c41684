import type { ConformanceSuite } from '@cssi/sm-core/conformance';
import { IDENTITY_SPEC_VERSION } from '../spec/v1/identity.ts';
import { ACTIVATION_CASES, MAC_CASES, ROLE_CASES } from './identity-rights.ts';
import type { IdentityStoreSubject } from './identity-scene.ts';
import { TENANT_CASES, USER_CASES } from './identity-users.ts';

export type { IdentityStoreSubject, IdentityTampering } from './identity-scene.ts';

/** Conformance suite of `IdentityStore` for vendors of identity stores. */
export const identityStoreSuite: ConformanceSuite<IdentityStoreSubject> = {
  name: 'identity-store',
  specVersion: IDENTITY_SPEC_VERSION,
  packageVersion: '0.1.0',
  cases: [...TENANT_CASES, ...USER_CASES, ...ROLE_CASES, ...ACTIVATION_CASES, ...MAC_CASES],
};

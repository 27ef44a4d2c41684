import { randomBytes, toHex } from '@cssi/sm-core';
import { type CaseLevel, type ConformanceCase, expectCode } from '@cssi/sm-core/conformance';
import type { KeyAlgorithm, KeyUsage } from '../spec/v1/algorithms.ts';
import type { KeyDescription } from '../spec/v1/descriptions.ts';
import type { KeyManagementService, KeyReference } from '../spec/v1/service.ts';

/** A case of the key management suite. */
export type KmsCase = ConformanceCase<KeyManagementService>;

/** Declares a case that binds every implementation. */
export function must(id: string, clause: string, run: KmsCase['run'], level: CaseLevel = 'MUST'): KmsCase {
  return { id, clause, level, run };
}

/** An id that no earlier run has used, also where the store lives on. */
export function freshTenantId(): string {
  return `conformance-${toHex(randomBytes(12))}`;
}

/** A key id of the right form that no key has. */
export const UNKNOWN_KEY_ID = `k${'0'.repeat(32)}`;

/** A tenant of its own with one key. */
export async function freshKey(
  kms: KeyManagementService,
  algorithm: KeyAlgorithm,
  usage: KeyUsage,
): Promise<{ readonly reference: KeyReference; readonly key: KeyDescription }> {
  const tenantId = freshTenantId();
  await kms.createTenant({ tenantId });
  return addKey(kms, tenantId, algorithm, usage);
}

/** One more key of a tenant. */
export async function addKey(
  kms: KeyManagementService,
  tenantId: string,
  algorithm: KeyAlgorithm,
  usage: KeyUsage,
): Promise<{ readonly reference: KeyReference; readonly key: KeyDescription }> {
  const key = await kms.createKey({ tenantId, algorithm, usage: [usage], label: 'conformance' });
  return { reference: { tenantId, keyId: key.keyId }, key };
}

/** Every operation that needs the private or secret part, on a key of either kind. */
export async function expectUnusable(
  kms: KeyManagementService,
  reference: KeyReference,
  made: { readonly signature?: Uint8Array; readonly ciphertext?: Uint8Array },
  codes: readonly string[],
  what: string,
): Promise<void> {
  const message = new Uint8Array(8);
  if (made.signature !== undefined) {
    const { signature } = made;
    await expectCode(() => kms.sign({ ...reference, message }), codes, `${what}: sign`);
    await expectCode(() => kms.verify({ ...reference, message, signature }), codes, `${what}: verify`);
    await expectCode(() => kms.signer(reference.tenantId, reference.keyId), codes, `${what}: signer`);
  }
  if (made.ciphertext !== undefined) {
    const { ciphertext } = made;
    await expectCode(() => kms.encrypt({ ...reference, plaintext: message }), codes, `${what}: encrypt`);
    await expectCode(() => kms.decrypt({ ...reference, ciphertext }), codes, `${what}: decrypt`);
  }
}

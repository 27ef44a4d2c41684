import type { KeyManagementService } from '@cssi/kms';
import type { CertificateSigner } from '@cssi/pki';

/** Tenant of the platform's own keys; its name cannot be taken by a customer's tenant. */
export const PLATFORM_TENANT = 'cssi-platform';

/** What the platform's own keys are for; also their labels. */
export type PlatformKeyName = 'platform-ca' | 'audit-checkpoint';

async function findKey(kms: KeyManagementService, name: PlatformKeyName): Promise<string | undefined> {
  let afterKeyId: string | undefined;
  do {
    const page = await kms.listKeys({
      tenantId: PLATFORM_TENANT,
      limit: 500,
      ...(afterKeyId === undefined ? {} : { afterKeyId }),
    });
    const key = page.keys.find((entry) => entry.label === name && entry.algorithm === 'SM2');
    if (key !== undefined) return key.keyId;
    afterKeyId = page.next;
  } while (afterKeyId !== undefined);
  return undefined;
}

/**
 * A signer with one of the platform's own SM2 keys, made at the first call.
 *
 * The platform tenant itself must exist.
 */
export async function platformSigner(
  kms: KeyManagementService,
  name: PlatformKeyName,
): Promise<CertificateSigner> {
  const keyId =
    (await findKey(kms, name)) ??
    (await kms.createKey({ tenantId: PLATFORM_TENANT, algorithm: 'SM2', usage: ['sign'], label: name }))
      .keyId;
  return kms.signer(PLATFORM_TENANT, keyId);
}

import type { TeeClient } from '../spec/v1/client.ts';
import { CONFORMANCE_TAS } from '../spec/v1/conformance-ta.ts';
import { TeecError } from '../spec/v1/error.ts';
import { TEE_ALG } from '../spec/v1/internal/constants.ts';
import { TEEC_RESULTS } from '../spec/v1/results.ts';
import { remoteTee } from './remote.ts';
import { CONFORMANCE_TA, withContext, withSession } from './support.ts';

/** Algorithms a TEE may do without, and the capability for each. */
const OPTIONAL_ALGORITHMS = {
  'alg-sm4-xts': TEE_ALG.SM4_XTS,
  'alg-sm4-gcm': TEE_ALG.SM4_GCM,
  'alg-sm4-ccm': TEE_ALG.SM4_CCM,
  'alg-sm4-cmac': TEE_ALG.SM4_CMAC,
  'alg-hkdf-sm3': TEE_ALG.HKDF_SM3,
  'alg-pbkdf2-sm3': TEE_ALG.PBKDF2_HMAC_SM3,
  'alg-sm3-kdf': TEE_ALG.SM3_KDF,
} as const;

/** Conformance TAs a TEE may do without, and the capability for each. */
const OPTIONAL_TAS = {
  'ta-limited': CONFORMANCE_TAS.limited,
  'ta-trusted-only': CONFORMANCE_TAS.trustedOnly,
} as const;

/**
 * What a run of `teeClientSuite` is given as capabilities: those of the client, and what the
 * conformance TAs tell of optional algorithms and applications. A case for a missing one is skipped
 * by name.
 *
 * @example
 * ```ts
 * const capabilities = await conformanceCapabilities(client);
 * const report = await runSuite(teeClientSuite, { name: client.name, subject: client, capabilities });
 * ```
 * @throws {@link TeecError} when the TEE cannot be reached
 * @group Conformance
 */
export async function conformanceCapabilities(client: TeeClient): Promise<ReadonlySet<string>> {
  const found = new Set(client.capabilities);
  if (!found.has(CONFORMANCE_TA)) return found;
  await withSession(client, async (session) => {
    const t = remoteTee(session);
    for (const [name, algorithm] of Object.entries(OPTIONAL_ALGORITHMS)) {
      if (await t.TEE_IsAlgorithmSupported(algorithm, 0)) found.add(name);
    }
  });
  for (const [name, uuid] of Object.entries(OPTIONAL_TAS)) {
    if (await exists(client, uuid)) found.add(name);
  }
  return found;
}

/** A refusal other than ITEM_NOT_FOUND comes from an application that is there. */
function exists(client: TeeClient, uuid: string): Promise<boolean> {
  return withContext(client, async (context) => {
    try {
      await context.openSession(uuid);
      return true;
    } catch (error) {
      if (error instanceof TeecError) return error.result !== TEEC_RESULTS.ITEM_NOT_FOUND;
      throw error;
    }
  });
}

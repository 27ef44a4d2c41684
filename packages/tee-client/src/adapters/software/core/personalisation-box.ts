import { concatBytes, hkdfSm3, Secret, sm4, utf8 } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import { type TeecUuid, uuidToOctets } from '../../../spec/v1/uuid.ts';

const INFO = /* @__PURE__ */ utf8('cssi-ta personalise 1');

const associatedData = (uuid: TeecUuid): Uint8Array => concatBytes(INFO, uuidToOctets(uuid));

function withKey<T>(seed: Secret, use: (gcm: ReturnType<typeof sm4.gcm>) => T): T {
  const key = Secret.take(hkdfSm3(seed, new Uint8Array(0), INFO, 16));
  const gcm = sm4.gcm(key);
  try {
    return use(gcm);
  } finally {
    gcm.destroy();
    key.destroy();
  }
}

/**
 * Personalisation data on their way from the core to an application: under a key of the
 * application's seed, so that the host carries ciphertext. The host can deliver a box again; an
 * application that cares numbers its data.
 */
export function sealPersonalisation(seed: Secret, uuid: TeecUuid, data: Uint8Array): Uint8Array {
  return withKey(seed, (gcm) => gcm.sealBox(data, associatedData(uuid)));
}

/**
 * Opens what {@link sealPersonalisation} made, with the seed of the grant.
 *
 * @throws {@link SmError} ERR_TEE_CHANNEL
 */
export function openPersonalisation(seed: Secret, uuid: TeecUuid, box: Uint8Array): Uint8Array {
  return withKey(seed, (gcm) => {
    try {
      return gcm.openBox(box, associatedData(uuid));
    } catch {
      throw TEE_CLIENT_ERRORS.create('ERR_TEE_CHANNEL', { detail: 'reason=personalisation' });
    }
  });
}

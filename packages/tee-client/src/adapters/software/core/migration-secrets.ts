import { concatBytes, fromBase64, hkdfSm3, Secret, sm4, toBase64, utf8 } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import { u64 } from '../../../runtime/storage/log-format.ts';
import { type TeecUuid, uuidToOctets } from '../../../spec/v1/uuid.ts';

const NO_BYTES = new Uint8Array(0);
const KEY_BYTES = 16;

/** What a secret is kept for. */
export type KeptPurpose = 'release' | 'seed' | 'code';

/** What a kept secret hangs on: after a factory reset or a deletion of the application it opens no more. */
export interface KeptBinding {
  readonly ta: TeecUuid;
  readonly sd: TeecUuid;
  readonly era: number;
  readonly deletions: number;
  readonly transfer: string;
}

function withBox<T>(
  huk: Secret,
  purpose: KeptPurpose,
  { ta, sd, era, deletions, transfer }: KeptBinding,
  use: (gcm: ReturnType<typeof sm4.gcm>, context: Uint8Array) => T,
): T {
  const context = concatBytes(
    utf8(`cssi-tee migration ${purpose} 1\0`),
    uuidToOctets(ta),
    uuidToOctets(sd),
    u64(era),
    u64(deletions),
    utf8(transfer),
  );
  const key = Secret.take(hkdfSm3(huk, NO_BYTES, context, KEY_BYTES));
  const gcm = sm4.gcm(key);
  try {
    return use(gcm, context);
  } finally {
    gcm.destroy();
    key.destroy();
  }
}

/** A secret as it stands in the sealed registry: under a key of the device's, so that no clear copy is in its text. */
export const keepSecret = (
  huk: Secret,
  purpose: KeptPurpose,
  binding: KeptBinding,
  secret: Uint8Array,
): string => withBox(huk, purpose, binding, (gcm, context) => toBase64(gcm.sealBox(secret, context)));

/**
 * What {@link keepSecret} kept; the caller zeroes it.
 *
 * @throws {@link SmError} ERR_TEE_SEAL_INTEGRITY
 */
export function keptSecret(
  huk: Secret,
  purpose: KeptPurpose,
  binding: KeptBinding,
  kept: string,
): Uint8Array {
  return withBox(huk, purpose, binding, (gcm, context) => {
    try {
      return gcm.openBox(fromBase64(kept), context);
    } catch (cause) {
      throw TEE_CLIENT_ERRORS.create('ERR_TEE_SEAL_INTEGRITY', { detail: `part=${purpose}`, cause });
    }
  });
}

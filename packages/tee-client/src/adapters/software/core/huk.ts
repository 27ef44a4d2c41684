import { concatBytes, hkdfSm3, randomBytes, Secret, utf8 } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import { type TeecUuid, uuidToOctets } from '../../../spec/v1/uuid.ts';
import { type CoreFiles, readWhole, writeWhole } from './core-files.ts';

const HUK_NAME = 'huk.key';
const HUK_BYTES = 32;
const NO_BYTES = new Uint8Array(0);

const invalid = (reason: string) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_HUK_INVALID', { detail: `reason=${reason}` });

/**
 * The hardware-unique key (HUK, 硬件唯一密钥) of this device: a file only its owner may read. It is
 * made at the first start and never anew: sealed state without it is lost.
 *
 * @throws {@link SmError} ERR_TEE_HUK_MISSING, ERR_TEE_HUK_INVALID, ERR_TEE_STORAGE
 */
export function openHuk(files: CoreFiles): Secret {
  const bytes = readWhole(files.folder, HUK_NAME, HUK_BYTES);
  if (bytes === undefined) {
    if (files.state.list().length > 0) throw TEE_CLIENT_ERRORS.create('ERR_TEE_HUK_MISSING');
    const made = randomBytes(HUK_BYTES);
    writeWhole(files.folder, HUK_NAME, made);
    return Secret.take(made);
  }
  if (bytes.length !== HUK_BYTES) {
    bytes.fill(0);
    throw invalid('length');
  }
  if (files.isOpenToOthers(HUK_NAME)) {
    bytes.fill(0);
    throw invalid('mode expected=0600');
  }
  return Secret.take(bytes);
}

/** The seed of the core's own sealed store. */
export function coreStoreSeed(huk: Secret): Secret {
  return Secret.take(hkdfSm3(huk, NO_BYTES, utf8('cssi-tee core storage 1'), 32));
}

/** What the seed of an application hangs on besides the hardware-unique key. */
export interface SeedBinding {
  readonly uuid: TeecUuid;
  /** Security domain the application belongs to; undefined for a built-in one. */
  readonly domain: TeecUuid | undefined;
  /** Factory resets of the device, and deletions of this uuid: after either nothing old opens. */
  readonly era: number;
  readonly deletions: number;
}

function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

/**
 * The seed of an application, 32 bytes: the same for all versions of it, another one for the same
 * uuid in another security domain.
 */
export function taSeed(huk: Secret, { uuid, domain, era, deletions }: SeedBinding): Uint8Array {
  const label = domain === undefined ? 'cssi-tee built-in seed 1\0' : 'cssi-tee ta seed 1\0';
  const info = concatBytes(
    utf8(label),
    uuidToOctets(uuid),
    domain === undefined ? NO_BYTES : uuidToOctets(domain),
    u64(era),
    u64(deletions),
  );
  return hkdfSm3(huk, NO_BYTES, info, 32);
}

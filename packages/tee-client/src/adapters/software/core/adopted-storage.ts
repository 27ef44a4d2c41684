import { concatBytes, fromHex, toHex } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';
import type { StorageAdoption } from '../domain-protocol.ts';
import { applicationOf, type Registry } from './registry.ts';

const TRANSFER_BYTES = 16;
const HEAD_BYTES = 32;
/** 0 none, 1 to be made, 2 made ‖ transfer ‖ head. */
export const ADOPTION_BYTES: number = 1 + TRANSFER_BYTES + HEAD_BYTES;

/** As grants carry it, always of the same length. */
export function encodeAdoption(adoption: StorageAdoption | undefined): Uint8Array {
  if (adoption === undefined) return new Uint8Array(ADOPTION_BYTES);
  return concatBytes(
    Uint8Array.of(adoption.made ? 2 : 1),
    fromHex(adoption.transfer),
    fromHex(adoption.head),
  );
}

/** @throws {@link SmError} ERR_TEE_CHANNEL */
export function decodeAdoption(bytes: Uint8Array): StorageAdoption | undefined {
  const [kind = 0] = bytes;
  if (bytes.length !== ADOPTION_BYTES || kind > 2) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_CHANNEL', { detail: 'reason=grant' });
  }
  if (kind === 0) return undefined;
  return {
    transfer: toHex(bytes.subarray(1, 1 + TRANSFER_BYTES)),
    head: toHex(bytes.subarray(1 + TRANSFER_BYTES)),
    made: kind === 2,
  };
}

/** What the storage of an application has to be; `undefined` where it did not come from another device. */
export function adoptionOf(registry: Registry, uuid: TeecUuid): StorageAdoption | undefined {
  const imported = applicationOf(registry, uuid)?.imported;
  return imported === undefined
    ? undefined
    : { transfer: imported.transfer, head: imported.head, made: imported.adopted };
}

/** The registry once an application's domain has marked its storage: only storage with the mark opens then. */
export function withAdoption(registry: Registry, uuid: TeecUuid): Registry {
  const entry = applicationOf(registry, uuid);
  if (entry?.imported === undefined || entry.imported.adopted) return registry;
  const adopted = { ...entry, imported: { ...entry.imported, adopted: true } };
  return {
    ...registry,
    applications: registry.applications.map((one) => (one === entry ? adopted : one)),
  };
}

import { equalBytes, fromHex, toHex } from '@cssi/sm-core';
import type { SecureLink } from '../../../channel/secure-link.ts';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import {
  type ObjectStore,
  type ObjectStoreOptions,
  openObjectStore,
  runtimeObjectId,
  STORE_OBJECT_BYTES,
} from '../../../runtime/storage/object-store.ts';
import { TEEC_RESULTS } from '../../../spec/v1/results.ts';
import { decodeTaRequestAnswer, encodeTaRequest } from '../core/ta-request.ts';
import type { DomainHost, StorageAdoption } from '../domain-protocol.ts';

const MARK = 'migration';
const TRANSFER_BYTES = 16;
/** What the mark takes of a store: the application does not pay for it. */
export const MARK_BYTES: number = STORE_OBJECT_BYTES + MARK.length + 1 + TRANSFER_BYTES;

/**
 * Opens storage that came from another device. The first time it has to be exactly what left there;
 * then it is marked with the number of the migration, and the core told. From then on only storage with
 * the mark opens, so that the host can bring back nothing from before the migration.
 *
 * @param confirm - tells the core that the mark is made; throws when the core does not take note
 * @throws {@link SmError} ERR_TEE_SEAL_ROLLBACK, ERR_TEE_CHANNEL, and what opening a store throws
 */
export function openAdoptedStore(
  options: ObjectStoreOptions,
  { transfer, head, made }: StorageAdoption,
  confirm: () => void,
): ObjectStore {
  const id = runtimeObjectId(MARK);
  const mark = fromHex(transfer);
  const store = openObjectStore({ ...options, quotaBytes: options.quotaBytes + MARK_BYTES });
  try {
    const found = store.get(id);
    const marked = found !== undefined && equalBytes(found, mark);
    if (!marked && (made || toHex(store.head) !== head)) {
      throw TEE_CLIENT_ERRORS.create('ERR_TEE_SEAL_ROLLBACK', { detail: 'part=migration' });
    }
    if (!marked) store.put(id, mark);
    if (!made) confirm();
    return store;
  } catch (error) {
    store.close();
    throw error;
  }
}

/**
 * Tells the core that the mark is made.
 *
 * @throws {@link SmError} ERR_TEE_CHANNEL when the core's own answer does not come: the application does not start
 */
export function confirmAdoption(host: DomainHost, core: SecureLink): void {
  const answer = host.rpc({ kind: 'core', frame: core.seal(encodeTaRequest({ kind: 'adopted' })) });
  const [sealed] = answer.parts;
  const said = sealed === undefined ? undefined : decodeTaRequestAnswer(core.open(sealed)).result;
  if (said !== TEEC_RESULTS.SUCCESS) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_CHANNEL', { detail: 'reason=adoption' });
  }
}

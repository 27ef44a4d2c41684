import { Secret, type Sm2KeyPair, toHex } from '@cssi/sm-core';
import { SecureLink } from '../../../channel/secure-link.ts';
import { nodeStoreFiles, openObjectStore } from '../../../runtime/storage/object-store.ts';
import { STORE_QUOTA_MAX_BYTES } from '../../../runtime/storage/store-interface.ts';
import type { MigrationFile } from '../../../spec/v1/migration.ts';
import { encodeSummary, openStorageGrant } from '../core/storage-grant.ts';
import type { DomainStart } from '../domain-protocol.ts';
import { storeFiles, storeRoom } from '../migration-files.ts';
import { MARK_BYTES, openAdoptedStore } from './adoption.ts';

/** Of a store that is only brought to rest: nothing is written to it but a mark. */
const QUOTA_BYTES: number = STORE_QUOTA_MAX_BYTES - MARK_BYTES;

const sizeOf = (files: readonly MigrationFile[]): number => files.reduce((sum, { size }) => sum + size, 0);

/**
 * Opens the storage of an application that does not run, so that what a crash left is settled, and says
 * over a link of its own to the core what it found: the head of the store and its files. Storage that
 * came from another device is taken over first, where the application never ran here: the host must
 * not have it go on with something older.
 *
 * @throws {@link SmError} ERR_TEE_CHANNEL, ERR_TEE_SEAL_ROLLBACK, and what opening the store throws
 */
export function settleStore(pair: Sm2KeyPair, start: DomainStart, sealedGrant: Uint8Array): Uint8Array {
  const grant = openStorageGrant(pair, sealedGrant);
  const seed = Secret.take(grant.seed);
  const link = new SecureLink(grant.linkKey, 'initiator');
  grant.linkKey.fill(0);
  try {
    const files = nodeStoreFiles(start.folder);
    const options = { files, seed, uuid: start.uuid, quotaBytes: QUOTA_BYTES };
    const store =
      grant.adoption === undefined
        ? openObjectStore(options)
        : // The summary tells the core that the mark is made.
          openAdoptedStore(options, grant.adoption, () => {});
    let head: string;
    try {
      // Also where the host put something behind its end: the target takes no more than this.
      if (sizeOf(storeFiles(files)) > storeRoom(store.usage.used)) store.compact();
      head = toHex(store.head);
    } finally {
      store.close();
    }
    return link.seal(encodeSummary({ head, files: storeFiles(files) }));
  } finally {
    link.destroy();
    seed.destroy();
  }
}

import type { TeeCryptography } from '../../spec/v1/internal/tee.ts';
import type { RuntimeContext } from '../context.ts';
import type { ObjectTable } from './object-table.ts';
import { createOperationTable, type OperationTable } from './operation-table.ts';
import { createAuthenticatedEncryption } from './operations/ae.ts';
import { createAsymmetric } from './operations/asymmetric.ts';
import { createCiphers } from './operations/cipher.ts';
import { createDerivation } from './operations/derive.ts';
import { createDigests } from './operations/digest.ts';
import { createGenericOperations } from './operations/generic.ts';
import { createMacs } from './operations/mac.ts';
import { createRandom } from './operations/random.ts';

/** What every group of operations works with. */
export interface OperationKit {
  readonly context: RuntimeContext;
  readonly objects: ObjectTable;
  readonly operations: OperationTable;
}

/** The group and the end of it. */
export interface CryptographyGroup {
  readonly api: TeeCryptography;
  /** At the end of the instance: zeroes keys and states. */
  closeAll(): void;
}

/** The cryptographic operations with their end. */
export function createCryptographyGroup(context: RuntimeContext, objects: ObjectTable): CryptographyGroup {
  const operations = createOperationTable(context);
  const kit: OperationKit = { context, objects, operations };
  const api: TeeCryptography = {
    ...createGenericOperations(kit),
    ...createDigests(kit),
    ...createCiphers(kit),
    ...createMacs(kit),
    ...createAuthenticatedEncryption(kit),
    ...createAsymmetric(kit),
    ...createDerivation(kit),
    ...createRandom(kit),
  };
  return { api: Object.freeze(api), closeAll: () => operations.closeAll() };
}

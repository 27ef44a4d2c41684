/** Objects and cryptographic operations of the internal API. */
export { type CryptographyGroup, createCryptographyGroup } from './cryptography.ts';
export {
  decodeObject,
  encodeObject,
  type ObjectState,
  type ObjectTable,
} from './object-table.ts';
export { createObjects, dataObject, objectInfo } from './objects.ts';

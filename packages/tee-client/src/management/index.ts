/**
 * For developers and operators of trusted applications: bundles, and signed commands by which they
 * are installed, personalised, updated, locked and deleted, in the shape of the GlobalPlatform TEE
 * Management Framework.
 *
 * @packageDocumentation
 */
export {
  type BundleInspection,
  buildBundle,
  encryptBundle,
  inspectBundle,
  isSameApplication,
  keyName,
  type ManagementSigner,
  managementSigner,
  readBundle,
  signBundle,
  type UnsignedBundle,
} from './bundles.ts';
export {
  type CommandOptions,
  createManagementCommand,
  deviceName,
  encryptPersonalisation,
  managementCommand,
  payloadDigest,
  plainPersonalisation,
  signManagementCommand,
  verifyReceipt,
} from './commands.ts';

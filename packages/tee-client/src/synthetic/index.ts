/**
 * Synthetic evidence (合成证据): generators with keys and roots of their own for formats of which no
 * real sample exists, for tests, demonstrations and interop days. Nothing made here verifies under
 * a vendor's root.
 *
 * @packageDocumentation
 */
export {
  createSyntheticAttester,
  SYNTHETIC_KINDS,
  type SyntheticAttester,
  type SyntheticKind,
} from './attesters.ts';
export {
  createSyntheticCca,
  type SyntheticCca,
  type SyntheticCcaFields,
  type SyntheticCcaOptions,
  type SyntheticCcaProfile,
} from './cca.ts';
export type { CcaKeys, SyntheticCcaAlgorithm } from './cca-keys.ts';
export {
  createSyntheticHygon,
  type SyntheticCsvReportOptions,
  type SyntheticHygon,
  type SyntheticHygonOptions,
  shiftCsvMask,
  syntheticCsvAttester,
} from './csv.ts';
export {
  type SyntheticEvent,
  type SyntheticEventLog,
  type SyntheticEventLogOptions,
  synthesizeEventLog,
} from './event-log.ts';
export type { SyntheticImaFile } from './ima-log.ts';
export {
  createSyntheticIntelPlatform,
  createSyntheticIntelVendor,
  encodeSgxReportBody,
  encodeTdReportBody,
  SYNTHETIC_QE_SIGNER,
  type SyntheticCollateralSpec,
  type SyntheticHolder,
  type SyntheticIntelCrlOptions,
  type SyntheticIntelPlatform,
  type SyntheticIntelVendor,
  type SyntheticPlatformFacts,
  type SyntheticQuoteOptions,
  type SyntheticSgxBody,
  type SyntheticStatement,
  type SyntheticSvnLevel,
  type SyntheticTcbLevel,
  type SyntheticTdBody,
  signSyntheticStatement,
  syntheticIntelCollateral,
  syntheticIntelCrls,
  syntheticQeIdentity,
  syntheticTcbInfo,
} from './intel/index.ts';
export { createSyntheticNitro, type SyntheticNitro, type SyntheticNitroFields } from './nitro.ts';
export {
  createSyntheticSnp,
  type SyntheticEndorsement,
  type SyntheticEndorsementOptions,
  SyntheticSnp,
  type SyntheticSnpOptions,
  type SyntheticSnpReport,
  type SyntheticSnpTcb,
  signSnpReport,
} from './snp.ts';
export { SyntheticTpm, type SyntheticTpmOptions, type SyntheticTpmQuoteOptions } from './tpm.ts';
export { SYNTHETIC_TPM_KEYS, type SyntheticTpmKey } from './tpm-keys.ts';

export {
  encodeSgxReportBody,
  encodeTdReportBody,
  type SyntheticSgxBody,
  type SyntheticTdBody,
} from './bodies.ts';
export {
  type SyntheticCollateralSpec,
  type SyntheticStatement,
  type SyntheticSvnLevel,
  type SyntheticTcbLevel,
  signSyntheticStatement,
  syntheticIntelCollateral,
  syntheticQeIdentity,
  syntheticTcbInfo,
} from './collateral.ts';
export type { SyntheticPlatformFacts } from './pck-extension.ts';
export {
  createSyntheticIntelPlatform,
  SYNTHETIC_QE_SIGNER,
  type SyntheticIntelPlatform,
  type SyntheticQuoteOptions,
} from './platform.ts';
export {
  createSyntheticIntelVendor,
  type SyntheticHolder,
  type SyntheticIntelCrlOptions,
  type SyntheticIntelVendor,
  syntheticIntelCrls,
} from './vendor.ts';

export { COSE_ALGORITHMS, COSE_CURVES, type CoseAlgorithm, type CoseCurve } from './algorithms.ts';
export {
  type CosePublicKey,
  coseKeyOfObject,
  coseKeyOfPoint,
  coseKeyOfSpki,
  readCoseKey,
  writeCoseKey,
} from './key.ts';
export {
  type CoseSigner,
  type CoseSignOptions,
  ecdsaCoseSigner,
  type PreparedCoseSign1,
  prepareCoseSign1,
  signCoseSign1,
  sm2CoseSigner,
} from './sign.ts';
export {
  COSE_HEADERS,
  COSE_MAX_BYTES,
  COSE_SIGN1_TAG,
  type CoseReadOptions,
  type CoseSign1,
  coseSigStructure,
  parseCoseSign1,
} from './sign1.ts';
export { type CoseVerifyOptions, verifyCoseSign1 } from './verify.ts';

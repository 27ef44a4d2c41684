import { checkSource } from './internal/input.ts';
import { systemRandom } from './random.ts';
import { createAead, type Sm4AeadFunctions } from './sm4/aead.ts';
import { createCbc, type Sm4CbcFunctions } from './sm4/cbc.ts';
import { createCcm, type Sm4CcmFunctions } from './sm4/ccm.ts';
import { createGcm, type Sm4GcmFunctions } from './sm4/gcm.ts';
import { createKeyWrap, type Sm4KeyWrapFunctions } from './sm4/key-wrap.ts';
import { createMacs, type Sm4MacFunctions } from './sm4/mac.ts';
import { createModes, type Sm4ModeFunctions } from './sm4/modes.ts';
import { createStreams, type Sm4StreamFunctions } from './sm4/stream.ts';
import { createXts, type Sm4XtsFunctions } from './sm4/xts.ts';
import type { RandomSource, SmEngine } from './spec/v1/engine.ts';

export type {
  Sm4Aead,
  Sm4AeadFunctions,
  Sm4AeadOptions,
  Sm4BatchResult,
  Sm4OpenItem,
  Sm4SealItem,
} from './sm4/aead.ts';
export type { Sm4CbcFunctions, Sm4CbcOptions, Sm4CbcPadding } from './sm4/cbc.ts';
export type { Sm4Ccm, Sm4CcmFunctions, Sm4CcmOptions } from './sm4/ccm.ts';
export type { Sm4Gcm, Sm4GcmFunctions, Sm4GcmOptions, Sm4GmacOptions } from './sm4/gcm.ts';
export type { Sm4KeyWrapFunctions } from './sm4/key-wrap.ts';
export type { Sm4MacFunctions, Sm4MacName, Sm4MacOptions } from './sm4/mac.ts';
export type { Sm4MacPadding } from './sm4/mac-padding.ts';
export type { Sm4ModeFunctions } from './sm4/modes.ts';
export type { Sm4NonceCheck } from './sm4/nonce.ts';
export {
  SM4_GCM_MAX_MESSAGE_BYTES,
  SM4_GCM_MAX_NONCE_BYTES,
  SM4_MAX_BYTES,
  SM4_MAX_RANDOM_NONCES,
  SM4_MAX_WRAPPED_BYTES,
  SM4_PARAMETERS,
  SM4_XTS_MAX_BYTES,
  type Sm4ModeName,
  type Sm4NonceRule,
  type Sm4Parameters,
  sm4Parameters,
} from './sm4/parameters.ts';
export type { Sm4Stream, Sm4StreamFunctions, Sm4StreamMode } from './sm4/stream.ts';
export type { Sm4XtsFunctions } from './sm4/xts.ts';

/**
 * SM4 (分组密码算法) on one engine. Keys are 16 bytes unless a function says otherwise.
 * Every function throws {@link SmError} with ERR_INPUT_TYPE, ERR_INPUT_LENGTH,
 * ERR_SECRET_DESTROYED or ERR_ENGINE_CAPABILITY. Take `aead` where no format says
 * otherwise; everything else here is for formats that do.
 */
export interface Sm4Functions
  extends Sm4AeadFunctions,
    Sm4CbcFunctions,
    Sm4CcmFunctions,
    Sm4GcmFunctions,
    Sm4KeyWrapFunctions,
    Sm4MacFunctions,
    Sm4ModeFunctions,
    Sm4StreamFunctions,
    Sm4XtsFunctions {}

/**
 * SM4 on `engine`.
 *
 * @param random - source of the nonces of `aead` and `sealBox`
 * @throws {@link SmError} ERR_INPUT_TYPE
 */
export function createSm4(engine: SmEngine, random: RandomSource = systemRandom): Sm4Functions {
  checkSource(random);
  return {
    ...createAead(engine, random),
    ...createCbc(engine),
    ...createCcm(engine),
    ...createGcm(engine, random),
    ...createKeyWrap(engine),
    ...createMacs(engine),
    ...createModes(engine),
    ...createStreams(engine),
    ...createXts(engine),
  };
}

import { nobleEngine } from './adapters/noble/engine.ts';
import { runSelfTest, type SelfTestReport } from './self-test.ts';
import { createSm2, type Sm2Functions } from './sm2.ts';
import { createSm3, type Sm3Functions } from './sm3.ts';
import { createSm4, type Sm4Functions } from './sm4.ts';
import type { SmEngine } from './spec/v1/engine.ts';

/** The one place outside the apps where an engine is chosen. */
const hashes: Sm3Functions = createSm3(nobleEngine);

/**
 * SM2 on the default engine.
 *
 * @standard GB/T 32918-2016
 * @example
 * ```ts
 * import { sm2, utf8 } from '@cssi/sm-core';
 * const pair = sm2.generateKeyPair();
 * const signature = sm2.signWith(pair, utf8('message'));
 * const genuine = sm2.verify(pair.publicKey, utf8('message'), signature);
 * ```
 */
export const sm2: Sm2Functions = createSm2(nobleEngine);

/** SM3 of `data`: 32 bytes (杂凑值). @standard GB/T 32905-2016 */
export const sm3: Sm3Functions['sm3'] = hashes.sm3;
/** A running SM3 computation. @standard GB/T 32905-2016 */
export const sm3Hash: Sm3Functions['sm3Hash'] = hashes.sm3Hash;
/** HMAC-SM3: 32 bytes. @standard GB/T 15852.2-2012 §7 */
export const hmacSm3: Sm3Functions['hmacSm3'] = hashes.hmacSm3;
/** HKDF-SM3 (RFC 5869), at most 8,160 bytes. */
export const hkdfSm3: Sm3Functions['hkdfSm3'] = hashes.hkdfSm3;

/** SM4 on the default engine. @standard GB/T 32907-2016 */
export const sm4: Sm4Functions = createSm4(nobleEngine);

/**
 * Runs the known-answer tests of every algorithm that `engine` declares; to be called
 * before a service takes its first request.
 *
 * @param engine - the default engine when left out
 * @standard GM/T 0028-2014 §7.10 (pre-operational self-tests: the known-answer part)
 * @throws {@link SmError} ERR_SELF_TEST_FAILED with the name of the test
 */
export function selfTest(engine: SmEngine = nobleEngine): SelfTestReport {
  return runSelfTest(engine);
}

import { nobleEngine } from './adapters/noble/engine.ts';
import { sharedWasmEngine, wasmEngine } from './adapters/wasm/engine.ts';
import { type EngineReportRow, reportEngine } from './engine-report.ts';
import { SM_CORE_ERRORS } from './errors.ts';
import { lazyEngine } from './internal/lazy-engine.ts';
import { runSelfTest, type SelfTestReport } from './self-test.ts';
import { createSm2, type Sm2Functions } from './sm2.ts';
import { createSm3, type Sm3Functions, type Sm3TlsFunctions } from './sm3.ts';
import { createSm4, type Sm4Functions } from './sm4.ts';
import type { SmEngine } from './spec/v1/engine.ts';
import { createZuc, type ZucFunctions } from './zuc.ts';

/**
 * WebAssembly where the run time lets it be compiled, else pure TypeScript; both do
 * everything. A failure of another kind settles nothing: it is thrown, and the next use
 * tries again.
 */
function choose(): SmEngine {
  try {
    return sharedWasmEngine();
  } catch (error) {
    if (SM_CORE_ERRORS.is(error) && error.code === 'ERR_ENGINE_CAPABILITY') return nobleEngine;
    throw error;
  }
}

/**
 * The engine that the functions of this package run on when the caller names none: `wasm`
 * in its constant-time profile, or `noble` where the run time has no WebAssembly or a
 * policy bars it. The choice is made once, at first use, before anything is computed;
 * {@link engineReport} says which it is. Where `wasm` fails for another reason, such as
 * too little memory, that call throws and the next one tries again.
 *
 * This is the one place outside the apps where an engine is chosen. Who wants another
 * one gives it to `createSm2`, `createSm3`, `createSm4` or `createZuc`.
 */
export const defaultEngine: SmEngine = /* @__PURE__ */ lazyEngine(choose, {
  capabilities: wasmEngine.capabilities,
});

const hashes: Sm3Functions = /* @__PURE__ */ createSm3(defaultEngine);

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
export const sm2: Sm2Functions = /* @__PURE__ */ createSm2(defaultEngine);

/** SM3 of `data`: 32 bytes (杂凑值). @standard GB/T 32905-2016 */
export const sm3: Sm3Functions['sm3'] = hashes.sm3;
/** A running SM3 computation. @standard GB/T 32905-2016 */
export const sm3Hash: Sm3Functions['sm3Hash'] = hashes.sm3Hash;
/** SM3 of each of many messages, side by side where the engine can. @standard GB/T 32905-2016 */
export const sm3Many: Sm3Functions['sm3Many'] = hashes.sm3Many;
/** Root of the Merkle tree over leaves: 32 bytes. @standard RFC 9162 §2.1.1 */
export const sm3TreeRoot: Sm3Functions['sm3TreeRoot'] = hashes.sm3TreeRoot;
/** HMAC-SM3: 32 bytes. @standard GB/T 15852.2-2012 §7 */
export const hmacSm3: Sm3Functions['hmacSm3'] = hashes.hmacSm3;
/** A running HMAC-SM3. @standard GB/T 15852.2-2012 §7 */
export const hmacSm3Hash: Sm3Functions['hmacSm3Hash'] = hashes.hmacSm3Hash;
/** HKDF-SM3 (RFC 5869), at most 8,160 bytes. */
export const hkdfSm3: Sm3Functions['hkdfSm3'] = hashes.hkdfSm3;
/** HKDF-Extract with SM3: 32 bytes. @standard RFC 5869 §2.2 */
export const hkdfExtractSm3: Sm3Functions['hkdfExtractSm3'] = hashes.hkdfExtractSm3;
/** HKDF-Expand with SM3, at most 8,160 bytes. @standard RFC 5869 §2.3 */
export const hkdfExpandSm3: Sm3Functions['hkdfExpandSm3'] = hashes.hkdfExpandSm3;
/** KDF(Z, klen) of the SM2 standard, at most 1,048,576 bytes. @standard GB/T 32918.4-2016 §5.4.3 */
export const kdfSm3: Sm3Functions['kdfSm3'] = hashes.kdfSm3;
/** PBKDF2 with HMAC-SM3. @standard RFC 8018 §5.2, GM/T 0091-2020 */
export const pbkdf2Sm3: Sm3Functions['pbkdf2Sm3'] = hashes.pbkdf2Sm3;
/** Key schedules of TLS 1.3 and TLCP with SM3. @standard RFC 8446 §7, GB/T 38636-2020 */
export const sm3Tls: Sm3TlsFunctions = hashes;

/** SM4 on the default engine. @standard GB/T 32907-2016 */
export const sm4: Sm4Functions = /* @__PURE__ */ createSm4(defaultEngine);

/** ZUC-128 on the default engine. @standard GB/T 33133-2016 */
export const zuc: ZucFunctions = /* @__PURE__ */ createZuc(defaultEngine);

/**
 * Runs the known-answer tests of every algorithm that `engine` declares; to be called
 * before a service takes its first request.
 *
 * @param engine - the default engine when left out
 * @standard GM/T 0028-2014 §7.10 (pre-operational self-tests: the known-answer part)
 * @throws {@link SmError} ERR_SELF_TEST_FAILED with the name of the test
 */
export function selfTest(engine: SmEngine = defaultEngine): SelfTestReport {
  return runSelfTest(engine);
}

/**
 * Which engine does what, and how: one row for each capability that is there, in the
 * order of the interface. What has no row is refused by name.
 *
 * @param engine - any engine, also a stack; the default engine when left out
 * @example
 * ```ts
 * import { engineReport } from '@cssi/sm-core';
 * console.table(engineReport());
 * ```
 */
export function engineReport(engine: SmEngine = defaultEngine): readonly EngineReportRow[] {
  return reportEngine(engine);
}

import { SM_CORE_ERRORS } from '../../errors.ts';
import { ENGINE_CAPABILITIES, PUBLIC_CAPABILITIES } from '../../internal/capability.ts';
import { choice } from '../../internal/choice.ts';
import { lazyEngine } from '../../internal/lazy-engine.ts';
import type { EngineCapability, SmEngine } from '../../spec/v1/engine.ts';
import { createKernel, hasSimd, hasWasm, type Kernel } from './kernel.ts';
import { createWasmSm2 } from './sm2.ts';
import { createWasmSm3 } from './sm3.ts';
import { createWasmSm4 } from './sm4.ts';
import { createWasmZuc } from './zuc.ts';

/** Options of {@link createWasmEngine}. */
export interface WasmEngineOptions {
  /**
   * `constant-time` (when left out): no branch and no address depends on a secret.
   * `fast`: CBC encryption, and with it CBC-MAC, looks up tables indexed by secrets,
   * which an attacker who shares the cache can observe; all else is as it was, and so
   * are the results.
   */
  readonly profile?: 'constant-time' | 'fast';
  /** Take the module with 128-bit SIMD or the one without; what the run time has when left out. */
  readonly simd?: boolean;
}

const NAME = 'wasm';
const CAPABILITIES: ReadonlySet<EngineCapability> = /* @__PURE__ */ new Set(ENGINE_CAPABILITIES);

/** What touches secrets is constant-time; what works on public values only runs in variable time. */
function constantTime(fast: boolean): ReadonlySet<EngineCapability> {
  const capable = new Set(ENGINE_CAPABILITIES);
  for (const capability of PUBLIC_CAPABILITIES) capable.delete(capability);
  if (fast) capable.delete('sm4.cbc');
  return capable;
}

/** What a browser calls it when a policy of the page bars compilation. */
const POLICY = /\bpolicy\b|\bCSP\b|unsafe-eval/i;

/** Does `cause` say that this run time does not compile the module, now or later? */
function isBarred(cause: unknown): boolean {
  if (!hasWasm()) return true;
  // By name: the error may be of another realm.
  const { name, message } = Object(cause) as Partial<Error>;
  return name === 'CompileError' || name === 'EvalError' || POLICY.test(message ?? '');
}

/**
 * Instantiates the kernel; a run time that bars WebAssembly is refused by name. Any other
 * failure, such as too little memory or stack just now, goes to the caller as it is.
 */
function load(simd: boolean | undefined): Kernel {
  try {
    return createKernel(simd ?? hasSimd());
  } catch (cause) {
    if (!isBarred(cause)) throw cause;
    throw SM_CORE_ERRORS.create('ERR_ENGINE_CAPABILITY', { detail: 'engine=wasm needs=WebAssembly', cause });
  }
}

/** Makes the engine at once. */
function instantiate(name: string, fast: boolean, simd: boolean | undefined): SmEngine {
  const kernel = load(simd);
  const hashes = createWasmSm3(kernel);
  return {
    specVersion: '1',
    name,
    capabilities: CAPABILITIES,
    profile: { path: kernel.path, constantTime: constantTime(fast) },
    ...hashes,
    ...createWasmSm2(kernel, hashes.sm3),
    ...createWasmSm4(kernel, { profile: fast ? 'fast' : 'constant-time' }),
    ...createWasmZuc(kernel),
  };
}

/**
 * A WebAssembly engine with a kernel of its own, compiled when the engine is first used.
 *
 * @throws {@link SmError} ERR_INPUT_VALUE for an unknown profile; at first use
 *   ERR_ENGINE_CAPABILITY where the run time bars WebAssembly or lacks the SIMD asked for
 * @example
 * ```ts
 * import { createSm4 } from '@cssi/sm-core';
 * import { createWasmEngine } from '@cssi/sm-core/adapters/wasm';
 * const sm4 = createSm4(createWasmEngine({ profile: 'fast' }));
 * ```
 */
export function createWasmEngine(options: WasmEngineOptions = {}): SmEngine {
  const fast = choice(options.profile, 'profile', ['constant-time', 'fast']) === 'fast';
  const name = fast ? `${NAME}-fast` : NAME;
  const { simd } = options;
  return lazyEngine(() => instantiate(name, fast, simd), { name, capabilities: CAPABILITIES });
}

let shared: SmEngine | undefined;

/** The one instance that the default engine and {@link wasmEngine} share. @internal */
export function sharedWasmEngine(): SmEngine {
  shared ??= instantiate(NAME, false, undefined);
  return shared;
}

/** The engine in its constant-time profile, on the kernel that the default engine runs on too. */
export const wasmEngine: SmEngine = /* @__PURE__ */ lazyEngine(sharedWasmEngine, {
  name: NAME,
  capabilities: CAPABILITIES,
});

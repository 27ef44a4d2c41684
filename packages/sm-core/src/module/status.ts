import type { RandomState } from '../random.ts';
import type { SelfTestReport } from '../self-test.ts';
import type { EngineCapability } from '../spec/v1/engine.ts';
import type { ComponentIntegrity } from './integrity.ts';

/** Name of the module. */
export const MODULE_NAME = '@cssi/sm-core';
/** Version of the module: that of the package. */
export const MODULE_VERSION = '0.1.0';

/**
 * States of a module. Services are given in `operational` only. `error` and `zeroised` are
 * final: a module object never leaves them.
 *
 * @standard GM/T 0028-2014 §7.11 (finite state model)
 */
export type ModuleState = 'power-on' | 'self-test' | 'operational' | 'error' | 'zeroised';

/** The ways from state to state; there are no others. */
export const MODULE_TRANSITIONS: Readonly<Record<ModuleState, readonly ModuleState[]>> = Object.freeze({
  'power-on': Object.freeze(['self-test', 'zeroised'] as const),
  'self-test': Object.freeze(['operational', 'error', 'zeroised'] as const),
  operational: Object.freeze(['self-test', 'error', 'zeroised'] as const),
  error: Object.freeze(['zeroised'] as const),
  zeroised: Object.freeze([] as const),
});

/** Identity and state of a module (模块标识与状态). */
export interface ModuleStatus {
  readonly specVersion: '1';
  readonly name: string;
  readonly version: string;
  /** The technical requirements that the module is built after; nobody has certified it. */
  readonly profile: 'GB/T 37092 level 1, not certified';
  readonly state: ModuleState;
  /** Is everything but approved algorithms refused? */
  readonly compliance: boolean;
  readonly engine: {
    readonly name: string;
    /** What does the work: `wasm-simd128`, `wasm`, `javascript`, `native`. */
    readonly path: string;
    readonly capabilities: readonly EngineCapability[];
    readonly constantTime: readonly EngineCapability[];
  };
  readonly random: RandomState;
  /** Of the last self-test; empty before it. */
  readonly integrity: readonly ComponentIntegrity[];
  /** Of the last self-test that passed. */
  readonly selfTest: SelfTestReport | undefined;
  /** Code of the error that led to the state `error`. */
  readonly error: string | undefined;
}

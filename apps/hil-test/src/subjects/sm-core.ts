import type { SmEngine } from '@cssi/sm-core';
import { nobleEngine } from '@cssi/sm-core/adapters/noble';
import { nodeEngine } from '@cssi/sm-core/adapters/node';
import { smCryptoEngine } from '@cssi/sm-core/adapters/sm-crypto';
import { createWasmEngine, wasmEngine } from '@cssi/sm-core/adapters/wasm';
import { smEngineSuite } from '@cssi/sm-core/conformance';
import { type Trial, trial } from '../trial.ts';

/** Engines by the name they are chosen with on the command line. */
export const ENGINES: Readonly<Record<string, SmEngine>> = {
  wasm: wasmEngine,
  'wasm-scalar': createWasmEngine({ simd: false }),
  noble: nobleEngine,
  node: nodeEngine,
  'sm-crypto': smCryptoEngine,
};

/** The engines under test are strict: what one lacks is skipped by capability name. */
export const smCoreTrials: readonly Trial[] = Object.entries(ENGINES).map(([name, engine]) =>
  trial('sm-core', smEngineSuite, name, () => ({ subject: engine, capabilities: engine.capabilities })),
);

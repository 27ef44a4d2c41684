import { ENGINE_CAPABILITIES, PUBLIC_CAPABILITIES } from './internal/capability.ts';
import type { EngineCapability, SmEngine } from './spec/v1/engine.ts';
import { isStacked } from './stack-engines.ts';

/** How one capability is computed. */
export interface EngineReportRow {
  /** The capability. */
  readonly capability: EngineCapability;
  /** Name of the engine that does it. */
  readonly engine: string;
  /** What does the work: `wasm-simd128`, `wasm`, `javascript`, `native`. */
  readonly path: string;
  /** Is it constant-time? Verification, decompression of points and `sm2.random` have no secrets to keep. */
  readonly constantTime: boolean;
}

/** The engine of a stack that does `capability`, or `engine` itself. */
function providerOf(engine: SmEngine, capability: EngineCapability): SmEngine {
  if (!isStacked(engine)) return engine;
  const name = engine.provides.get(capability);
  return engine.engines.find((item) => item.name === name && item.capabilities.has(capability)) ?? engine;
}

/**
 * Which engine does what, and how: one row for each capability that is there, in the
 * order of the interface. What has no row is refused by name.
 *
 * @param engine - any engine, also a stack
 */
export function reportEngine(engine: SmEngine): readonly EngineReportRow[] {
  return ENGINE_CAPABILITIES.filter((capability) => engine.capabilities.has(capability)).map((capability) => {
    const { name, profile } = providerOf(engine, capability);
    return {
      capability,
      engine: name,
      path: profile.path,
      constantTime: profile.constantTime.has(capability),
    };
  });
}

/** One engine in {@link engineTable}. */
export type EngineColumn = readonly [heading: string, engine: SmEngine];

/**
 * Engines × capabilities as Markdown: `ct` where the engine computes it in constant
 * time, `public` where it computes it and no secret takes part, `yes` where it computes
 * it and its timing may depend on secrets, a dash where it refuses it by name.
 */
export function engineTable(columns: readonly EngineColumn[]): string {
  const cell = (engine: SmEngine, capability: EngineCapability): string => {
    if (!engine.capabilities.has(capability)) return '—';
    if (capability === 'sm2.random') return 'yes';
    if (PUBLIC_CAPABILITIES.includes(capability)) return 'public';
    return engine.profile.constantTime.has(capability) ? 'ct' : 'yes';
  };
  const rows = [
    ['Capability', ...columns.map(([heading]) => heading)],
    ['---', ...columns.map(() => '---')],
    ...ENGINE_CAPABILITIES.map((capability) => [
      `\`${capability}\``,
      ...columns.map(([, engine]) => cell(engine, capability)),
    ]),
  ];
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
}

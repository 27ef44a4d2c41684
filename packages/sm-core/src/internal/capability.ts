import { SM_CORE_ERRORS } from '../errors.ts';
import type { EngineCapability, SmEngine } from '../spec/v1/engine.ts';

/**
 * Refuses what `engine` does not declare.
 *
 * @throws SmError ERR_ENGINE_CAPABILITY
 */
export function requireCapability(engine: SmEngine, capability: EngineCapability): void {
  if (!engine.capabilities.has(capability)) throw missingCapability(engine.name, capability);
}

/** The error for a capability that an engine lacks. */
export function missingCapability(engine: string, capability: EngineCapability) {
  return SM_CORE_ERRORS.create('ERR_ENGINE_CAPABILITY', {
    detail: `engine=${engine} capability=${capability}`,
  });
}

import type { SmError } from '../error.ts';
import { SM_CORE_ERRORS } from '../errors.ts';
import type { EngineCapability, SmEngine } from '../spec/v1/engine.ts';

/** Every capability of version 1, in the order in which tables show them. */
export const ENGINE_CAPABILITIES: readonly EngineCapability[] = [
  'sm3',
  'sm3.many',
  'hmac-sm3',
  'sm2.keygen',
  'sm2.sign',
  'sm2.verify',
  'sm2.encrypt',
  'sm2.decrypt',
  'sm2.random',
  'sm2.multiply',
  'sm2.exchange',
  'sm2.decompress',
  'sm2.prepared-private',
  'sm2.prepared-public',
  'sm4.blocks',
  'sm4.cbc',
  'sm4.ctr',
  'sm4.gcm',
  'zuc',
];

/** Capabilities in which no secret takes part: whether they run in constant time does not matter. */
export const PUBLIC_CAPABILITIES: readonly EngineCapability[] = [
  'sm2.verify',
  'sm2.random',
  'sm2.decompress',
  'sm2.prepared-public',
];

/** The part of an engine that computes. */
export type EngineMethods = Omit<SmEngine, 'specVersion' | 'name' | 'capabilities' | 'profile'>;

/** The capability that a method of the engine belongs to. */
export const METHOD_CAPABILITY: Readonly<Record<keyof EngineMethods, EngineCapability>> = {
  sm3: 'sm3',
  sm3Digest: 'sm3',
  sm3Many: 'sm3.many',
  sm2PublicKey: 'sm2.keygen',
  sm2IsPublicKey: 'sm2.verify',
  sm2Decompress: 'sm2.decompress',
  sm2SignDigest: 'sm2.sign',
  sm2VerifyDigest: 'sm2.verify',
  sm2PreparePrivate: 'sm2.prepared-private',
  sm2PreparePublic: 'sm2.prepared-public',
  sm2Encrypt: 'sm2.encrypt',
  sm2Decrypt: 'sm2.decrypt',
  sm2Multiply: 'sm2.multiply',
  sm2ExchangePoint: 'sm2.exchange',
  sm4: 'sm4.blocks',
  sm4Gcm: 'sm4.gcm',
  zuc: 'zuc',
};

/**
 * Refuses what `engine` does not declare.
 *
 * @throws SmError ERR_ENGINE_CAPABILITY
 */
export function requireCapability(engine: SmEngine, capability: EngineCapability): void {
  if (!engine.capabilities.has(capability)) throw missingCapability(engine.name, capability);
}

/** The error for a capability that an engine lacks. */
export function missingCapability(engine: string, capability: EngineCapability): SmError {
  return SM_CORE_ERRORS.create('ERR_ENGINE_CAPABILITY', {
    detail: `engine=${engine} capability=${capability}`,
  });
}

/** The methods of an engine that can do nothing: an engine spreads them and puts its own over them. */
export function refuseAll(engine: string): EngineMethods {
  const refusal = (method: keyof EngineMethods) => (): never => {
    throw missingCapability(engine, METHOD_CAPABILITY[method]);
  };
  const methods = Object.keys(METHOD_CAPABILITY) as (keyof EngineMethods)[];
  return Object.fromEntries(methods.map((method) => [method, refusal(method)])) as unknown as EngineMethods;
}

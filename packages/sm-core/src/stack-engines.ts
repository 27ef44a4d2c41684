import { SM_CORE_ERRORS } from './errors.ts';
import {
  ENGINE_CAPABILITIES,
  type EngineMethods,
  METHOD_CAPABILITY,
  missingCapability,
  refuseAll,
} from './internal/capability.ts';
import type { EngineCapability, Sm4Key, SmEngine } from './spec/v1/engine.ts';

/** Engines one above the other; it says openly which of them does what. */
export interface StackedEngine extends SmEngine {
  /** The engines, the first one first. */
  readonly engines: readonly SmEngine[];
  /** For each capability the name of the engine that it comes from. */
  readonly provides: ReadonlyMap<EngineCapability, string>;
}

/** Every SM2 operation in which a nonce is drawn. */
const DRAWING: readonly EngineCapability[] = ['sm2.sign', 'sm2.prepared-private', 'sm2.encrypt'];
/** The capabilities of one SM4 key. */
const SM4_KEY = ['sm4.blocks', 'sm4.cbc', 'sm4.ctr'] as const;
/** What makes an engine read points, and so able to check them; the first one that is there decides. */
const POINTS: readonly EngineCapability[] = [
  'sm2.verify',
  'sm2.encrypt',
  'sm2.decrypt',
  'sm2.multiply',
  'sm2.exchange',
];

/** Is `engine` a stack? */
export function isStacked(engine: SmEngine): engine is StackedEngine {
  return 'provides' in engine && 'engines' in engine;
}

/** The engine among `engines` for each capability. */
function assign(engines: readonly SmEngine[]): ReadonlyMap<EngineCapability, SmEngine> {
  const providers = new Map<EngineCapability, SmEngine>();
  for (const capability of ENGINE_CAPABILITIES) {
    const provider = engines.find((engine) => engine.capabilities.has(capability));
    if (provider !== undefined) providers.set(capability, provider);
  }
  // `hmac-sm3` is about the SM3 of the stack, whoever that comes from.
  const sm3 = providers.get('sm3');
  if (sm3?.capabilities.has('hmac-sm3')) providers.set('hmac-sm3', sm3);
  else providers.delete('hmac-sm3');
  // `sm2.random` promises something of every operation that draws.
  const drawing = DRAWING.flatMap((capability) => providers.get(capability) ?? []);
  const [first] = drawing;
  if (first === undefined || !drawing.every((engine) => engine.capabilities.has('sm2.random'))) {
    providers.delete('sm2.random');
  } else providers.set('sm2.random', first);
  return providers;
}

/**
 * SM4 under one key where its capabilities come from several engines: each of them
 * makes its own key schedule, and each call runs on one of them from begin to end.
 */
class StackedSm4 implements Sm4Key {
  readonly #name: string;
  readonly #keys: ReadonlyMap<SmEngine, Sm4Key>;
  readonly #providers: ReadonlyMap<EngineCapability, SmEngine>;

  constructor(name: string, providers: ReadonlyMap<EngineCapability, SmEngine>, key: Uint8Array) {
    this.#name = name;
    this.#providers = providers;
    const keys = new Map<SmEngine, Sm4Key>();
    this.#keys = keys;
    try {
      for (const capability of SM4_KEY) {
        const engine = providers.get(capability);
        if (engine !== undefined && !keys.has(engine)) keys.set(engine, engine.sm4(key));
      }
    } catch (error) {
      // No schedule stays behind when an engine cannot make its own.
      this.destroy();
      throw error;
    }
  }

  encryptBlocks(input: Uint8Array, output: Uint8Array): void {
    this.#key('sm4.blocks').encryptBlocks(input, output);
  }

  decryptBlocks(input: Uint8Array, output: Uint8Array): void {
    this.#key('sm4.blocks').decryptBlocks(input, output);
  }

  cbcEncrypt(iv: Uint8Array, input: Uint8Array, output: Uint8Array): void {
    this.#key('sm4.cbc').cbcEncrypt(iv, input, output);
  }

  cbcDecrypt(iv: Uint8Array, input: Uint8Array, output: Uint8Array): void {
    this.#key('sm4.cbc').cbcDecrypt(iv, input, output);
  }

  ctr(counter: Uint8Array, input: Uint8Array, output: Uint8Array): void {
    this.#key('sm4.ctr').ctr(counter, input, output);
  }

  destroy(): void {
    for (const key of this.#keys.values()) key.destroy();
  }

  #key(capability: (typeof SM4_KEY)[number]): Sm4Key {
    const provider = this.#providers.get(capability);
    const key = provider === undefined ? undefined : this.#keys.get(provider);
    if (key === undefined) throw missingCapability(this.#name, capability);
    return key;
  }
}

/** `sm4` of the stack: the provider's own where there is one for all of it. */
function stackedSm4(
  name: string,
  providers: ReadonlyMap<EngineCapability, SmEngine>,
): Partial<EngineMethods> {
  const engines = new Set(SM4_KEY.flatMap((capability) => providers.get(capability) ?? []));
  const [first] = engines;
  if (first === undefined) return {};
  if (engines.size === 1) return { sm4: first.sm4.bind(first) };
  return { sm4: (key) => new StackedSm4(name, providers, key) };
}

/**
 * An engine whose every capability comes from the first of the given engines that has
 * it. Nothing is silent: the name says which engines there are (`node+wasm`),
 * {@link StackedEngine.provides} says which of them does what, and what none of them
 * has is refused by name. One operation runs on one engine from begin to end.
 *
 * @param first - the engine to be asked first
 * @param others - where what is missing comes from, in this order; stacks among them count as their engines
 * @throws {@link SmError} ERR_INPUT_VALUE for engines of another interface version
 * @example
 * ```ts
 * import { createSm3, defaultEngine, stackEngines } from '@cssi/sm-core';
 * import { nodeEngine } from '@cssi/sm-core/adapters/node';
 * const engine = stackEngines(nodeEngine, defaultEngine);
 * const { sm3 } = createSm3(engine);
 * ```
 */
export function stackEngines(first: SmEngine, ...others: readonly SmEngine[]): StackedEngine {
  const engines = [first, ...others].flatMap((engine) => (isStacked(engine) ? engine.engines : [engine]));
  for (const { specVersion } of engines as readonly { readonly specVersion: unknown }[]) {
    if (specVersion !== '1') {
      throw SM_CORE_ERRORS.create('ERR_INPUT_VALUE', { detail: 'parameter=engine expected=specVersion-1' });
    }
  }
  const name = [...new Set(engines.map((engine) => engine.name))].join('+');
  const providers = assign(engines);
  const methods: Partial<Record<keyof EngineMethods, unknown>> = {};
  for (const [method, capability] of Object.entries(METHOD_CAPABILITY)) {
    const key = method as keyof EngineMethods;
    const provider =
      key === 'sm2IsPublicKey'
        ? POINTS.map((item) => providers.get(item)).find(Boolean)
        : providers.get(capability);
    if (provider !== undefined) methods[key] = provider[key].bind(provider);
  }
  return {
    ...refuseAll(name),
    ...(methods as Partial<EngineMethods>),
    ...stackedSm4(name, providers),
    specVersion: '1',
    name,
    capabilities: new Set(providers.keys()),
    engines,
    provides: new Map([...providers].map(([capability, engine]) => [capability, engine.name])),
    get profile() {
      const capable = [...providers].filter(([capability, engine]) =>
        engine.profile.constantTime.has(capability),
      );
      return {
        path: [...new Set(engines.map((engine) => engine.profile.path))].join('+'),
        constantTime: new Set(capable.map(([capability]) => capability)),
      };
    },
  };
}

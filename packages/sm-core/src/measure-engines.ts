import { fromHex } from './encoding/bytes.ts';
import { SM_CORE_ERRORS } from './errors.ts';
import { ENGINE_CAPABILITIES, PUBLIC_CAPABILITIES } from './internal/capability.ts';
import { systemRandom } from './random.ts';
import type { EngineCapability, SmEngine } from './spec/v1/engine.ts';
import { KAT_SM2_ENCRYPT, KAT_SM2_SIGN, KAT_SM4_GCM } from './spec/v1/known-answers.ts';

/** How often an engine does one operation in a second, on this machine, now. */
export interface EngineMeasurement {
  /** Name of the engine. */
  readonly engine: string;
  /** What does the work. */
  readonly path: string;
  /** The capability measured. */
  readonly capability: EngineCapability;
  /** How often: 1 KiB of hashing (four times that for `sm3.many`) or key stream, 4 KiB of SM4, 32 bytes of SM2 message. Above 0. */
  readonly perSecond: number;
}

/** Options of {@link measureEngines}. */
export interface MeasureOptions {
  /** Time for each engine and capability in milliseconds, 20 when left out. */
  readonly milliseconds?: number;
  /**
   * What to measure. When left out: everything for {@link measureEngines}, the
   * capabilities of the first engine for {@link fastestEngine}.
   */
  readonly capabilities?: readonly EngineCapability[];
}

/** Options of {@link fastestEngine}. */
export interface FastestOptions extends MeasureOptions {
  /** Consider only engines that do in constant time what touches secrets; no when left out. */
  readonly constantTime?: boolean;
}

/** Fixed inputs; the times do not depend on them. */
const inputs = () => {
  const { c1, c2, c3 } = KAT_SM2_ENCRYPT;
  return {
    d: fromHex(KAT_SM2_SIGN.d),
    point: fromHex(KAT_SM2_SIGN.publicKey),
    compressed: fromHex(`03${KAT_SM2_SIGN.publicKey.slice(2, 66)}`),
    other: fromHex(c1),
    e: fromHex(KAT_SM2_SIGN.e),
    signature: fromHex(KAT_SM2_SIGN.r + KAT_SM2_SIGN.s),
    ciphertext: fromHex(c1 + c3 + c2),
    key: fromHex(KAT_SM4_GCM.key),
    block: new Uint8Array(16),
    data32: new Uint8Array(32),
    data1k: new Uint8Array(1024),
    data4k: new Uint8Array(4096),
  };
};

/** Makes one operation ready and gives it. */
type Operation = (engine: SmEngine, given: ReturnType<typeof inputs>) => () => unknown;

/** What stands for each capability; `hmac-sm3` and `sm2.random` are promises, not operations. */
const OPERATIONS: Readonly<Partial<Record<EngineCapability, Operation>>> = {
  sm3:
    (engine, { data1k }) =>
    () =>
      engine.sm3Digest(data1k),
  'sm3.many': (engine, { data1k }) => {
    const messages = [data1k, data1k, data1k, data1k];
    return () => engine.sm3Many(messages);
  },
  'sm2.keygen':
    (engine, { d }) =>
    () =>
      engine.sm2PublicKey(d),
  'sm2.sign':
    (engine, { d, e }) =>
    () =>
      engine.sm2SignDigest(d, e, systemRandom),
  'sm2.verify':
    (engine, { point, e, signature }) =>
    () =>
      engine.sm2VerifyDigest(point, e, signature),
  'sm2.encrypt':
    (engine, { point, data32 }) =>
    () =>
      engine.sm2Encrypt(point, data32, systemRandom),
  'sm2.decrypt':
    (engine, { d, ciphertext }) =>
    () =>
      engine.sm2Decrypt(d, ciphertext),
  'sm2.multiply':
    (engine, { d, point }) =>
    () =>
      engine.sm2Multiply(d, point),
  'sm2.exchange': (engine, { d, point, other }) => {
    const input = {
      privateKey: d,
      ephemeralPrivateKey: d,
      ephemeralPublicKey: point,
      peerPublicKey: other,
      peerEphemeralPublicKey: other,
    };
    return () => engine.sm2ExchangePoint(input);
  },
  'sm2.decompress':
    (engine, { compressed }) =>
    () =>
      engine.sm2Decompress(compressed),
  'sm2.prepared-private': (engine, { d, e }) => {
    const key = engine.sm2PreparePrivate(d);
    return () => key.signDigest(e, systemRandom);
  },
  'sm2.prepared-public': (engine, { point, e, signature }) => {
    const key = engine.sm2PreparePublic(point);
    return () => key.verifyDigest(e, signature);
  },
  'sm4.blocks': (engine, { key, data4k }) => {
    const sm4 = engine.sm4(key);
    return () => sm4.encryptBlocks(data4k, data4k);
  },
  'sm4.cbc': (engine, { key, data4k, block }) => {
    const sm4 = engine.sm4(key);
    return () => sm4.cbcEncrypt(block, data4k, data4k);
  },
  'sm4.ctr': (engine, { key, data4k, block }) => {
    const sm4 = engine.sm4(key);
    return () => sm4.ctr(block, data4k, data4k);
  },
  'sm4.gcm': (engine, { key, data4k, block }) => {
    const sm4 = engine.sm4Gcm(key);
    const y = new Uint8Array(16);
    return () => sm4.gcmEncrypt(block, y, data4k, data4k);
  },
  zuc: (engine, { key, block }) => {
    const words = new Uint32Array(256);
    const stream = engine.zuc(key, block);
    return () => stream.words(words);
  },
};

/** Does the engine keep the secrets of this capability from its timing? */
const isCareful = (engine: SmEngine, capability: EngineCapability): boolean =>
  engine.profile.constantTime.has(capability) || PUBLIC_CAPABILITIES.includes(capability);

/** Operations in a second, measured for about `milliseconds` after a fifth of it to get warm. */
function rate(operation: () => unknown, milliseconds: number): number {
  const run = (budget: number): number => {
    const began = performance.now();
    let count = 0;
    let spent = 0;
    for (let batch = 1; spent < budget; batch = Math.min(2 * batch, 64)) {
      for (let i = 0; i < batch; i++) operation();
      count += batch;
      spent = performance.now() - began;
    }
    return (1000 * count) / spent;
  };
  run(milliseconds / 5);
  return run(milliseconds);
}

function checkOptions(engines: readonly SmEngine[], milliseconds: number): void {
  if (!Array.isArray(engines) || engines.length === 0) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_VALUE', { detail: 'parameter=engines expected=at-least-one' });
  }
  if (!(milliseconds > 0 && milliseconds <= 10_000)) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_VALUE', { detail: 'parameter=milliseconds expected=0..10000' });
  }
}

/**
 * Measures what the engines do on this machine: a row for each engine and capability
 * that it has. It blocks for the time it is given, so it belongs into the start of a
 * program. A measurement is a guide, not a proof: other load changes it.
 *
 * @throws {@link SmError} ERR_INPUT_VALUE
 */
export function measureEngines(
  engines: readonly SmEngine[],
  options: MeasureOptions = {},
): readonly EngineMeasurement[] {
  const { milliseconds = 20, capabilities = ENGINE_CAPABILITIES } = options;
  checkOptions(engines, milliseconds);
  const rows: EngineMeasurement[] = [];
  for (const capability of capabilities) {
    const make = OPERATIONS[capability];
    if (make === undefined) continue;
    for (const engine of engines) {
      if (!engine.capabilities.has(capability)) continue;
      const perSecond = rate(make(engine, inputs()), milliseconds);
      rows.push({ engine: engine.name, path: engine.profile.path, capability, perSecond });
    }
  }
  return rows;
}

/**
 * The engine that is fastest at all of `capabilities` together (geometric mean); an
 * engine that lacks one of them is not considered.
 *
 * @throws {@link SmError} ERR_ENGINE_CAPABILITY when no engine has them all, ERR_INPUT_VALUE
 * @example
 * ```ts
 * import { createSm3, defaultEngine, fastestEngine } from '@cssi/sm-core';
 * import { nodeEngine } from '@cssi/sm-core/adapters/node';
 * const engine = fastestEngine([defaultEngine, nodeEngine], { capabilities: ['sm3', 'hmac-sm3'] });
 * const { sm3 } = createSm3(engine);
 * ```
 */
export function fastestEngine(engines: readonly SmEngine[], options: FastestOptions = {}): SmEngine {
  const { milliseconds = 20, constantTime = false } = options;
  checkOptions(engines, milliseconds);
  const wanted = options.capabilities ?? [...engines[0]!.capabilities];
  const able = engines.filter((engine) =>
    wanted.every((item) => engine.capabilities.has(item) && (!constantTime || isCareful(engine, item))),
  );
  let best: SmEngine | undefined;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const engine of able) {
    const rows = measureEngines([engine], { milliseconds, capabilities: wanted });
    const score = rows.reduce((sum, row) => sum + Math.log(row.perSecond), 0);
    if (score > bestScore) [best, bestScore] = [engine, score];
  }
  if (best !== undefined) return best;
  throw SM_CORE_ERRORS.create('ERR_ENGINE_CAPABILITY', {
    detail: `engines=${engines.map((engine) => engine.name).join(',')} capabilities=${wanted.join(',')}`,
  });
}

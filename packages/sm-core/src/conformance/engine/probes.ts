import type { EngineCapability, RandomSource, Sm2ExchangeInput, SmEngine } from '../../spec/v1/engine.ts';
import { KAT_SM2_ENCRYPT, KAT_SM2_SIGN, KAT_SM4_CTR, KAT_SM4_GCM } from '../../spec/v1/known-answers.ts';
import { D_A, G_HEX, hex, MINUS_2G_HEX, P_A, pattern, ScriptedNonces, scalar } from './support.ts';

/** What a probe gives the engine: each argument is made by `bytes`, so that a case can choose its form. */
export interface ProbeInput {
  /** An array with these bytes, to be handed to the engine. */
  readonly bytes: (value: Uint8Array) => Uint8Array;
  /** A source that gives this nonce, 32 bytes as hex. */
  readonly random: (nonce: string) => RandomSource;
}

/** Plain arrays and the bare nonce. */
export const PLAIN: ProbeInput = {
  bytes: (value) => value,
  random: (nonce) => new ScriptedNonces(nonce),
};

/** One call whose result is known to be the same each time. */
export interface Probe {
  readonly id: string;
  readonly requires: readonly EngineCapability[];
  readonly run: (engine: SmEngine, input: ProbeInput) => readonly Uint8Array[];
}

/** 02 or 03‖x of an uncompressed point in hex. @standard GB/T 32918.1-2016 §4.2.8 */
export function compressed(point: string): Uint8Array {
  const odd = Number.parseInt(point.slice(-1), 16) % 2;
  return hex(`0${2 + odd}${point.slice(2, 66)}`);
}

/** An exchange in which r = 1 and the other side has n - 2. */
export const EXCHANGE = (bytes: ProbeInput['bytes'] = PLAIN.bytes): Sm2ExchangeInput => ({
  privateKey: bytes(hex(D_A)),
  ephemeralPrivateKey: bytes(hex(scalar(1))),
  ephemeralPublicKey: bytes(hex(G_HEX)),
  peerPublicKey: bytes(hex(MINUS_2G_HEX)),
  peerEphemeralPublicKey: bytes(hex(P_A)),
});

const list = (result: Uint8Array | undefined): readonly Uint8Array[] =>
  result === undefined ? [] : [result];
const key = () => hex(KAT_SM4_GCM.key);
const DATA_BYTES = 80;

/** Runs `use` with fresh buffers in the form of the case and gives what it wrote. */
function written(
  input: ProbeInput,
  use: (state: Uint8Array, data: Uint8Array, out: Uint8Array) => void,
): readonly Uint8Array[] {
  const state = input.bytes(hex(KAT_SM4_CTR.counter));
  const out = input.bytes(new Uint8Array(DATA_BYTES));
  use(state, input.bytes(pattern(DATA_BYTES)), out);
  return [Uint8Array.from(state), Uint8Array.from(out)];
}

/** One or more calls for each capability. */
const PROBES: readonly Probe[] = [
  {
    id: 'sm3Digest',
    requires: ['sm3'],
    run: (engine, { bytes }) => [engine.sm3Digest(bytes(pattern(70)), bytes(pattern(3)))],
  },
  {
    id: 'sm3',
    requires: ['sm3'],
    run: (engine, { bytes }) => {
      const hash = engine.sm3().update(bytes(pattern(67)));
      return [hash.clone().digest(), hash.update(bytes(pattern(130))).digest()];
    },
  },
  {
    id: 'sm3Many',
    requires: ['sm3.many'],
    run: (engine, { bytes }) => engine.sm3Many([0, 5, 64, 200, 31].map((length) => bytes(pattern(length)))),
  },
  {
    id: 'sm2PublicKey',
    requires: ['sm2.keygen'],
    run: (engine, { bytes }) => [engine.sm2PublicKey(bytes(hex(D_A)))],
  },
  {
    id: 'sm2Decompress',
    requires: ['sm2.decompress'],
    run: (engine, { bytes }) => list(engine.sm2Decompress(bytes(compressed(P_A)))),
  },
  {
    id: 'sm2SignDigest',
    requires: ['sm2.sign', 'sm2.random'],
    run: (engine, { bytes, random }) => [
      engine.sm2SignDigest(bytes(hex(D_A)), bytes(hex(KAT_SM2_SIGN.e)), random(KAT_SM2_SIGN.k)),
    ],
  },
  {
    id: 'sm2PreparePrivate',
    requires: ['sm2.prepared-private', 'sm2.random'],
    run: (engine, { bytes, random }) => {
      const prepared = engine.sm2PreparePrivate(bytes(hex(D_A)));
      try {
        return [prepared.signDigest(bytes(hex(KAT_SM2_SIGN.e)), random(KAT_SM2_SIGN.k))];
      } finally {
        prepared.destroy();
      }
    },
  },
  {
    id: 'sm2Encrypt',
    requires: ['sm2.encrypt', 'sm2.random'],
    run: (engine, { bytes, random }) => [
      engine.sm2Encrypt(bytes(hex(P_A)), bytes(hex(KAT_SM2_ENCRYPT.message)), random(KAT_SM2_ENCRYPT.k)),
    ],
  },
  {
    id: 'sm2Decrypt',
    requires: ['sm2.decrypt'],
    run: (engine, { bytes }) => {
      const { c1, c2, c3 } = KAT_SM2_ENCRYPT;
      return list(engine.sm2Decrypt(bytes(hex(D_A)), bytes(hex(c1 + c3 + c2))));
    },
  },
  {
    id: 'sm2Multiply',
    requires: ['sm2.multiply'],
    run: (engine, { bytes }) => [engine.sm2Multiply(bytes(hex(D_A)), bytes(hex(P_A)))],
  },
  {
    id: 'sm2ExchangePoint',
    requires: ['sm2.exchange'],
    run: (engine, { bytes }) => list(engine.sm2ExchangePoint(EXCHANGE(bytes))),
  },
  {
    id: 'verdicts',
    requires: ['sm2.verify'],
    run(engine, { bytes }) {
      const signature = hex(KAT_SM2_SIGN.r + KAT_SM2_SIGN.s);
      const [point, e] = [bytes(hex(P_A)), bytes(hex(KAT_SM2_SIGN.e))];
      const right = engine.sm2VerifyDigest(point, e, bytes(signature));
      return [Uint8Array.of(right ? 1 : 0, engine.sm2IsPublicKey(point) ? 1 : 0)];
    },
  },
  {
    id: 'sm2PreparePublic',
    requires: ['sm2.prepared-public'],
    run(engine, { bytes }) {
      const signature = bytes(hex(KAT_SM2_SIGN.r + KAT_SM2_SIGN.s));
      const prepared = engine.sm2PreparePublic(bytes(hex(P_A)));
      return [Uint8Array.of(prepared.verifyDigest(bytes(hex(KAT_SM2_SIGN.e)), signature) ? 1 : 0)];
    },
  },
  {
    id: 'sm4Blocks',
    requires: ['sm4.blocks'],
    run: (engine, input) =>
      written(input, (_state, data, out) => engine.sm4(input.bytes(key())).encryptBlocks(data, out)),
  },
  {
    id: 'sm4Cbc',
    requires: ['sm4.cbc'],
    run: (engine, input) => [
      ...written(input, (iv, data, out) => engine.sm4(input.bytes(key())).cbcEncrypt(iv, data, out)),
      ...written(input, (iv, data, out) => engine.sm4(input.bytes(key())).cbcDecrypt(iv, data, out)),
    ],
  },
  {
    id: 'sm4Ctr',
    requires: ['sm4.ctr'],
    run: (engine, input) =>
      written(input, (counter, data, out) => engine.sm4(input.bytes(key())).ctr(counter, data, out)),
  },
  {
    id: 'sm4Gcm',
    requires: ['sm4.gcm'],
    run(engine, input) {
      const y = input.bytes(new Uint8Array(16));
      const out = written(input, (counter, data, out) =>
        engine.sm4Gcm(input.bytes(key())).gcmEncrypt(counter, y, data, out),
      );
      return [...out, Uint8Array.from(y)];
    },
  },
  {
    id: 'zuc',
    requires: ['zuc'],
    run(engine, { bytes }) {
      const words = new Uint32Array(20);
      engine.zuc(bytes(key()), bytes(hex(KAT_SM4_CTR.counter))).words(words);
      return [Uint8Array.from(words, (word) => word & 0xff)];
    },
  },
];

/** The probes that `engine` can answer. */
export function probesOf(engine: SmEngine): readonly Probe[] {
  return PROBES.filter((probe) => probe.requires.every((capability) => engine.capabilities.has(capability)));
}

/** Calls everything that `engine` can do with other inputs than the probes have, so that shared memory shows. */
export function disturb(engine: SmEngine): void {
  const can = (...needed: readonly EngineCapability[]) =>
    needed.every((item) => engine.capabilities.has(item));
  const fill = (length: number) => new Uint8Array(length).fill(0x5a);
  const nonce = () => new ScriptedNonces(scalar(0x1234567));
  const out = new Uint8Array(272);
  if (can('sm3'))
    engine
      .sm3()
      .update(engine.sm3Digest(fill(1000)))
      .digest();
  if (can('sm3.many')) engine.sm3Many([fill(300), fill(1), fill(64), fill(90)]);
  if (can('sm2.keygen')) engine.sm2PublicKey(fill(32));
  if (can('sm2.sign', 'sm2.random')) engine.sm2SignDigest(fill(32), fill(32), nonce());
  if (can('sm2.prepared-private', 'sm2.random')) {
    const prepared = engine.sm2PreparePrivate(fill(32));
    prepared.signDigest(fill(32), nonce());
    prepared.destroy();
  }
  if (can('sm2.verify')) engine.sm2VerifyDigest(hex(G_HEX), fill(32), fill(64));
  if (can('sm2.prepared-public')) engine.sm2PreparePublic(hex(G_HEX)).verifyDigest(fill(32), fill(64));
  if (can('sm2.encrypt', 'sm2.random')) engine.sm2Encrypt(hex(G_HEX), fill(200), nonce());
  if (can('sm2.decrypt')) engine.sm2Decrypt(fill(32), new Uint8Array([...hex(G_HEX), ...fill(80)]));
  if (can('sm2.multiply')) engine.sm2Multiply(fill(32), hex(G_HEX));
  if (can('sm2.decompress')) engine.sm2Decompress(compressed(G_HEX));
  if (can('sm4.blocks')) engine.sm4(fill(16)).encryptBlocks(fill(272), out);
  if (can('sm4.cbc')) engine.sm4(fill(16)).cbcEncrypt(fill(16), fill(272), out);
  if (can('sm4.ctr')) engine.sm4(fill(16)).ctr(fill(16), fill(272), out);
  if (can('sm4.gcm')) engine.sm4Gcm(fill(16)).gcmEncrypt(fill(16), fill(16), fill(272), out);
  if (can('zuc')) engine.zuc(fill(16), fill(16)).words(new Uint32Array(40));
}

import { equalBytes, type RandomSource, type SmEngine } from '@cssi/sm-core';
import { nobleEngine } from '@cssi/sm-core/adapters/noble';
import { createWasmEngine } from '@cssi/sm-core/adapters/wasm';
import type { CtTarget } from './dudect.ts';
import { seededBytes } from './seeded.ts';

/** Inputs of a class: enough that a branch predictor cannot learn them by heart. */
const INPUTS = 256;
/** Below n with room, so that a random value is a valid scalar. */
const TOP_BYTE = 0x7f;

const many = <T>(make: () => T): T[] => Array.from({ length: INPUTS }, make);

/** 1 as 32 bytes: the scalar with the most zero windows. */
function one(): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes[31] = 1;
  return bytes;
}

const only = (bytes: Uint8Array): RandomSource => ({ fill: (out) => out.set(bytes.subarray(0, out.length)) });

/** SM2: the secret is a private key or a nonce. */
function sm2Targets(engine: SmEngine, bytes: (length: number) => Uint8Array, prefix = ''): CtTarget[] {
  const scalar = (): Uint8Array => {
    const value = bytes(32);
    value[0]! &= TOP_BYTE;
    value[31]! |= 2;
    return value;
  };
  const e = bytes(32);
  const d = scalar();
  const prepared = engine.sm2PreparePrivate(d);
  const peer = engine.sm2PublicKey(scalar());
  const own = scalar();
  const ephemeral = { own, point: engine.sm2PublicKey(own), peer: engine.sm2PublicKey(scalar()) };
  const sign: CtTarget<Uint8Array> = {
    id: `${prefix}sm2.sign.nonce`,
    batch: 1,
    a: many(one),
    b: many(scalar),
    run: (k) => prepared.signDigest(e, only(k)),
  };
  const signKey: CtTarget<Uint8Array> = {
    id: `${prefix}sm2.sign.key`,
    batch: 1,
    a: many(one),
    b: many(scalar),
    run: (key) => engine.sm2SignDigest(key, e, only(d)),
  };
  const multiply: CtTarget<Uint8Array> = {
    id: `${prefix}sm2.multiply`,
    batch: 1,
    a: many(one),
    b: many(scalar),
    run: (key) => engine.sm2Multiply(key, peer),
  };
  const exchange: CtTarget<Uint8Array> = {
    id: `${prefix}sm2.exchange`,
    batch: 1,
    a: many(one),
    b: many(scalar),
    run: (privateKey) =>
      engine.sm2ExchangePoint({
        privateKey,
        ephemeralPrivateKey: ephemeral.own,
        ephemeralPublicKey: ephemeral.point,
        peerPublicKey: peer,
        peerEphemeralPublicKey: ephemeral.peer,
      }),
  };
  const encrypted = (key: Uint8Array) => ({
    key,
    ciphertext: engine.sm2Encrypt(engine.sm2PublicKey(key), e, only(d)),
  });
  const decrypt: CtTarget<{ key: Uint8Array; ciphertext: Uint8Array }> = {
    id: `${prefix}sm2.decrypt`,
    batch: 1,
    a: many(() => encrypted(one())),
    b: many(() => encrypted(scalar())),
    run: ({ key, ciphertext }) => engine.sm2Decrypt(key, ciphertext),
  };
  return [sign, signKey, multiply, exchange, decrypt] as unknown as CtTarget[];
}

/** SM4 and GHASH: the secrets are the key and the data. */
function sm4Targets(engine: SmEngine, bytes: (length: number) => Uint8Array): CtTarget[] {
  const length = 512;
  const inputs = (make: (n: number) => Uint8Array) =>
    many(() => ({
      key: engine.sm4(make(16)),
      gcm: engine.sm4Gcm(make(16)),
      data: make(length),
      y: make(16),
    }));
  type Input = ReturnType<typeof inputs>[number];
  const zero = inputs((n) => new Uint8Array(n));
  const random = inputs(bytes);
  const out = new Uint8Array(length);
  const target = (id: string, run: (input: Input) => unknown): CtTarget<Input> => ({
    id,
    batch: 8,
    a: zero,
    b: random,
    run,
  });
  const chain = new Uint8Array(16);
  return [
    target('sm4.blocks', ({ key, data }) => key.encryptBlocks(data, out)),
    target('sm4.cbc.encrypt', ({ key, data }) => key.cbcEncrypt(chain.fill(0), data, out)),
    target('sm4.ctr', ({ key, data }) => key.ctr(chain.fill(0), data, out)),
    target('ghash', ({ gcm, data }) => gcm.ghash(chain.fill(0), data)),
  ] as unknown as CtTarget[];
}

/** Compares with an early end: what the method must find. */
function leakyEqual(x: Uint8Array, y: Uint8Array): boolean {
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
  return true;
}

function compareTargets(bytes: (length: number) => Uint8Array): { ours: CtTarget; control: CtTarget } {
  const secret = bytes(64);
  const target = (id: string, run: (input: Uint8Array) => unknown): CtTarget =>
    ({
      id,
      batch: 64,
      a: many(() => Uint8Array.from(secret)),
      b: many(() => bytes(64)),
      run,
    }) as unknown as CtTarget;
  return {
    ours: target('compare', (input) => equalBytes(secret, input)),
    control: target('control.compare-with-early-end', (input) => leakyEqual(secret, input)),
  };
}

/** What must not leak, and the controls, which leak and must be found. */
export function ctTargets(seed: number): { readonly ours: CtTarget[]; readonly controls: CtTarget[] } {
  const bytes = seededBytes(seed);
  const wasm = createWasmEngine();
  const compare = compareTargets(bytes);
  const bigint = sm2Targets(nobleEngine, bytes, 'control.bigint.');
  return {
    ours: [...sm2Targets(wasm, bytes), ...sm4Targets(wasm, bytes), compare.ours],
    controls: [compare.control, ...bigint.filter(({ id }) => id.endsWith('multiply'))],
  };
}

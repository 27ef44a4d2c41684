import { equalBytes, type RandomSource, type SmEngine } from '@cssi/sm-core';
import { createWasmEngine } from '@cssi/sm-core/adapters/wasm';
import type { CtTarget } from './dudect.ts';
import { seededBytes } from './seeded.ts';

type Bytes = (length: number) => Uint8Array;

/** Below n with room, so that a random value is a valid scalar. */
const TOP_BYTE = 0x7f;
/** Pairs of a key and a ciphertext for it; making one takes longer than opening it. */
const CIPHERTEXTS = 256;
const DATA_BYTES = 512;

/** Fills `out` with a random scalar, or with 1, which has the most zero windows. */
function loadScalar(out: Uint8Array, bytes: Bytes, fixed: boolean): void {
  out.set(bytes(32));
  out[0]! &= TOP_BYTE;
  out[31]! |= 2;
  if (fixed) out.fill(0).set([1], 31);
}

function scalar(bytes: Bytes): Uint8Array {
  const out = new Uint8Array(32);
  loadScalar(out, bytes, false);
  return out;
}

const only = (bytes: Uint8Array): RandomSource => ({ fill: (out) => out.set(bytes) });

/** SM2: the secret is a private key or a nonce. */
function sm2Targets(engine: SmEngine, bytes: Bytes): CtTarget[] {
  const secret = new Uint8Array(32);
  const [e, d, own] = [bytes(32), scalar(bytes), scalar(bytes)];
  const prepared = engine.sm2PreparePrivate(d);
  const peerPublicKey = engine.sm2PublicKey(scalar(bytes));
  const exchange = {
    privateKey: secret,
    ephemeralPrivateKey: own,
    ephemeralPublicKey: engine.sm2PublicKey(own),
    peerPublicKey,
    peerEphemeralPublicKey: engine.sm2PublicKey(scalar(bytes)),
  };
  const target = (id: string, run: () => unknown): CtTarget => ({
    id,
    batch: 1,
    load: (fixed) => loadScalar(secret, bytes, fixed),
    run,
  });
  return [
    target('sm2.keygen', () => engine.sm2PublicKey(secret)),
    target('sm2.sign.nonce', () => prepared.signDigest(e, only(secret))),
    target('sm2.sign.key', () => engine.sm2SignDigest(secret, e, only(d))),
    target('sm2.multiply', () => engine.sm2Multiply(secret, peerPublicKey)),
    target('sm2.exchange', () => engine.sm2ExchangePoint(exchange)),
    decryptTarget(engine, bytes),
  ];
}

function decryptTarget(engine: SmEngine, bytes: Bytes): CtTarget {
  const [e, d] = [bytes(32), scalar(bytes)];
  const made = (fixed: boolean) =>
    Array.from({ length: CIPHERTEXTS }, () => {
      const key = new Uint8Array(32);
      loadScalar(key, bytes, fixed);
      return { key, ciphertext: engine.sm2Encrypt(engine.sm2PublicKey(key), e, only(d)) };
    });
  const [a, b] = [made(true), made(false)];
  const [key, ciphertext] = [new Uint8Array(32), new Uint8Array(129)];
  let turn = 0;
  return {
    id: 'sm2.decrypt',
    batch: 1,
    load(fixed) {
      const one = (fixed ? a : b)[turn++ % CIPHERTEXTS]!;
      key.set(one.key);
      ciphertext.set(one.ciphertext);
    },
    run: () => engine.sm2Decrypt(key, ciphertext),
  };
}

/** SM4 and GHASH: the secrets are the key, whose schedule is made each time, and the data. */
function sm4Targets(engine: SmEngine, bytes: Bytes): CtTarget[] {
  const [key, data, chain] = [new Uint8Array(16), new Uint8Array(DATA_BYTES), new Uint8Array(16)];
  const out = new Uint8Array(DATA_BYTES);
  const target = (id: string, run: () => unknown): CtTarget => ({
    id,
    batch: 4,
    load(fixed) {
      key.set(bytes(16));
      data.set(bytes(DATA_BYTES));
      if (!fixed) return;
      key.fill(0);
      data.fill(0);
    },
    run,
  });
  return [
    target('sm4.blocks', () => engine.sm4(key).encryptBlocks(data, out)),
    target('sm4.cbc.encrypt', () => engine.sm4(key).cbcEncrypt(chain.fill(0), data, out)),
    target('sm4.ctr', () => engine.sm4(key).ctr(chain.fill(0), data, out)),
    target('ghash', () => engine.sm4Gcm(key).ghash(chain.fill(0), data)),
  ];
}

/** Compares with an early end: what the method must find. */
function leakyEqual(x: Uint8Array, y: Uint8Array): boolean {
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
  return true;
}

function compareTarget(id: string, bytes: Bytes, equal: (x: Uint8Array, y: Uint8Array) => boolean): CtTarget {
  const [secret, guess] = [bytes(64), new Uint8Array(64)];
  return {
    id,
    batch: 64,
    load(fixed) {
      guess.set(bytes(64));
      if (fixed) guess.set(secret);
    },
    run: () => equal(secret, guess),
  };
}

/** Verification works on public values and may take any time: tiny r and s are faster. */
function verifyControl(engine: SmEngine, bytes: Bytes): CtTarget {
  const publicKey = engine.sm2PublicKey(scalar(bytes));
  const [e, signature] = [bytes(32), new Uint8Array(64)];
  return {
    id: 'control.sm2.verify',
    batch: 1,
    load(fixed) {
      loadScalar(signature.subarray(0, 32), bytes, fixed);
      loadScalar(signature.subarray(32), bytes, fixed);
    },
    run: () => engine.sm2VerifyDigest(publicKey, e, signature),
  };
}

/** What must not leak, and the controls, which leak and must be found. */
export function ctTargets(seed: number): { readonly ours: CtTarget[]; readonly controls: CtTarget[] } {
  const bytes = seededBytes(seed);
  const wasm = createWasmEngine();
  return {
    ours: [
      ...sm2Targets(wasm, bytes),
      ...sm4Targets(wasm, bytes),
      compareTarget('compare', bytes, equalBytes),
    ],
    controls: [
      compareTarget('control.compare-with-early-end', bytes, leakyEqual),
      verifyControl(wasm, bytes),
    ],
  };
}

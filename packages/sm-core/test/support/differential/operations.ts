import {
  concatBytes,
  createSm3,
  createSm4,
  type EngineCapability,
  type RandomSource,
  Secret,
  type SmEngine,
} from '../../../src/index.ts';
import type { Prng } from './prng.ts';

/** One way to compute an operation: as an engine does it, or with a prepared key. */
export interface Contender<Input> {
  readonly name: string;
  run(input: Input): Uint8Array;
}

/** An operation that every engine computes with the same result. */
export interface Operation<Input> {
  readonly name: string;
  readonly needs: readonly EngineCapability[];
  /** True when the engines in plain JavaScript need minutes for ten thousand. */
  readonly slow: boolean;
  input(random: Prng): Input;
  on(engine: SmEngine): readonly Contender<Input>[];
}

type Fields = Readonly<Record<string, Uint8Array>>;

/** Wraps the input type, so that operations of different inputs stand in one list. */
function operation<Input>(of: Operation<Input>): Operation<unknown> {
  return of as unknown as Operation<unknown>;
}

const one =
  <Input>(run: (engine: SmEngine, input: Input) => Uint8Array) =>
  (engine: SmEngine) => [{ name: engine.name, run: (input: Input) => run(engine, input) }];

/** Gives the same 32 bytes once. */
const given = (nonce: Uint8Array): RandomSource => {
  let used = false;
  return {
    fill(out) {
      if (used || out.length !== nonce.length) throw new Error('a second draw, or one of another length');
      used = true;
      out.set(nonce);
    },
  };
};

const flag = (value: boolean): Uint8Array => Uint8Array.of(value ? 1 : 0);

/** Message in pieces at places that the input chooses. */
function pieces(data: Uint8Array, cuts: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const cut of cuts) {
    parts.push(data.subarray(at, at + cut));
    at += Math.min(cut, data.length - at);
  }
  return [...parts, data.subarray(at)];
}

const HASHING: readonly Operation<unknown>[] = [
  operation<Fields>({
    name: 'sm3',
    needs: ['sm3'],
    slow: false,
    input: (random) => ({ data: random.bytes(random.length(600)), cuts: random.bytes(random.below(5)) }),
    on: (engine) => [
      { name: `${engine.name} at once`, run: ({ data }) => engine.sm3Digest(data!) },
      { name: `${engine.name} in parts`, run: ({ data, cuts }) => engine.sm3Digest(...pieces(data!, cuts!)) },
      {
        name: `${engine.name} streaming`,
        run: ({ data, cuts }) => {
          const hash = engine.sm3();
          for (const part of pieces(data!, cuts!)) hash.update(part);
          return hash.clone().digest();
        },
      },
    ],
  }),
  operation<Fields>({
    name: 'hmac-sm3',
    needs: ['sm3', 'hmac-sm3'],
    slow: false,
    input: (random) => ({ key: random.bytes(random.length(150)), data: random.bytes(random.length(200)) }),
    on: (engine) => {
      const { hmacSm3 } = createSm3(engine);
      return [{ name: engine.name, run: ({ key, data }) => hmacSm3(key!, data!) }];
    },
  }),
  operation<Fields[]>({
    name: 'sm3.many',
    needs: ['sm3', 'sm3.many'],
    slow: false,
    input: (random) =>
      Array.from({ length: 1 + random.below(9) }, () => ({ data: random.bytes(random.length(200)) })),
    on: (engine) => [
      {
        name: `${engine.name} many`,
        run: (all) => concatBytes(...engine.sm3Many(all.map(({ data }) => data!))),
      },
      {
        name: `${engine.name} each`,
        run: (all) => concatBytes(...all.map(({ data }) => engine.sm3Digest(data!))),
      },
    ],
  }),
];

/** `run` over the data in two pieces, the first of whole blocks. */
function inTwo(
  data: Uint8Array,
  at: number,
  run: (input: Uint8Array, output: Uint8Array) => void,
): Uint8Array {
  const out = new Uint8Array(data.length);
  const cut = Math.min(data.length & ~15, at * 16);
  run(data.subarray(0, cut), out.subarray(0, cut));
  run(data.subarray(cut), out.subarray(cut));
  return out;
}

const blocksInput = (random: Prng): Fields => ({
  key: random.bytes(16),
  iv: random.below(4) === 0 ? new Uint8Array(16).fill(0xff, random.below(16)) : random.bytes(16),
  data: random.bytes(16 * random.below(40)),
  cut: random.bytes(1).map((byte) => byte % 40),
});

const CIPHERS: readonly Operation<unknown>[] = [
  operation<Fields>({
    name: 'sm4 blocks',
    needs: ['sm4.blocks'],
    slow: false,
    input: blocksInput,
    on: one((engine, { key, data, cut }) => {
      const sm4 = engine.sm4(key!);
      const encrypted = inTwo(data!, cut![0]!, (input, output) => sm4.encryptBlocks(input, output));
      return concatBytes(
        encrypted,
        inTwo(data!, cut![0]!, (input, output) => sm4.decryptBlocks(input, output)),
      );
    }),
  }),
  operation<Fields>({
    name: 'sm4 cbc',
    needs: ['sm4.cbc'],
    slow: false,
    input: blocksInput,
    on: one((engine, { key, iv, data, cut }) => {
      const sm4 = engine.sm4(key!);
      const [a, b] = [iv!.slice(), iv!.slice()];
      const encrypted = inTwo(data!, cut![0]!, (input, output) => sm4.cbcEncrypt(a, input, output));
      const decrypted = inTwo(data!, cut![0]!, (input, output) => sm4.cbcDecrypt(b, input, output));
      return concatBytes(encrypted, decrypted, a, b);
    }),
  }),
  operation<Fields>({
    name: 'sm4 ctr',
    needs: ['sm4.ctr'],
    slow: false,
    input: (random) => ({ ...blocksInput(random), data: random.bytes(random.length(640)) }),
    on: one((engine, { key, iv, data, cut }) => {
      const sm4 = engine.sm4(key!);
      const counter = iv!.slice();
      return concatBytes(
        inTwo(data!, cut![0]!, (input, output) => sm4.ctr(counter, input, output)),
        counter,
      );
    }),
  }),
  operation<Fields>({
    name: 'sm4 gcm',
    needs: ['sm4.gcm'],
    slow: false,
    input: (random) => ({
      key: random.bytes(16),
      nonce: random.bytes(random.below(4) === 0 ? 1 + random.below(40) : 12),
      data: random.bytes(random.length(300)),
      aad: random.bytes(random.length(80)),
    }),
    on: (engine) => {
      const { gcm } = createSm4(engine);
      return [
        {
          name: engine.name,
          run: ({ key, nonce, data, aad }) => {
            const cipher = gcm(Secret.copy(key!), { nonceBytes: nonce!.length });
            const sealed = cipher.seal(nonce!, data!, aad!);
            return concatBytes(sealed, cipher.open(nonce!, sealed, aad!));
          },
        },
      ];
    },
  }),
  operation<Fields>({
    name: 'zuc',
    needs: ['zuc'],
    slow: false,
    input: (random) => ({
      key: random.bytes(16),
      iv: random.bytes(16),
      counts: random.bytes(3).map((n) => n % 24),
    }),
    on: one((engine, { key, iv, counts }) => {
      const stream = engine.zuc(key!, iv!);
      return concatBytes(
        ...Array.from(counts!, (count) => {
          const words = new Uint32Array(count);
          stream.words(words);
          return new Uint8Array(words.buffer);
        }),
      );
    }),
  }),
];

interface SignInput {
  readonly d: Uint8Array;
  readonly e: Uint8Array;
  readonly k: Uint8Array;
  /** Which bit of the signature is turned for the refusal. */
  readonly bit: number;
}

/** A signature, that it verifies, and that one with a bit turned does not. */
const signAndVerify = (
  { e, bit }: SignInput,
  signature: Uint8Array,
  verify: (e: Uint8Array, signature: Uint8Array) => boolean,
): Uint8Array => {
  const turned = signature.slice();
  turned[bit >> 3]! ^= 1 << (bit & 7);
  return concatBytes(signature, flag(verify(e, signature)), flag(verify(e, turned)));
};

/** A key stays for so many signatures, so that making it ready is not most of the time. */
const SIGNATURES_PER_KEY = 8;

function signing(): Operation<SignInput> {
  let d = new Uint8Array(0);
  let left = 0;
  return {
    name: 'sm2 sign and verify',
    needs: ['sm2.keygen', 'sm2.sign', 'sm2.verify', 'sm2.random'],
    slow: true,
    input: (random) => {
      if (left === 0) d = Uint8Array.from(random.scalar());
      left = (left + SIGNATURES_PER_KEY - 1) % SIGNATURES_PER_KEY;
      const e = random.bytes(32);
      if (random.below(16) === 0) e.fill(0xff, 0, 20);
      return { d, e, k: random.scalar(), bit: random.below(512) };
    },
    on: (engine) => {
      const plain: Contender<SignInput> = {
        name: engine.name,
        run: (input) => {
          const publicKey = engine.sm2PublicKey(input.d);
          const signature = engine.sm2SignDigest(input.d, input.e, given(input.k));
          return signAndVerify(input, signature, (e, s) => engine.sm2VerifyDigest(publicKey, e, s));
        },
      };
      const { capabilities } = engine;
      if (!capabilities.has('sm2.prepared-private') || !capabilities.has('sm2.prepared-public'))
        return [plain];
      const prepare = (d: Uint8Array) => ({
        d,
        privateKey: engine.sm2PreparePrivate(d),
        publicKey: engine.sm2PreparePublic(engine.sm2PublicKey(d)),
      });
      let key: ReturnType<typeof prepare> | undefined;
      const prepared: Contender<SignInput> = {
        name: `${engine.name} prepared`,
        run: (input) => {
          if (key?.d !== input.d) {
            key?.privateKey.destroy();
            key = prepare(input.d);
          }
          const { privateKey, publicKey } = key;
          const signature = privateKey.signDigest(input.e, given(input.k));
          return signAndVerify(input, signature, (e, s) => publicKey.verifyDigest(e, s));
        },
      };
      return [plain, prepared];
    },
  };
}

const KEYS: readonly Operation<unknown>[] = [
  operation<Fields>({
    name: 'sm2 keygen',
    needs: ['sm2.keygen'],
    slow: true,
    input: (random) => ({ d: random.scalar() }),
    on: one((engine, { d }) => engine.sm2PublicKey(d!)),
  }),
  operation<SignInput>(signing()),
  operation<Fields>({
    name: 'sm2 encrypt and decrypt',
    needs: ['sm2.keygen', 'sm2.encrypt', 'sm2.decrypt', 'sm2.random'],
    slow: true,
    input: (random) => ({
      d: random.scalar(),
      k: random.scalar(),
      data: random.bytes(8 + random.length(100)),
    }),
    on: one((engine, { d, k, data }) => {
      const ciphertext = engine.sm2Encrypt(engine.sm2PublicKey(d!), data!, given(k!));
      const turned = ciphertext.slice();
      turned[65 + (data![0]! % (ciphertext.length - 65))]! ^= 1;
      const refused = engine.sm2Decrypt(d!, turned) === undefined;
      return concatBytes(ciphertext, engine.sm2Decrypt(d!, ciphertext) ?? new Uint8Array(0), flag(refused));
    }),
  }),
  operation<Fields>({
    name: 'sm2 multiply',
    needs: ['sm2.keygen', 'sm2.multiply'],
    slow: true,
    input: (random) => ({ d: random.scalar(), of: random.scalar() }),
    on: one((engine, { d, of }) => engine.sm2Multiply(d!, engine.sm2PublicKey(of!))),
  }),
  operation<Fields>({
    name: 'sm2 exchange',
    needs: ['sm2.keygen', 'sm2.exchange'],
    slow: true,
    input: (random) => ({
      privateKey: random.scalar(),
      ephemeralPrivateKey: random.scalar(),
      peer: random.scalar(),
      peerEphemeral: random.scalar(),
    }),
    on: one((engine, { privateKey, ephemeralPrivateKey, peer, peerEphemeral }) => {
      const point = engine.sm2ExchangePoint({
        privateKey: privateKey!,
        ephemeralPrivateKey: ephemeralPrivateKey!,
        ephemeralPublicKey: engine.sm2PublicKey(ephemeralPrivateKey!),
        peerPublicKey: engine.sm2PublicKey(peer!),
        peerEphemeralPublicKey: engine.sm2PublicKey(peerEphemeral!),
      });
      return point ?? new Uint8Array(0);
    }),
  }),
  operation<Fields>({
    name: 'sm2 decompress',
    needs: ['sm2.decompress'],
    slow: true,
    // Half of all x have no point; values of p and more come up too.
    input: (random) => ({
      x: random.below(16) === 0 ? random.bytes(32).fill(0xff, 0, 8) : random.scalar(),
      sign: random.bytes(1),
    }),
    on: one((engine, { x, sign }) => {
      const compressed = concatBytes(Uint8Array.of(2 + (sign![0]! & 1)), x!);
      const point = engine.sm2Decompress(compressed);
      if (point === undefined) return new Uint8Array(0);
      return concatBytes(point, flag(engine.sm2IsPublicKey(point)));
    }),
  }),
];

/** All operations. */
export const OPERATIONS: readonly Operation<unknown>[] = [...HASHING, ...CIPHERS, ...KEYS];

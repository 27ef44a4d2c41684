import type {
  Sm2CipherOptions,
  Sm2EnvelopeOptions,
  Sm2Functions,
  Sm2KeyExchangeOptions,
  Sm2SignOptions,
} from '../sm2.ts';
import type { RandomSource, SmEngine } from '../spec/v1/engine.ts';

interface WithRandom {
  readonly random?: RandomSource;
}

type Field = Exclude<
  keyof Sm2SignOptions | keyof Sm2CipherOptions | keyof Sm2EnvelopeOptions | keyof Sm2KeyExchangeOptions,
  'random'
>;

/** Every field, but the source, of the options that the functions below take. */
const FIELDS = Object.keys({
  id: true,
  format: true,
  hedged: true,
  verifyAfterSign: true,
  role: true,
  pair: true,
  peerPublicKey: true,
  peerId: true,
  keyLength: true,
  confirm: true,
} satisfies Record<Field, true>) as readonly Field[];

/**
 * `sm2` with the module's source wherever the caller names none, and with `always` in place
 * of the caller's as well. Options are read once, field by field, and a copy goes on: what a
 * getter gives later, and fields with no name here, never reach a function.
 *
 * An engine that takes no source (no capability `sm2.random`) draws its nonces itself, as it
 * does without a module.
 */
export function withRandom(
  engine: SmEngine,
  sm2: Sm2Functions,
  random: RandomSource,
  always: boolean,
): Sm2Functions {
  /** The options with the source; what is no object goes on as it is, to be refused. */
  const own = <T extends WithRandom>(given: T | undefined, source: RandomSource | undefined): T => {
    if (given !== undefined && (typeof given !== 'object' || given === null)) return given;
    const options: Record<string, unknown> = Object.create(null);
    const from = (given ?? {}) as Readonly<Record<string, unknown>>;
    for (const name of FIELDS) {
      const value = from[name];
      if (value !== undefined) options[name] = value;
    }
    const brought = always ? undefined : given?.random;
    options.random = brought === undefined ? source : brought;
    return options as T;
  };
  const nonces = engine.capabilities.has('sm2.random') ? random : undefined;
  return {
    ...sm2,
    generateKeyPair: (source = random) => sm2.generateKeyPair(always ? random : source),
    sign: (privateKey, message, options) => sm2.sign(privateKey, message, own(options, nonces)),
    signWith: (pair, message, options) => sm2.signWith(pair, message, own(options, nonces)),
    signDigest: (privateKey, e, options) => sm2.signDigest(privateKey, e, own(options, nonces)),
    signer: (pair, options) => sm2.signer(pair, own(options, nonces)),
    encrypt: (publicKey, message, options) => sm2.encrypt(publicKey, message, own(options, nonces)),
    envelopeKey: (recipient, pair, options) => sm2.envelopeKey(recipient, pair, own(options, nonces)),
    // The ephemeral key is drawn outside the engine.
    keyExchange: (options) =>
      options === undefined ? sm2.keyExchange(options) : sm2.keyExchange(own(options, random)),
  };
}

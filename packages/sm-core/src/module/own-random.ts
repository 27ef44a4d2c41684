import { systemRandom } from '../random.ts';
import type { Sm2Functions } from '../sm2.ts';
import type { RandomSource, SmEngine } from '../spec/v1/engine.ts';

interface WithRandom {
  readonly random?: RandomSource;
}

/**
 * `sm2` with the module's source wherever the caller names none. An engine that takes no
 * source (no capability `sm2.random`) draws its nonces itself, as it does without a module.
 */
export function withRandom(engine: SmEngine, sm2: Sm2Functions, random: RandomSource): Sm2Functions {
  const generateKeyPair: Sm2Functions['generateKeyPair'] = (source = random) => sm2.generateKeyPair(source);
  if (random === systemRandom || !engine.capabilities.has('sm2.random')) return { ...sm2, generateKeyPair };
  /** The options with the source; what is no object goes on as it is, to be refused. */
  const own = <T extends WithRandom>(options: T | undefined): T => {
    if (options !== undefined && (typeof options !== 'object' || options === null)) return options;
    return options?.random === undefined ? ({ ...options, random } as T) : options;
  };
  return {
    ...sm2,
    generateKeyPair,
    sign: (privateKey, message, options) => sm2.sign(privateKey, message, own(options)),
    signWith: (pair, message, options) => sm2.signWith(pair, message, own(options)),
    signDigest: (privateKey, e, options) => sm2.signDigest(privateKey, e, own(options)),
    signer: (pair, options) => sm2.signer(pair, own(options)),
    encrypt: (publicKey, message, options) => sm2.encrypt(publicKey, message, own(options)),
    envelopeKey: (recipient, pair, options) => sm2.envelopeKey(recipient, pair, own(options)),
    keyExchange: (options) => sm2.keyExchange(own(options)),
  };
}

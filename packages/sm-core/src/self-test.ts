import { equalBytes, fromHex } from './encoding/bytes.ts';
import { SM_CORE_ERRORS } from './errors.ts';
import { Secret } from './secret.ts';
import { createSm2 } from './sm2.ts';
import { createSm3 } from './sm3.ts';
import { createSm4 } from './sm4.ts';
import type { EngineCapability, RandomSource, SmEngine } from './spec/v1/engine.ts';
import {
  KAT_HMAC_SM3,
  KAT_SM2_ENCRYPT,
  KAT_SM2_SIGN,
  KAT_SM3_ABC,
  KAT_SM4_BLOCK,
  KAT_SM4_CBC,
  KAT_SM4_CTR,
  KAT_SM4_GCM,
} from './spec/v1/known-answers.ts';

/** Name of one known-answer test; the capability that it tests. */
export type SelfTestId = Exclude<EngineCapability, 'sm2.random'>;

/** What a passed self-test ran. */
export interface SelfTestReport {
  /** Name of the engine. */
  readonly engine: string;
  /** Tests that ran and passed, in order. */
  readonly passed: readonly SelfTestId[];
  /** Tests left out because the engine does not declare the capability. */
  readonly skipped: readonly SelfTestId[];
}

const hex = fromHex;

/** Gives the one nonce of an annex example; a second draw would mean that it was not accepted. */
function fixedNonce(k: string): RandomSource {
  let used = false;
  return {
    fill(out) {
      if (used) throw new RangeError('self-test: the annex nonce was not accepted');
      used = true;
      out.set(hex(k));
    },
  };
}

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[copy.length - 1]! ^= 1;
  return copy;
}

function refuses(action: () => unknown): boolean {
  try {
    action();
    return false;
  } catch {
    return true;
  }
}

/** Each test is true when the engine gives the annex values and refuses a changed input. */
const TESTS: Readonly<Record<SelfTestId, (engine: SmEngine) => boolean>> = {
  sm3: (engine) => equalBytes(createSm3(engine).sm3(hex(KAT_SM3_ABC.message)), hex(KAT_SM3_ABC.digest)),
  'hmac-sm3': (engine) => {
    const { key, message, tag } = KAT_HMAC_SM3;
    return equalBytes(createSm3(engine).hmacSm3(hex(key), hex(message)), hex(tag));
  },
  'sm2.keygen': (engine) => {
    const { d, publicKey } = KAT_SM2_SIGN;
    return equalBytes(createSm2(engine).keyPair(Secret.take(hex(d))).publicKey, hex(publicKey));
  },
  'sm2.sign': (engine) => {
    const { d, publicKey, e, k, r, s } = KAT_SM2_SIGN;
    const sm2 = createSm2(engine);
    const key = Secret.take(hex(d));
    if (engine.capabilities.has('sm2.random')) {
      const signature = sm2.signDigest(key, hex(e), { format: 'raw', random: fixedNonce(k) });
      return equalBytes(signature, hex(r + s));
    }
    // Without a nonce of ours there is no known answer: a pair-wise consistency test instead.
    const signature = sm2.signDigest(key, hex(e), { format: 'raw' });
    return sm2.verifyDigest(hex(publicKey), hex(e), signature, { format: 'raw' });
  },
  'sm2.verify': (engine) => {
    const { publicKey, e, r, s } = KAT_SM2_SIGN;
    const sm2 = createSm2(engine);
    const signature = hex(r + s);
    const verify = (bytes: Uint8Array) => sm2.verifyDigest(hex(publicKey), hex(e), bytes, { format: 'raw' });
    return verify(signature) && !verify(flipped(signature));
  },
  'sm2.encrypt': (engine) => {
    const { d, publicKey, message, k, c1, c2, c3 } = KAT_SM2_ENCRYPT;
    const sm2 = createSm2(engine);
    if (engine.capabilities.has('sm2.random')) {
      const ciphertext = sm2.encrypt(hex(publicKey), hex(message), {
        format: 'c1c3c2',
        random: fixedNonce(k),
      });
      return equalBytes(ciphertext, hex(c1 + c3 + c2));
    }
    return equalBytes(
      sm2.decrypt(Secret.take(hex(d)), sm2.encrypt(hex(publicKey), hex(message))),
      hex(message),
    );
  },
  'sm2.decrypt': (engine) => {
    const { d, message, c1, c2, c3 } = KAT_SM2_ENCRYPT;
    const sm2 = createSm2(engine);
    const ciphertext = hex(c1 + c3 + c2);
    const decrypt = (bytes: Uint8Array) => sm2.decrypt(Secret.take(hex(d)), bytes, { format: 'c1c3c2' });
    return equalBytes(decrypt(ciphertext), hex(message)) && refuses(() => decrypt(flipped(ciphertext)));
  },
  'sm4.ecb-block': (engine) => {
    const { key, plaintext, ciphertext } = KAT_SM4_BLOCK;
    return (
      equalBytes(engine.sm4Block(hex(key), hex(plaintext), 'encrypt'), hex(ciphertext)) &&
      equalBytes(engine.sm4Block(hex(key), hex(ciphertext), 'decrypt'), hex(plaintext))
    );
  },
  'sm4.cbc': (engine) => {
    const { key, iv, plaintext, ciphertext } = KAT_SM4_CBC;
    return (
      equalBytes(engine.sm4Cbc(hex(key), hex(iv), hex(plaintext), 'encrypt'), hex(ciphertext)) &&
      equalBytes(engine.sm4Cbc(hex(key), hex(iv), hex(ciphertext), 'decrypt'), hex(plaintext))
    );
  },
  'sm4.ctr': (engine) => {
    const { key, counter, plaintext, ciphertext } = KAT_SM4_CTR;
    const out = createSm4(engine).ctr(Secret.take(hex(key)), hex(counter), hex(plaintext));
    return equalBytes(out, hex(ciphertext));
  },
  'sm4.gcm': (engine) => {
    const { key, nonce, associatedData, plaintext, ciphertext, tag } = KAT_SM4_GCM;
    const gcm = createSm4(engine).gcm(Secret.take(hex(key)));
    const sealed = gcm.seal(hex(nonce), hex(plaintext), hex(associatedData));
    return (
      equalBytes(sealed, hex(ciphertext + tag)) &&
      equalBytes(gcm.open(hex(nonce), sealed, hex(associatedData)), hex(plaintext)) &&
      refuses(() => gcm.open(hex(nonce), flipped(sealed), hex(associatedData)))
    );
  },
};

/**
 * Runs the known-answer tests of every capability that `engine` declares.
 *
 * @throws SmError ERR_SELF_TEST_FAILED with the name of the test
 */
export function runSelfTest(engine: SmEngine): SelfTestReport {
  const passed: SelfTestId[] = [];
  const skipped: SelfTestId[] = [];
  for (const id of Object.keys(TESTS) as SelfTestId[]) {
    if (!engine.capabilities.has(id)) {
      skipped.push(id);
      continue;
    }
    let cause: unknown;
    let correct = false;
    try {
      correct = TESTS[id](engine);
    } catch (error) {
      cause = error;
    }
    if (!correct) {
      const detail = `engine=${engine.name} test=${id}`;
      throw SM_CORE_ERRORS.create(
        'ERR_SELF_TEST_FAILED',
        cause === undefined ? { detail } : { detail, cause },
      );
    }
    passed.push(id);
  }
  return { engine: engine.name, passed, skipped };
}

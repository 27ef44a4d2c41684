import { equalBytes, fromHex } from '../encoding/bytes.ts';
import { SM_CORE_ERRORS } from '../errors.ts';
import type { Sm2Functions, Sm2KeyPair } from '../sm2.ts';
import type { RandomSource, SmEngine } from '../spec/v1/engine.ts';
import { KAT_SM2_SIGN } from '../spec/v1/known-answers.ts';

/**
 * Pair-wise consistency test (成对一致性检测) of a generated key pair: a signature made with
 * one key must be accepted with the other. The private key of a pair that fails is zeroed.
 * An engine that throws has failed the test as well; only what `random` throws goes on as it is.
 *
 * @standard GM/T 0028-2014 §7.10 (conditional tests)
 * @param random - the module's source, also for a pair drawn from another one
 * @throws {@link SmError} ERR_PAIR_INCONSISTENT, ERR_RANDOM_UNHEALTHY
 */
export function testPair(engine: SmEngine, sm2: Sm2Functions, pair: Sm2KeyPair, random: RandomSource): void {
  const e = fromHex(KAT_SM2_SIGN.e);
  let consistent = false;
  try {
    if (engine.capabilities.has('sm2.sign') && engine.capabilities.has('sm2.verify')) {
      const options = engine.capabilities.has('sm2.random') ? { random } : {};
      const signature = sm2.signDigest(pair.privateKey, e, options);
      consistent = sm2.verifyDigest(pair.publicKey, e, signature);
    } else {
      consistent = equalBytes(sm2.keyPair(pair.privateKey).publicKey, pair.publicKey);
    }
  } catch (error) {
    if (SM_CORE_ERRORS.is(error) && error.code === 'ERR_RANDOM_UNHEALTHY') throw error;
  } finally {
    if (!consistent) pair.privateKey.destroy();
  }
  if (!consistent) throw SM_CORE_ERRORS.create('ERR_PAIR_INCONSISTENT');
}

import type { Sm2PreparedPublicKey, SmEngine } from '../../../src/index.ts';
import { naiveVerify } from '../naive-sm2.ts';
import { type BrokenEngine, broken, damage, good } from './base.ts';

const prepared = (name: string): string => `sm2.prepared-public.${name}`;

/** One fault in both ways to verify; `names` are the last parts of the ids that must find it. */
function verifying(
  fault: string,
  verify: SmEngine['sm2VerifyDigest'],
  ...names: readonly string[]
): readonly BrokenEngine[] {
  const prepare = (publicKey: Uint8Array): Sm2PreparedPublicKey => {
    const key = Uint8Array.from(publicKey);
    return { verifyDigest: (e, signature) => verify(Uint8Array.from(key), e, signature) };
  };
  return [
    broken(fault, { sm2VerifyDigest: verify }, ...names.map((name) => `sm2.verify.${name}`)),
    broken(`${fault}, key prepared`, { sm2PreparePublic: prepare }, ...names.map(prepared)),
  ];
}

let lastKey: Sm2PreparedPublicKey | undefined;

/** Faults in SM2 verification. */
export const BROKEN_SM2_VERIFY: readonly BrokenEngine[] = [
  ...verifying(
    'verify is always true',
    () => true,
    'rejects-r-and-s-zero',
    'rejects-all-ones',
    'rejects-first-bit-of-r',
    'rejects-last-bit-of-r',
    'rejects-first-bit-of-s',
    'rejects-last-bit-of-s',
    'rejects-first-bit-of-e',
    'rejects-last-bit-of-e',
    'rejects-swapped-halves',
    'rejects-negated-s',
    'rejects-another-key',
    'rejects-empty',
  ),
  ...verifying(
    'verify is always false, and damages its inputs',
    (...inputs) => {
      damage(...inputs);
      return false;
    },
    'annex-a2',
    'small-r-and-s',
    'inputs-are-not-changed',
  ),
  ...verifying(
    'verify throws for a wrong signature',
    (key, e, signature) => {
      if (!good.sm2VerifyDigest(key, e, signature)) throw new Error('bad signature');
      return true;
    },
    'rejects-first-bit-of-r',
  ),
  ...verifying(
    'verify ignores r = 0',
    naiveVerify('r'),
    'rejects-r-zero',
    'rejects-r-equal-n',
    'rejects-r-not-reduced',
  ),
  ...verifying(
    'verify ignores s = 0',
    naiveVerify('s'),
    'rejects-s-zero',
    'rejects-s-equal-n',
    'rejects-s-not-reduced',
  ),
  ...verifying('verify ignores t = 0', naiveVerify('t'), 'rejects-t-zero'),
  ...verifying('verify takes infinity for x = 0', naiveVerify('infinity'), 'rejects-infinity'),
  ...verifying(
    'verify reads 64 bytes of any signature',
    (key, e, signature) => {
      const padded = new Uint8Array(64).fill(0xaa);
      padded.set(signature.subarray(0, 64));
      return good.sm2VerifyDigest(key, e, padded);
    },
    'rejects-truncated',
    'rejects-trailing-byte',
  ),
  broken(
    'a prepared key has tables for one key only',
    {
      sm2PreparePublic(publicKey) {
        const inner = good.sm2PreparePublic(publicKey);
        return { verifyDigest: (e, signature) => publicKey[1] === 9 && inner.verifyDigest(e, signature) };
      },
    },
    prepared('key-g'),
    prepared('key-minus-2g'),
  ),
  broken(
    'a prepared key answers as it did first',
    {
      sm2PreparePublic(publicKey) {
        const inner = good.sm2PreparePublic(publicKey);
        let answer: boolean | undefined;
        return {
          verifyDigest(e, signature) {
            answer ??= inner.verifyDigest(e, signature);
            return answer;
          },
        };
      },
    },
    prepared('answers-are-not-kept'),
  ),
  broken(
    'a prepared key is a view of the bytes of the caller',
    {
      sm2PreparePublic: (publicKey) => ({
        verifyDigest: (e, signature) => good.sm2VerifyDigest(publicKey, e, signature),
      }),
    },
    prepared('key-is-not-read-again'),
  ),
  broken(
    'one table for all prepared keys',
    {
      sm2PreparePublic(publicKey) {
        lastKey = good.sm2PreparePublic(publicKey);
        return { verifyDigest: (e, signature) => lastKey!.verifyDigest(e, signature) };
      },
    },
    prepared('two-keys-do-not-mix'),
  ),
];

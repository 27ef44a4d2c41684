import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { sm2 } from '@cssi/sm-core';

/** A signature check that was made, to be made again alone. */
export type Check = () => boolean;

/** As it is called without a callback. */
type NodeVerify = (...args: readonly unknown[]) => boolean;

/** Replaces a function of a module for as long as `work` takes. */
function replaced<T>(target: object, name: string, value: unknown, work: () => T): T {
  const before = (target as Record<string, unknown>)[name];
  Object.assign(target, { [name]: value });
  try {
    return work();
  } finally {
    Object.assign(target, { [name]: before });
  }
}

/** The recording under way. Verifiers made during one live on in caches and are used in the next ones. */
let recording: Check[] | undefined;

/** Notes `plain` and makes `check`. */
function noting(plain: Check, check: Check = plain): boolean {
  recording?.push(plain);
  return check();
}

const record =
  <A extends readonly unknown[]>(original: (...args: A) => boolean) =>
  (...args: A): boolean =>
    noting(() => original(...args));

/** A check with a prepared key is noted as the plain one, which is what it stands for. */
const recordVerifier =
  ({ verifier, verify, verifyDigest }: typeof sm2): typeof verifier =>
  (publicKey, options) => {
    const made = verifier(publicKey, options);
    return {
      publicKey: made.publicKey,
      verify: (message, signature) =>
        noting(
          () => verify(made.publicKey, message, signature, options),
          () => made.verify(message, signature),
        ),
      verifyDigest: (e, signature) =>
        noting(
          () => verifyDigest(made.publicKey, e, signature, options),
          () => made.verifyDigest(e, signature),
        ),
    };
  };

/**
 * Runs `work` and notes down every signature check it makes, by `node:crypto` and by our SM2: what a
 * verification costs at least. Keys of node:crypto are kept as they were given, so that no time for reading
 * them counts. Keys that were prepared before the first recording cannot be seen, so recordings come first.
 */
export function recordChecks(work: () => void): readonly Check[] {
  const checks: Check[] = [];
  const original = { ...sm2 };
  recording = checks;
  try {
    replaced(crypto, 'verify', record(crypto.verify as unknown as NodeVerify), () => {
      syncBuiltinESMExports();
      replaced(sm2, 'verify', record(original.verify), () =>
        replaced(sm2, 'verifyDigest', record(original.verifyDigest), () =>
          replaced(sm2, 'verifier', recordVerifier(original), work),
        ),
      );
    });
  } finally {
    recording = undefined;
    syncBuiltinESMExports();
  }
  return checks;
}

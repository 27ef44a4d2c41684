import {
  SM2_SIGNATURE_BYTES,
  type Sm2SignatureFormat,
  type Sm2Verifier,
  type Sm3Hash,
  SmError,
  sm2,
  sm3,
  sm3Hash,
} from '@cssi/sm-core';
import type { FindingLog } from '../internal/finding-log.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';

/** Uses of one key after which preparing it, at the price of about ten verifications, pays. */
const PREPARE_AFTER = 16;
/** Most signer IDs of one call. */
export const MAX_SIGNER_IDS = 8;

interface Uses {
  count: number;
  verifier?: Sm2Verifier;
}

/** Keys that were used, by their bytes: issuers come again and again, in certificates that are read anew. */
const uses = new Map<string, Uses>();
/** The key used longest ago goes first; a prepared one takes some kilobytes. */
const MAX_USES = 256;

function usesOf(key: Uint8Array): Uses {
  const name = String.fromCharCode.apply(null, key as unknown as number[]);
  const known = uses.get(name) ?? { count: 0 };
  uses.delete(name);
  uses.set(name, known);
  if (uses.size > MAX_USES) uses.delete(uses.keys().next().value!);
  return known;
}

/** Calls `check`; a signature that is no signature is wrong. */
function orWrong(check: () => boolean): boolean {
  try {
    return check();
  } catch (error) {
    if (error instanceof SmError && error.code === 'ERR_SM2_SIGNATURE_MALFORMED') return false;
    throw error;
  }
}

/** Verifies with the default ID; a key that comes again and again is made ready once. */
function verifyDefault(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const known = usesOf(key);
  if (known.verifier !== undefined) return known.verifier.verify(message, signature);
  if (++known.count >= PREPARE_AFTER) {
    known.verifier = sm2.verifier(key);
    return known.verifier.verify(message, signature);
  }
  return sm2.verify(key, message, signature);
}

/** DER, or 64 bytes r‖s where a log takes note of them. */
export function signatureFormat(signature: Uint8Array, log: FindingLog | undefined): Sm2SignatureFormat {
  // A DER signature of 64 bytes begins with 30 3e; r‖s that does too is one of 2^16.
  const der = signature[0] === 0x30 && signature[1] === signature.length - 2;
  if (signature.length !== SM2_SIGNATURE_BYTES || der || log === undefined) return 'der';
  log.note('SIGNATURE_RAW', 'signature');
  return 'raw';
}

/**
 * The first of `ids` under which the signature is right. `undefined` IDs stand for the
 * default one. Nothing that is not listed is tried.
 */
export function matchSm2(
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  ids: readonly Sm2SignerId[] | undefined,
  format: Sm2SignatureFormat,
): Sm2SignerId | 'default' | undefined {
  if (ids === undefined && format === 'der') {
    return orWrong(() => verifyDefault(key, message, signature)) ? 'default' : undefined;
  }
  if (ids === undefined) {
    return orWrong(() => sm2.verify(key, message, signature, { format })) ? 'default' : undefined;
  }
  return ids.find((id) =>
    orWrong(() =>
      id === 'plain-sm3'
        ? sm2.verifyDigest(key, sm3(message), signature, { format })
        : sm2.verify(key, message, signature, { id, format }),
    ),
  );
}

/** Hashes a message that comes in pieces, once for each signer ID. */
export class Sm2StreamVerification {
  readonly #key: Uint8Array;
  readonly #hashes: readonly (readonly [Sm2SignerId | 'default', Sm3Hash])[];

  constructor(key: Uint8Array, ids: readonly Sm2SignerId[] | undefined) {
    this.#key = key;
    this.#hashes = (ids ?? (['default'] as const)).map((id) => {
      const hash = sm3Hash();
      if (id !== 'plain-sm3') hash.update(id === 'default' ? sm2.z(key) : sm2.z(key, id));
      return [id, hash];
    });
  }

  update(bytes: Uint8Array): void {
    for (const [, hash] of this.#hashes) hash.update(bytes);
  }

  finish(signature: Uint8Array, format: Sm2SignatureFormat): Sm2SignerId | 'default' | undefined {
    const digests = this.#hashes.map(([id, hash]) => [id, hash.digest()] as const);
    return digests.find(([, e]) => orWrong(() => sm2.verifyDigest(this.#key, e, signature, { format })))?.[0];
  }
}

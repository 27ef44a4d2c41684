import type { CertificateSigner } from '@cssi/pki';
import { equalBytes, SmError } from '@cssi/sm-core';
import { type ResultAlgorithm, signRaw } from '../appraisal/issuer-keys.ts';
import { type CborValue, decodeCbor, encodeCbor } from '../cbor/index.ts';
import {
  COSE_HEADERS,
  type CoseSign1,
  coseSigStructure,
  parseCoseSign1,
  prepareCoseSign1,
} from '../cose/index.ts';
import { readEar, writeEar } from './ear.ts';
import { earFromCbor, earToCbor } from './ear-cbor.ts';
import { tokenMalformed } from './errors.ts';
import { judgeToken, type ReadToken, type TokenOptions, type TokenVerdict } from './judge-token.ts';
import { algorithmOf, MAX_TOKEN_LENGTH, tokenKeyId } from './jwt.ts';
import type { AttestationResult } from './result.ts';

const KEY_ID_BYTES = 32;
/** Names of the algorithms in COSE; that of SM2 is our private one, see `COSE_ALGORITHMS`. */
const COSE_NAMES = { 'sm2-sm3': 'SM2-SM3', es256: 'ES256' } as const;

/**
 * Issues a result as CWT: EAR claims in CBOR, in a tagged COSE_Sign1, signed with ES256 or SM2.
 *
 * @standard draft-fv-rats-ear §3, RFC 9711, RFC 8392 §7.1
 * @throws {@link SmError} ERR_TEE_OPTION_INVALID for another signer than SM2 or P-256,
 *   ERR_TEE_TOKEN_MALFORMED for a result that no token can carry
 * @group Attestation
 */
export async function issueResultCwt(
  result: AttestationResult,
  signer: CertificateSigner,
): Promise<Uint8Array> {
  const claims = writeEar(result);
  readEar(claims);
  const payload = encodeCbor(earToCbor(claims));
  // A result of too many items for a reader is refused here, not there.
  coded('cbor', () => decodeCbor(payload, { maxBytes: MAX_TOKEN_LENGTH }));
  const { signed, finish } = prepareCoseSign1(payload, COSE_NAMES[algorithmOf(signer)], {
    protectedHeader: new Map([[COSE_HEADERS.kid, tokenKeyId(signer)]]),
  });
  return finish(await signRaw(signer, signed));
}

function coded<T>(reason: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof SmError) || cause.code === 'ERR_TEE_TOKEN_MALFORMED') throw cause;
    throw tokenMalformed(reason, cause);
  }
}

function algorithmNamed(message: CoseSign1): ResultAlgorithm {
  if (message.algorithm === 'ES256') return 'es256';
  if (message.algorithm === 'SM2-SM3') return 'sm2-sm3';
  throw tokenMalformed('alg');
}

function readCwt(token: Uint8Array): ReadToken {
  if (!(token instanceof Uint8Array)) throw tokenMalformed('type');
  const message = coded('cose', () => parseCoseSign1(token, { maxBytes: MAX_TOKEN_LENGTH, tag: 'required' }));
  const { protectedBytes, protectedHeader, unprotectedHeader, payload, signature } = message;
  const keyId: CborValue | undefined = protectedHeader.get(COSE_HEADERS.kid);
  if (!(keyId instanceof Uint8Array) || keyId.length !== KEY_ID_BYTES) throw tokenMalformed('kid');
  // Everything in a token of ours is signed, and said once.
  if (protectedHeader.size !== 2 || unprotectedHeader.size !== 0) throw tokenMalformed('header');
  const algorithm = algorithmNamed(message);
  const claims = coded('cbor', () => decodeCbor(payload, { maxBytes: MAX_TOKEN_LENGTH }));
  if (
    !equalBytes(
      coded('cbor', () => encodeCbor(claims)),
      payload,
    )
  )
    throw tokenMalformed('not-canonical');
  return {
    result: readEar(earFromCbor(claims)),
    keyId,
    signedBy: (key) =>
      key.algorithm === algorithm && key.verify(coseSigStructure(protectedBytes, payload), signature),
  };
}

/**
 * Verifies a result in a CWT, as `verifyResultJwt` does in a JWT: the same reasons.
 *
 * @throws {@link SmError} ERR_TEE_TOKEN_MALFORMED, ERR_TEE_OPTION_INVALID
 * @group Attestation
 */
export function verifyResultCwt(token: Uint8Array, options: TokenOptions): TokenVerdict {
  return judgeToken(readCwt(token), options, tokenKeyId);
}

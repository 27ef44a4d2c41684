import type { CertificateSigner } from '@cssi/pki';
import { canonicalJson, sm3, utf8 } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import { strictJson } from '../../spec/v1/strict-json.ts';
import { type IssuerKey, type ResultAlgorithm, signerAlgorithm, signRaw } from '../appraisal/issuer-keys.ts';
import { fromBase64url, readEar, writeEar } from './ear.ts';
import { tokenMalformed } from './errors.ts';
import { judgeToken, type ReadToken, type TokenOptions, type TokenVerdict } from './judge-token.ts';
import type { AttestationResult } from './result.ts';

/** Longest token this package reads, in characters or bytes. @group Attestation */
export const MAX_TOKEN_LENGTH = 2_097_152;
const MAX_HEADER_BYTES = 512;
const DIGEST_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** Media type application/eat+jwt. @standard RFC 9782 §6.2 */
const TYPE = 'eat+jwt';

/**
 * Names of the algorithms in JOSE. `SM2SM3` is ours, because none is registered: SM2 of GB/T 32918.2 with
 * SM3 over the signing input of the JWS, signer ID `1234567812345678`, signature r ‖ s of 64 bytes. Both
 * sides have to agree on it.
 *
 * @standard RFC 7518 §3.4 (ES256)
 * @group Attestation
 */
export const JOSE_ALGORITHMS: Readonly<Record<ResultAlgorithm, 'SM2SM3' | 'ES256'>> = {
  'sm2-sm3': 'SM2SM3',
  es256: 'ES256',
};

const json = /* @__PURE__ */ strictJson(tokenMalformed);
const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

/** SM3 of the SubjectPublicKeyInfo: how tokens name their key. @internal */
export const tokenKeyId = ({ publicKeyInfo }: Pick<IssuerKey, 'publicKeyInfo'>): Uint8Array =>
  sm3(publicKeyInfo);

/** @throws {@link SmError} ERR_TEE_OPTION_INVALID @internal */
export function algorithmOf(signer: CertificateSigner): ResultAlgorithm {
  const algorithm = signerAlgorithm(signer);
  if (algorithm === undefined) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', { detail: 'option=signer' });
  }
  return algorithm;
}

/**
 * Issues a result as JWT: EAR claims in a JWS of compact form, signed with ES256 or SM2.
 *
 * @standard draft-fv-rats-ear §3, RFC 9711, RFC 7515 §7.1
 * @throws {@link SmError} ERR_TEE_OPTION_INVALID for another signer than SM2 or P-256,
 *   ERR_TEE_TOKEN_MALFORMED for a result that no token can carry
 * @group Attestation
 */
export async function issueResultJwt(result: AttestationResult, signer: CertificateSigner): Promise<string> {
  const header = canonicalJson({
    alg: JOSE_ALGORITHMS[algorithmOf(signer)],
    kid: encode(tokenKeyId(signer)),
    typ: TYPE,
  });
  const claims = writeEar(result);
  // What is issued can be read.
  readEar(claims);
  const input = `${encode(header)}.${encode(canonicalJson(claims))}`;
  return `${input}.${encode(await signRaw(signer, utf8(input)))}`;
}

function readHeader(part: string): { readonly algorithm: ResultAlgorithm; readonly keyId: Uint8Array } {
  const bytes = fromBase64url(part, 'header', 2, MAX_HEADER_BYTES);
  // Members that change how a token is checked (crit, jwk, x5c and others) are refused with all unknown ones.
  const read = json.fields(json.canonical(bytes, 'header', MAX_HEADER_BYTES), ['alg', 'kid', 'typ']);
  if (read.typ !== TYPE) throw tokenMalformed('typ');
  const name = json.oneOf(read.alg, 'alg', ['ES256', 'SM2SM3']);
  return {
    algorithm: name === 'ES256' ? 'es256' : 'sm2-sm3',
    keyId: fromBase64url(read.kid, 'kid', DIGEST_BYTES, DIGEST_BYTES),
  };
}

function readJwt(token: string): ReadToken {
  if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH) throw tokenMalformed('size');
  const [header, payload, signature, ...rest] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) {
    throw tokenMalformed('parts');
  }
  const { algorithm, keyId } = readHeader(header);
  const payloadBytes = fromBase64url(payload, 'payload', 2, MAX_TOKEN_LENGTH);
  // One content has one encoding; above all no member stands there twice.
  const claims = json.canonical(payloadBytes, 'payload', MAX_TOKEN_LENGTH);
  const rs = fromBase64url(signature, 'signature', SIGNATURE_BYTES, SIGNATURE_BYTES);
  const input = utf8(`${header}.${payload}`);
  return {
    result: readEar(claims),
    keyId,
    // The key settles the algorithm; the header only has to agree.
    signedBy: (key) => key.algorithm === algorithm && key.verify(input, rs),
  };
}

/**
 * Verifies a result in a JWT: signature by a trusted verifier, dates, nonce. Reads strictly: no unknown
 * members, one encoding of every byte string, and no status that is better than its vector.
 *
 * Reasons: `TOKEN_SIGNATURE_RIGHT`, `TOKEN_SIGNATURE_WRONG`, `TOKEN_SIGNATURE_NOT_CHECKED` (integrity);
 * `TOKEN_ISSUER_TRUSTED`, `TOKEN_ISSUER_UNKNOWN` (trust); `TOKEN_IN_FORCE`, `TOKEN_EXPIRED`,
 * `TOKEN_FROM_FUTURE`, `NONCE_MATCHES`, `NONCE_MISMATCH` (time).
 *
 * @example
 * ```ts
 * const verdict = verifyResultJwt(token, { keys: [{ publicKeyInfo }], time: new Date(), nonce });
 * if (isAccepted(verdict) && verdict.result.submodules.cpu0?.status === 'affirming') release();
 * ```
 * @throws {@link SmError} ERR_TEE_TOKEN_MALFORMED, ERR_TEE_OPTION_INVALID
 * @group Attestation
 */
export function verifyResultJwt(token: string, options: TokenOptions): TokenVerdict {
  return judgeToken(readJwt(token), options, tokenKeyId);
}

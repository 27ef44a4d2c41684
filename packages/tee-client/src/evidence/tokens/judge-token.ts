import { AspectBuilder, equalBytes, type Verdict } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import type { TrustedKey } from '../../spec/v1/attestation.ts';
import { type IssuerKey, issuerKey } from '../appraisal/issuer-keys.ts';
import type { AttestationResult } from './result.ts';

/** How far the verifier's clock may be ahead. */
const CLOCK_SKEW_MS = 60_000;

/** Options of `verifyResultJwt` and `verifyResultCwt`. @group Attestation */
export interface TokenOptions {
  /** Keys of verifiers that are trusted: SM2 or P-256. Each is good for its own algorithm only. */
  readonly keys: readonly TrustedKey[];
  /** Time of judgement. */
  readonly time: Date;
  /** The challenge the result has to answer. Without one freshness rests on the dates alone. */
  readonly nonce?: Uint8Array;
}

/**
 * Verdict on a token. The result is worth no more than the verdict; and a genuine token may carry a bad
 * result, so look at the status of each submodule too.
 *
 * @group Attestation
 */
export interface TokenVerdict extends Verdict {
  readonly result: AttestationResult;
}

/** A token taken apart, whatever its encoding. @internal */
export interface ReadToken {
  readonly result: AttestationResult;
  /** SM3 of the SubjectPublicKeyInfo the token names. */
  readonly keyId: Uint8Array;
  /** Whether `key` signed it with the algorithm the token names. */
  signedBy(key: IssuerKey): boolean;
}

function checkOptions({ time, keys }: TokenOptions): readonly IssuerKey[] {
  const invalid = (option: string) =>
    TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', { detail: `option=${option}` });
  if (!(time instanceof Date) || Number.isNaN(time.getTime())) throw invalid('time');
  return keys.map(({ publicKeyInfo }) => {
    const key = issuerKey(publicKeyInfo);
    if (key === undefined) throw invalid('keys');
    return key;
  });
}

function judgeTime(result: AttestationResult, { time, nonce }: TokenOptions): AspectBuilder {
  const aspect = new AspectBuilder();
  if (result.issuedAt.getTime() > time.getTime() + CLOCK_SKEW_MS) {
    aspect.fail('TOKEN_FROM_FUTURE', 'The result is dated in the future.', '证明结果的签发时间在未来。');
  } else if (time.getTime() >= result.expiresAt.getTime()) {
    aspect.fail('TOKEN_EXPIRED', 'The result has expired.', '证明结果已过期。');
  } else {
    aspect.pass('TOKEN_IN_FORCE', 'The result is in force.', '证明结果在有效期内。');
  }
  if (nonce === undefined) return aspect;
  if (result.nonce !== undefined && equalBytes(result.nonce, nonce)) {
    return aspect.pass('NONCE_MATCHES', 'The result answers the challenge.', '证明结果回应了挑战值。');
  }
  return aspect.fail(
    'NONCE_MISMATCH',
    'The result answers another challenge.',
    '证明结果应答的是其他挑战值。',
  );
}

/** Judges a token that was read. @throws {@link SmError} ERR_TEE_OPTION_INVALID @internal */
export function judgeToken(
  token: ReadToken,
  options: TokenOptions,
  keyIdOf: (key: IssuerKey) => Uint8Array,
): TokenVerdict {
  const key = checkOptions(options).find((one) => equalBytes(keyIdOf(one), token.keyId));
  const integrity = new AspectBuilder();
  const trust = new AspectBuilder();
  if (key === undefined) {
    integrity.doubt(
      'TOKEN_SIGNATURE_NOT_CHECKED',
      'The key that signed the result is not known.',
      '签署证明结果的密钥未知。',
    );
    trust.fail('TOKEN_ISSUER_UNKNOWN', 'The verifier is not a trusted one.', '验证方不受信任。');
  } else {
    trust.pass('TOKEN_ISSUER_TRUSTED', 'The verifier is a trusted one.', '验证方受信任。');
    if (token.signedBy(key)) {
      integrity.pass('TOKEN_SIGNATURE_RIGHT', 'The verifier signed the result.', '证明结果由验证方签名。');
    } else {
      integrity.fail(
        'TOKEN_SIGNATURE_WRONG',
        'The verifier did not sign the result.',
        '证明结果并非由验证方签名。',
      );
    }
  }
  return {
    integrity: integrity.build(),
    trust: trust.build(),
    time: judgeTime(token.result, options).build(),
    result: token.result,
  };
}

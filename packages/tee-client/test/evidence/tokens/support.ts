import { generateKeyPairSync } from 'node:crypto';
import { nodeSoftwareSigner, sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import { canonicalJson, fromUtf8, type JsonValue, sm2, utf8 } from '@cssi/sm-core';
import { appraise, policyDigest } from '../../../src/evidence/appraisal/index.ts';
import { signRaw } from '../../../src/evidence/appraisal/issuer-keys.ts';
import {
  type AttestationResult,
  attestationResult,
  issueResultJwt,
} from '../../../src/evidence/tokens/index.ts';
import { genuine, POLICY, TIME } from '../appraisal/support.ts';

export const signers = {
  SM2SM3: sm2SoftwareSigner(sm2.generateKeyPair()),
  ES256: nodeSoftwareSigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
} as const;
export const ALGORITHMS = ['SM2SM3', 'ES256'] as const;
export const NONCE = utf8('challenge of a relying party');
export const keys = ALGORITHMS.map((name) => ({ publicKeyInfo: signers[name].publicKeyInfo }));

/** A result on good evidence, or on what `changes` make of it. */
export function resultOf(
  changes: Parameters<typeof genuine>[0] = {},
  options: { readonly nonce?: Uint8Array } = { nonce: NONCE },
): AttestationResult {
  return attestationResult(
    { cpu0: appraise(genuine(changes), { time: TIME, policy: POLICY }) },
    {
      issuedAt: TIME,
      lifetimeSeconds: 300,
      verifier: { developer: 'https://example.org', build: 'verifier 1' },
      policy: policyDigest(POLICY),
      ...options,
    },
  );
}

/** Codes of all reasons of a verdict. */
export const codes = (verdict: {
  readonly integrity: { readonly reasons: readonly { readonly code: string }[] };
  readonly trust: { readonly reasons: readonly { readonly code: string }[] };
  readonly time: { readonly reasons: readonly { readonly code: string }[] };
}): readonly string[] =>
  [verdict.integrity, verdict.trust, verdict.time].flatMap(({ reasons }) => reasons.map(({ code }) => code));

export type Json = Record<string, unknown>;
/** Canonical where there is such a form, so that a token is refused for what it says and not for how. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return fromUtf8(canonicalJson(value as JsonValue));
  } catch {
    return JSON.stringify(value);
  }
}
export const encode = (value: unknown): string => Buffer.from(textOf(value)).toString('base64url');
export const decode = (part: string): Json => JSON.parse(Buffer.from(part, 'base64url').toString()) as Json;

/** A token whose claims (and header) were changed before it was signed: by a verifier gone wrong. */
export async function resigned(
  change: (claims: Json) => unknown,
  changeHeader: (header: Json) => unknown = (h) => h,
): Promise<string> {
  const token = await issueResultJwt(resultOf(), signers.SM2SM3);
  const [header = '', payload = ''] = token.split('.');
  const input = `${encode(changeHeader(decode(header)))}.${encode(change(decode(payload)))}`;
  return `${input}.${Buffer.from(await signRaw(signers.SM2SM3, utf8(input))).toString('base64url')}`;
}

import { toHex } from '@cssi/sm-core';
import type { Measurement } from '../../spec/v1/attestation.ts';
import type { StrictJson } from '../../spec/v1/strict-json.ts';
import type { DigestText } from './policy.ts';

const FORM = /^(?:(?:sm3|sha256):[0-9a-f]{64}|sha1:[0-9a-f]{40}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/;
const LONGEST = 7 + 128;

/** Reads a digest as text; its length must be the algorithm's. @internal */
export function readDigestText(json: StrictJson, value: unknown, name: string): DigestText {
  const text = json.text(value, name, LONGEST);
  // A value that no measurement can have would hide a mistake behind a plain refusal.
  if (!FORM.test(text)) return json.oneOf<never>(value, name, []);
  return text as DigestText;
}

/**
 * A measurement's value as text, the form policies and reference values have: `sm3:66c7f0f4…`.
 *
 * @group Attestation
 */
export function digestText({ algorithm, value }: Pick<Measurement, 'algorithm' | 'value'>): DigestText {
  return `${algorithm}:${toHex(value)}`;
}

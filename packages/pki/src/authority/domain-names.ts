import type { ApplicationRecord, DomainProof } from '../spec/v1/authority.ts';
import { checkDigest, checkInput, invalidField, refused } from './context.ts';

const MAX_NAMES = 64;
const MAX_CHARACTERS = 253;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const METHODS: readonly DomainProof['method'][] = ['dns', 'http', 'registry', 'document'];

/** A host name of at least two labels whose last one is no number, so that it is no address. */
function isHostName(name: string): boolean {
  const labels = name.split('.');
  const top = labels.at(-1) ?? '';
  const good = labels.length >= 2 && labels.every((label) => LABEL.test(label));
  return good && name.length <= MAX_CHARACTERS && !/^\d+$/.test(top);
}

/** In small letters, unless a character is not of ASCII: some of those have ASCII small letters. */
export const lowerAscii = (name: string): string | undefined =>
  /^[\x21-\x7e]*$/.test(name) ? name.toLowerCase() : undefined;

const baseOf = (name: string): string => (name.startsWith('*.') ? name.slice(2) : name);

/**
 * Names in small letters, each once. `*.` in front stands for one label.
 *
 * @throws SmError ERR_PKI_AUTHORITY_REFUSED
 */
export function checkDnsNames(names: unknown): readonly string[] {
  if (!Array.isArray(names) || names.length > MAX_NAMES) throw refused('dns-names');
  const lower = names.map((name) => {
    const small = typeof name === 'string' ? lowerAscii(name) : undefined;
    if (small === undefined || !isHostName(baseOf(small))) throw refused('dns-names');
    return small;
  });
  if (new Set(lower).size !== lower.length) throw refused('dns-names');
  return lower;
}

/** What a reviewer states about the control of a name. */
export interface DomainProofInput {
  /** Without `*.`. */
  readonly dnsName: string;
  /** `http` proves that one host; the others also prove the names below it. */
  readonly method: DomainProof['method'];
  readonly provenAt: Date;
  /** SM3 of what was seen, 32 bytes. */
  readonly evidence?: Uint8Array;
}

/** Proofs as they are recorded; none from the future. @throws SmError ERR_PKI_REQUEST_INVALID, ERR_PKI_AUTHORITY_REFUSED */
export function checkProofs(proofs: readonly DomainProofInput[], now: Date): readonly DomainProof[] {
  if (!Array.isArray(proofs) || proofs.length > MAX_NAMES) throw invalidField('domainProofs');
  return (proofs as readonly DomainProofInput[]).map((proof) => {
    checkInput(proof, 'domainProofs');
    const { dnsName, method, provenAt, evidence } = proof;
    const [name] = checkDnsNames([dnsName]);
    const timed = provenAt instanceof Date && provenAt.getTime() <= now.getTime();
    if (name === undefined || name.startsWith('*') || !METHODS.includes(method) || !timed) {
      throw invalidField('domainProofs');
    }
    const seen = evidence === undefined ? {} : { evidence: checkDigest(evidence, 'domainProofs') };
    return { dnsName: name, method, provenAt: provenAt.toISOString(), ...seen };
  });
}

function covers({ dnsName, method }: DomainProof, name: string): boolean {
  // A file on a web server shows that server and nothing about the names beside or below it.
  if (method === 'http') return name === dnsName;
  const base = baseOf(name);
  return base === dnsName || base.endsWith(`.${dnsName}`);
}

/** Is every name of the application covered by a reviewer's proof that is not older than `seconds`? */
export function isProven({ dnsNames, steps }: ApplicationRecord, now: Date, seconds: number): boolean {
  const oldest = now.getTime() - seconds * 1000;
  const proofs = steps.flatMap(({ domainProofs = [] }) => domainProofs);
  const fresh = proofs.filter(({ provenAt }) => Date.parse(provenAt) >= oldest);
  return dnsNames.every((name) => fresh.some((proof) => covers(proof, name)));
}

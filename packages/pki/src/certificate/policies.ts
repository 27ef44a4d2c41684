import { PKI_ERRORS } from '../errors.ts';
import { oidBytes, readOid } from '../internal/oids.ts';
import { DerProblem, expectTag, readAll, readOne, type Tlv } from '../internal/tlv.ts';
import { ia5String, oid, sequence } from '../internal/write.ts';
import type { CertificatePolicy, CertificateSpec } from '../spec/v1/certificate.ts';
import { OIDS } from '../spec/v1/oids.ts';
import { isRecord } from './known-fields.ts';
import { isUri } from './subject-alt-name.ts';
import { decodeText, printableAscii } from './text.ts';

const WHAT = 'certificate policies';
const MAX_POLICIES = 32;
const MAX_OID_BYTES = 64;

/** explicitText of a UserNotice, which comes after a noticeRef. */
function noticeText(qualifier: Tlv): string | undefined {
  if (qualifier.tag !== 0x30) return undefined;
  const text = readAll(qualifier.value).find(({ tag }) => tag !== 0x30);
  return text === undefined ? undefined : decodeText(text.tag, text.value);
}

function readPolicy(element: Tlv): CertificatePolicy {
  const [policy, qualifiers, ...rest] = readAll(expectTag(element, 0x30, WHAT).value);
  const id = readOid(policy, WHAT);
  if (rest.length > 0) throw new DerProblem(WHAT);
  const cpsUris: string[] = [];
  const notices: string[] = [];
  const list = qualifiers === undefined ? [] : readAll(expectTag(qualifiers, 0x30, WHAT).value);
  for (const qualifier of list) {
    const [kind, value] = readAll(expectTag(qualifier, 0x30, WHAT).value);
    const kindOid = readOid(kind, WHAT);
    if (value === undefined) throw new DerProblem(WHAT);
    const isCps = kindOid === OIDS.policyCps;
    const text = isCps ? printableAscii(value.value, 0x20) : noticeText(value);
    if (text !== undefined && isCps) cpsUris.push(text);
    else if (text !== undefined && kindOid === OIDS.policyUserNotice) notices.push(text);
  }
  return { oid: id, cpsUris, notices };
}

/** Reads the value of certificatePolicies; a policy must not come twice. */
export function decodePolicies(value: Uint8Array): readonly CertificatePolicy[] {
  const policies = readAll(readOne(value, 0x30).value).map(readPolicy);
  const distinct = new Set(policies.map((policy) => policy.oid));
  if (policies.length === 0 || distinct.size !== policies.length) throw new DerProblem(WHAT);
  return policies;
}

/** An object identifier in its text form that can be written. */
export function isOid(text: unknown): text is string {
  if (typeof text !== 'string' || text.length > 256 || !/^[0-2](?:\.(?:0|[1-9]\d{0,39}))+$/.test(text)) {
    return false;
  }
  const [first, second] = text.split('.');
  return (first === '2' || Number(second) < 40) && oidBytes(text).length <= MAX_OID_BYTES;
}

/**
 * Value of certificatePolicies; `undefined` without any.
 *
 * @throws SmError ERR_PKI_REQUEST_INVALID
 */
export function encodePolicies(policies: CertificateSpec['certificatePolicies']): Uint8Array | undefined {
  const invalid = () => PKI_ERRORS.create('ERR_PKI_REQUEST_INVALID', { detail: 'field=certificatePolicies' });
  const list: unknown = policies ?? [];
  if (!Array.isArray(list) || list.length > MAX_POLICIES) throw invalid();
  const seen = new Set<string>();
  const parts = list.map((entry: string | { readonly oid: string; readonly cpsUri?: string }) => {
    if (typeof entry !== 'string' && !isRecord(entry)) throw invalid();
    const { oid: id, cpsUri } = typeof entry === 'string' ? { oid: entry } : entry;
    if (!isOid(id) || seen.has(id)) throw invalid();
    seen.add(id);
    if (cpsUri === undefined) return sequence(oid(id));
    if (typeof cpsUri !== 'string' || !isUri(cpsUri)) throw invalid();
    return sequence(oid(id), sequence(sequence(oid(OIDS.policyCps), ia5String(cpsUri))));
  });
  return parts.length === 0 ? undefined : sequence(...parts);
}

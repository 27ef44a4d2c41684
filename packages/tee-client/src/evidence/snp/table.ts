import { type Certificate, type CertificateRevocationList, parseCertificate, parseCrl } from '@cssi/pki';
import { equalBytes, SmError } from '@cssi/sm-core';
import { ByteReader } from '../byte-reader.ts';
import { malformed } from '../malformed.ts';

/** Longest certificate table, in bytes: what Linux takes from a host, four times over. @internal */
export const MAX_SNP_TABLE_BYTES = 65_536;
const MAX_ENTRIES = 16;
const GUID_BYTES = 16;
const ENTRY_BYTES = GUID_BYTES + 8;

const guid = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll('-', ''), 'hex'));

/**
 * What an entry of a certificate table is.
 *
 * @standard AMD 56421 §4.1.8
 * @internal
 */
const SNP_TABLE_GUIDS = {
  vcek: /* @__PURE__ */ guid('63da758d-e664-4564-adc5-f4b93be8accd'),
  vlek: /* @__PURE__ */ guid('a8074bc2-a25a-483e-aae6-39c045a0b8a1'),
  ask: /* @__PURE__ */ guid('4ab7b379-bbac-4fe4-a02f-05aef327c782'),
  ark: /* @__PURE__ */ guid('c0b406a4-a803-4952-9743-3fb6014cd0ae'),
  crl: /* @__PURE__ */ guid('92f81bc3-5811-4d3d-97ff-d19f88dc67ea'),
} as const;
/** What a host puts behind a report, by name. @group Attestation */
export type SnpTableEntryName = 'vcek' | 'vlek' | 'ask' | 'ark' | 'crl';

const NAMES = Object.keys(SNP_TABLE_GUIDS) as SnpTableEntryName[];

/** What a host put beside a report; nothing of it is trusted. @internal */
export interface SnpTable {
  readonly certificates: readonly Certificate[];
  readonly crls: readonly CertificateRevocationList[];
}

function coded<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof SmError)) throw cause;
    throw malformed(name, cause);
  }
}

interface Entry {
  readonly id: Uint8Array;
  readonly contents: Uint8Array;
}

function readEntries(bytes: Uint8Array): Entry[] {
  const reader = new ByteReader(bytes, 'snp-table');
  const entries: Entry[] = [];
  for (;;) {
    const id = reader.bytes(GUID_BYTES);
    const [offset, length] = [reader.u32(), reader.u32()];
    if (id.every((byte) => byte === 0)) {
      if (offset !== 0 || length !== 0) throw malformed('snp-table-end');
      break;
    }
    if (entries.length === MAX_ENTRIES) throw malformed('snp-table-entries');
    if (entries.some((other) => equalBytes(other.id, id))) throw malformed('snp-table-twice');
    if (offset + length > bytes.length) throw malformed('snp-table-offset');

    entries.push({ id, contents: bytes.subarray(offset, offset + length) });
  }
  const header = reader.at;
  if (entries.some(({ contents }) => contents.byteOffset - bytes.byteOffset < header)) {
    throw malformed('snp-table-offset');
  }
  return entries;
}

/**
 * Reads the certificate table a host gives with an extended report: certificates in DER under the names
 * AMD gave them. Entries of other names are left alone.
 *
 * @standard AMD 56421 §4.1.8
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @internal
 */
export function parseSnpTable(bytes: Uint8Array): SnpTable {
  if (bytes.length > MAX_SNP_TABLE_BYTES) throw malformed('snp-table-length');
  const certificates: Certificate[] = [];
  const crls: CertificateRevocationList[] = [];
  for (const { id, contents } of readEntries(bytes)) {
    const name = NAMES.find((known) => equalBytes(SNP_TABLE_GUIDS[known], id));
    if (name === undefined) continue;
    if (name === 'crl') crls.push(coded('snp-table-crl', () => parseCrl(contents)));
    else certificates.push(coded(`snp-table-${name}`, () => parseCertificate(contents)));
  }
  return { certificates, crls };
}

/** Whether bytes begin with an entry or the end of a table. @internal */
export function looksLikeSnpTable(bytes: Uint8Array): boolean {
  if (bytes.length < ENTRY_BYTES || bytes.length > MAX_SNP_TABLE_BYTES) return false;
  const first = bytes.subarray(0, GUID_BYTES);
  return first.every((byte) => byte === 0) || NAMES.some((name) => equalBytes(SNP_TABLE_GUIDS[name], first));
}

/**
 * Writes a certificate table.
 *
 * @internal
 */
export function encodeSnpTable(entries: readonly (readonly [SnpTableEntryName, Uint8Array])[]): Uint8Array {
  const header = ENTRY_BYTES * (entries.length + 1);
  const out = new Uint8Array(entries.reduce((sum, [, der]) => sum + der.length, header));
  const view = new DataView(out.buffer);
  let at = header;
  entries.forEach(([name, der], index) => {
    const entry = index * ENTRY_BYTES;
    out.set(SNP_TABLE_GUIDS[name], entry);
    view.setUint32(entry + GUID_BYTES, at, true);
    view.setUint32(entry + GUID_BYTES + 4, der.length, true);
    out.set(der, at);
    at += der.length;
  });
  return out;
}

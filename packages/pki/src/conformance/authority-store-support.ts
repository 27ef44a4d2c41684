import { randomBytes, toHex } from '@cssi/sm-core';
import {
  type CaseContext,
  type ConformanceCase,
  ConformanceFailure,
  expectTrue,
} from '@cssi/sm-core/conformance';
import type {
  ApplicationRecord,
  AuthorityStore,
  CertificateRecord,
  CrlRecord,
  RevocationRecord,
} from '../spec/v1/authority.ts';

/** What the suite of {@link AuthorityStore} runs on. */
export interface AuthorityStoreSubject {
  /** An empty store that nobody else uses. */
  create(): Promise<AuthorityStore>;
  /** Closes the store and opens what it has written; for the capability `durable`; also one that was reopened. */
  reopen?(store: AuthorityStore): Promise<AuthorityStore>;
}

/** A case that gets a store of its own, which is closed afterwards. */
export function storeCase(
  id: string,
  run: (store: AuthorityStore, context: CaseContext) => Promise<void>,
): ConformanceCase<AuthorityStoreSubject> {
  return {
    id: `authority-store.${id}`,
    clause: 'AuthorityStore v1 [part of TCCIA-021]',
    level: 'MUST',
    async run(subject, context) {
      const store = await subject.create();
      try {
        await run(store, context);
      } finally {
        await store.close();
      }
    },
  };
}

/** A serial number that nothing else has. */
export function freshSerial(): Uint8Array {
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x3f) | 0x40;
  return serial;
}

export function application(
  context: CaseContext,
  changes: Partial<ApplicationRecord> = {},
): ApplicationRecord {
  const at = context.now.toISOString();
  return {
    id: toHex(randomBytes(16)),
    revision: 1,
    state: 'submitted',
    profile: 'domain',
    pair: true,
    csr: context.bytes('csr', 300),
    csrDigest: randomBytes(32),
    subject: { commonName: 'www.示例.cn', organization: '示例"机构\\n\n', country: 'CN' },
    identity: { tax: '91110000MA01', person: { document: 'passport', number: 'E1' } },
    dnsNames: ['www.example.cn', '*.example.cn'],
    evidence: context.bytes('evidence', 32),
    applicant: 'applicant@example.cn',
    submittedAt: at,
    expiresAt: at,
    steps: [
      { step: 'apply', at, by: 'applicant@example.cn' },
      {
        step: 'approve',
        at,
        by: 'reviewer',
        note: '已核验',
        domainProofs: [
          {
            dnsName: 'example.cn',
            method: 'dns',
            provenAt: at,
            evidence: context.bytes('proof', 32),
          },
        ],
      },
    ],
    serials: [freshSerial(), freshSerial()],
    notBefore: at,
    notAfter: at,
    ...changes,
  };
}

export function certificate(
  context: CaseContext,
  changes: Partial<CertificateRecord> = {},
): CertificateRecord {
  return {
    serial: freshSerial(),
    der: context.bytes('der', 700),
    keyDigest: randomBytes(32),
    holderDigest: randomBytes(32),
    profile: 'person',
    issuedAt: context.now.toISOString(),
    notAfter: context.now.toISOString(),
    applicationId: 'a1',
    partner: freshSerial(),
    delivery: { format: 'sm2-enveloped-key', bytes: context.bytes('delivery', 250) },
    ...changes,
  };
}

export function revocation(context: CaseContext, changes: Partial<RevocationRecord> = {}): RevocationRecord {
  const at = context.now.toISOString();
  return {
    serial: freshSerial(),
    revision: 1,
    status: 'revoked',
    reason: 'keyCompromise',
    revokedAt: at,
    invalidityDate: at,
    changedAt: at,
    notAfter: at,
    ...changes,
  };
}

export const crl = (context: CaseContext, number: number, base?: number): CrlRecord => ({
  number,
  sequence: 0,
  ...(base === undefined ? {} : { base }),
  thisUpdate: context.now.toISOString(),
  der: context.bytes(`crl ${number}`, 200),
});

/** Order of members does not matter; bytes compare as hex. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `bytes ${toHex(value)}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, item]) => [name, plain(item)] as const);
  return entries.filter(([, item]) => item !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
}

export function expectSame(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [JSON.stringify(plain(actual)), JSON.stringify(plain(expected))];
  if (got !== wanted) throw new ConformanceFailure(`${what}: got ${got}, expected ${wanted}`);
}

/** How many of the results equal `value`. */
export const countOf = (results: readonly unknown[], value: unknown): number =>
  results.filter((result) => result === value).length;

/** Fills every byte array of a record, also deep inside. */
export function scribble(value: unknown): void {
  if (value instanceof Uint8Array) value.fill(0xee);
  else if (typeof value === 'object' && value !== null) Object.values(value).forEach(scribble);
}

/** Adds the certificate, which must be new. */
export async function add(store: AuthorityStore, record: CertificateRecord): Promise<CertificateRecord> {
  expectTrue((await store.insertCertificates([record])) === 'inserted', 'a new certificate is refused');
  return record;
}

import { parseCertificateRequest } from '@cssi/pki';
import type { ApplicationRecord, RevocationRecord } from '@cssi/pki/authority';
import { type JsonValue, sm3, toHex } from '@cssi/sm-core';
import { type Entry, entry, group, label } from './entry.ts';
import { toJson } from './inspected.ts';
import { labelIn, PERSONAL_KINDS, REASONS } from './labels.ts';
import { type Privacy, personal, subjectText } from './names.ts';
import { masked } from './text.ts';

const STATES = {
  submitted: label('已提交，待审核', 'submitted, to be reviewed'),
  approved: label('已审核，待签发', 'approved, to be issued'),
  rejected: label('已驳回', 'rejected'),
  issuing: label('签发中', 'being issued'),
  issued: label('已签发', 'issued'),
  expired: label('已过期', 'expired'),
} as const;

/** SM3 of the key that was asked to be certified; the CA read the request when it came in. */
function keySm3({ csr }: ApplicationRecord): string {
  const request = parseCertificateRequest(csr);
  request.challengePassword?.destroy();
  return toHex(sm3(request.publicKeyInfo));
}

function identityTexts({ identity }: ApplicationRecord, privacy: Privacy): string[] {
  return Object.entries(identity ?? {}).flatMap(([kind, value]) => {
    const text =
      typeof value === 'string' ? value : String((value as { readonly number?: string }).number ?? '');
    const hide = PERSONAL_KINDS.has(kind) && !privacy.showIdentity;
    return [`${kind}: ${hide ? masked(text) : personal(text, privacy)}`];
  });
}

/** Text of a person, with its ends told. */
const quoted = (text: string): string => JSON.stringify(text);

/** An application as people read it. */
export const applicationEntries = (record: ApplicationRecord, privacy: Privacy): Entry[] => [
  ...entry(label('申请编号', 'Application'), record.id),
  ...entry(label('状态', 'State'), STATES[record.state]),
  ...entry(label('模板', 'Profile'), record.pair ? `${record.profile} (pair 双证书)` : record.profile),
  ...entry(label('申请者', 'Applicant'), personal(record.applicant, privacy)),
  ...entry(label('主题', 'Subject'), subjectText(record.subject, privacy)),
  ...entry(label('公钥 SM3', 'Public key SM3'), keySm3(record)),
  ...entry(label('实体标识', 'Identity'), identityTexts(record, privacy)),
  ...entry(label('域名', 'Host names'), record.dnsNames),
  ...entry(label('提交时间', 'Submitted'), record.submittedAt),
  ...entry(label('截止时间', 'Ends'), record.expiresAt),
  ...group(
    label('办理记录', 'Steps'),
    record.steps.map(({ step, at, by, note }) => ({
      label: `${at} ${step}`,
      value: [by ?? '', ...(note === undefined ? [] : [quoted(note)])].map((text) => personal(text, privacy)),
    })),
  ),
  ...entry(
    label('证书序列号', 'Serial numbers'),
    record.serials.map((serial) => toHex(serial)),
  ),
];

/** An application for JSON. */
export const applicationJson = (record: ApplicationRecord, privacy: Privacy): JsonValue => ({
  id: record.id,
  state: record.state,
  profile: record.profile,
  pair: record.pair,
  applicant: personal(record.applicant, privacy),
  subject: toJson(record.subject, privacy),
  subjectText: subjectText(record.subject, privacy),
  publicKeySm3: keySm3(record),
  identity: identityTexts(record, privacy),
  dnsNames: [...record.dnsNames],
  submittedAt: record.submittedAt,
  expiresAt: record.expiresAt,
  steps: record.steps.map(({ step, at, by, note }) => ({
    step,
    at,
    by: toJson(by, privacy),
    note: toJson(note, privacy),
  })),
  serials: record.serials.map((serial) => toHex(serial)),
});

/** A revocation as people read it. */
export const revocationEntries = (record: RevocationRecord): Entry[] => [
  ...entry(label('证书序列号', 'Serial number'), toHex(record.serial)),
  ...entry(label('状态', 'Status'), record.status),
  ...entry(label('原因', 'Reason'), labelIn(REASONS, record.reason)),
  ...entry(label('吊销时间', 'Revoked at'), record.revokedAt),
  ...entry(label('失效自', 'Invalid since'), record.invalidityDate),
];

/** A revocation for JSON. */
export const revocationJson = (record: RevocationRecord): JsonValue => ({
  serial: toHex(record.serial),
  status: record.status,
  reason: record.reason,
  revokedAt: record.revokedAt,
  invalidityDate: record.invalidityDate ?? null,
});

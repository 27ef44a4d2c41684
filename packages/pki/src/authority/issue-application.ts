import { sm3 } from '@cssi/sm-core';
import { encodeName } from '../certificate/names.ts';
import { parseCertificateRequest } from '../request/parse-request.ts';
import type { ApplicationRecord, CertificateRecord, KeyDeliveryFormat } from '../spec/v1/authority.ts';
import { canonicalKey, checkKeyHistory } from './applicant-key.ts';
import { profileOf } from './application-input.ts';
import { advance, open, replace } from './applications.ts';
import { type AuthorityContext, after, checkActor, invalidField, nowOf, workingTime } from './context.ts';
import {
  type CertificateOrder,
  drawSerial,
  type IssuedCertificates,
  issuedOf,
  makeCertificate,
  makePair,
  recordOf,
  storeCertificates,
} from './issuing.ts';
import type { ApplicationProfile } from './policy.ts';
import { stateProblem } from './records.ts';

const DAY_SECONDS = 86_400;

/** How an application is issued. */
export interface IssueInput {
  /** Whoever has it issued, for the record. */
  readonly operator?: string;
  /** How the encryption key of a pair travels; `sm2-enveloped-key` when left out. */
  readonly delivery?: KeyDeliveryFormat;
}

/** @throws SmError ERR_PKI_REQUEST_INVALID, ERR_PKI_AUTHORITY_STATE */
export function checkDelivery(
  { deliverySigner }: AuthorityContext,
  format: KeyDeliveryFormat = 'sm2-enveloped-key',
): KeyDeliveryFormat {
  // Found out before serial numbers are drawn.
  if (format === 'signed-and-enveloped' && deliverySigner === undefined)
    throw stateProblem('delivery-signer');
  if (format !== 'sm2-enveloped-key' && format !== 'signed-and-enveloped') throw invalidField('delivery');
  return format;
}

/** The end of a validity of so many days, never beyond the authority's own. */
export function endOf({ certificate }: AuthorityContext, from: Date, days: number): Date {
  const end = after(from, days * DAY_SECONDS);
  return new Date(Math.min(end.getTime(), certificate.notAfter.getTime()));
}

/**
 * Draws serial numbers and validity and writes them down before anything is signed, so that an
 * authority that is killed while it issues goes on with the same ones and makes no second
 * certificate.
 */
async function begin(
  context: AuthorityContext,
  record: ApplicationRecord,
  { days }: ApplicationProfile,
  operator: string | undefined,
): Promise<ApplicationRecord> {
  const now = workingTime(context);
  const serials = [await drawSerial(context)];
  if (record.pair) serials.push(await drawSerial(context));
  const by = operator === undefined ? {} : { by: operator };
  return replace(
    context,
    advance(
      record,
      { step: 'issuing', at: now.toISOString(), ...by },
      {
        state: 'issuing',
        serials,
        notBefore: now.toISOString(),
        notAfter: endOf(context, now, days).toISOString(),
      },
    ),
  );
}

function orderOf(record: ApplicationRecord, { certificate, pair }: ApplicationProfile): CertificateOrder {
  const { subject, identity, dnsNames, csr, notBefore, notAfter } = record;
  if (notBefore === undefined || notAfter === undefined) throw stateProblem('store-damaged');
  const profile = record.pair ? pair?.signing : certificate;
  if (profile === undefined) throw stateProblem('profile');
  return {
    subject,
    publicKeyInfo: canonicalKey(parseCertificateRequest(csr).publicKeyInfo),
    profile,
    dnsNames,
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    ...(identity === undefined ? {} : { identity }),
  };
}

/** Certificates of an application that are stored already: none or all. */
async function storedOf(
  { store }: AuthorityContext,
  { serials, id }: ApplicationRecord,
): Promise<readonly CertificateRecord[]> {
  const found = await Promise.all(serials.map((serial) => store.findCertificate(serial)));
  const records = found.filter((record) => record !== undefined);
  if (records.some(({ applicationId }) => applicationId !== id)) throw stateProblem('serial');
  return records;
}

async function make(
  context: AuthorityContext,
  record: ApplicationRecord,
  rules: ApplicationProfile,
  format: KeyDeliveryFormat,
): Promise<readonly CertificateRecord[]> {
  const order = orderOf(record, rules);
  await checkKeyHistory(context, order.publicKeyInfo, sm3(encodeName(record.subject)));
  const [first, second] = record.serials;
  if (first === undefined) throw stateProblem('store-damaged');
  const applicationId = record.id;
  if (!record.pair) {
    const certificate = await makeCertificate(context, order, first);
    return [recordOf(certificate, order.profile, workingTime(context), { applicationId })];
  }
  const encryption = rules.pair?.encryption;
  if (second === undefined || encryption === undefined) throw stateProblem('profile');
  return makePair(context, { order, encryption, format, serials: [first, second], applicationId });
}

/** Makes and stores the certificates unless somebody else just did. */
async function makeOnce(
  context: AuthorityContext,
  record: ApplicationRecord,
  rules: ApplicationProfile,
  format: KeyDeliveryFormat,
): Promise<readonly CertificateRecord[]> {
  const stored = await storedOf(context, record);
  if (stored.length > 0) return stored;
  const made = await make(context, record, rules, format);
  try {
    await storeCertificates(context, made);
    return made;
  } catch (error) {
    const others = await storedOf(context, record);
    if (others.length === 0) throw error;
    return others;
  }
}

/** Issues an approved application, or goes on where an earlier call was killed. */
export async function issue(
  context: AuthorityContext,
  id: string,
  input: IssueInput = {},
): Promise<IssuedCertificates> {
  const operator = input.operator === undefined ? undefined : checkActor(input.operator, 'operator');
  const format = checkDelivery(context, input.delivery);
  workingTime(context);
  const approved = await open(context, id, ['approved', 'issuing']);
  const rules = profileOf(context, approved.profile, approved.pair);
  const record = approved.state === 'issuing' ? approved : await begin(context, approved, rules, operator);
  const records = await makeOnce(context, record, rules, format);
  const by = operator === undefined ? {} : { by: operator };
  const done = advance(
    record,
    { step: 'issue', at: nowOf(context).toISOString(), ...by },
    { state: 'issued' },
  );
  // Refused when another call has noted the same already; the certificates are out either way.
  await context.store.replaceApplication(done);
  return issuedOf(records);
}

/** The certificates of an issued application once more. */
export async function collect(context: AuthorityContext, id: string): Promise<IssuedCertificates> {
  return issuedOf(await storedOf(context, await open(context, id, ['issued'])));
}

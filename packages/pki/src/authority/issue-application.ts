import { sm3 } from '@cssi/sm-core';
import { encodeName } from '../certificate/names.ts';
import { parseCertificateRequest } from '../request/parse-request.ts';
import type { ApplicationRecord, CertificateRecord, KeyDeliveryFormat } from '../spec/v1/authority.ts';
import { canonicalKey, checkKeyHistory } from './applicant-key.ts';
import { profileOf } from './application-input.ts';
import { advance, checkId, finish, open, replace, storedOf, turnOf } from './application-state.ts';
import {
  type AuthorityContext,
  after,
  checkActor,
  checkInput,
  invalidField,
  nowOf,
  refused,
  workingTime,
} from './context.ts';
import { isProven } from './domain-names.ts';
import {
  type CertificateOrder,
  drawSerial,
  type IssuedCertificates,
  insertCertificates,
  issuedOf,
  makeCertificate,
  makePair,
  recordOf,
  refuseLostKey,
} from './issuing.ts';
import type { ApplicationProfile } from './policy.ts';
import { stateProblem } from './records.ts';
import { inTurn } from './turns.ts';

const DAY_SECONDS = 86_400;

/** How an application is issued. */
export interface IssueInput {
  /** Whoever has it issued, for the record. */
  readonly operator?: string;
  /**
   * How the encryption key of a pair travels; `sm2-enveloped-key` when left out. An issue that
   * goes on where an earlier one was cut off must name the same or nothing.
   */
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

/** Proofs of control that the review went by may have become too old since. */
function checkProven(
  { policy }: AuthorityContext,
  record: ApplicationRecord,
  { kind }: ApplicationProfile,
  now: Date,
): void {
  if (kind === 'domain' && !isProven(record, now, policy.domainProofSeconds)) throw refused('domain-control');
}

/**
 * Draws serial numbers and validity and writes them down before anything is signed, so that an
 * authority that is killed while it issues goes on with the same ones and makes no second
 * certificate.
 */
async function begin(
  context: AuthorityContext,
  record: ApplicationRecord,
  rules: ApplicationProfile,
  operator: string | undefined,
): Promise<ApplicationRecord> {
  const now = workingTime(context);
  checkProven(context, record, rules, now);
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
        notAfter: endOf(context, now, rules.days).toISOString(),
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

async function make(
  context: AuthorityContext,
  record: ApplicationRecord,
  rules: ApplicationProfile,
  format: KeyDeliveryFormat,
): Promise<readonly CertificateRecord[]> {
  checkProven(context, record, rules, workingTime(context));
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

/** Makes and stores the certificates unless that was done before. */
async function makeOnce(
  context: AuthorityContext,
  record: ApplicationRecord,
  rules: ApplicationProfile,
  format: KeyDeliveryFormat,
): Promise<readonly CertificateRecord[]> {
  let records = await storedOf(context, record);
  if (records.length === 0) {
    const made = await make(context, record, rules, format);
    try {
      await insertCertificates(context, made);
      records = made;
    } catch (error) {
      records = await storedOf(context, record);
      if (records.length === 0) throw error;
    }
  }
  await refuseLostKey(context, records);
  return records;
}

/** The key of stored certificates travels as it did the first time. */
function issuedAs(
  records: readonly CertificateRecord[],
  asked: KeyDeliveryFormat | undefined,
): IssuedCertificates {
  const issued = issuedOf(records);
  const format = issued.encryption?.delivery.format ?? asked;
  if (asked !== undefined && asked !== format) throw invalidField('delivery');
  return issued;
}

async function issueNow(
  context: AuthorityContext,
  id: string,
  { delivery, operator }: IssueInput,
  waited: boolean,
): Promise<IssuedCertificates> {
  const format = checkDelivery(context, delivery);
  workingTime(context);
  // Whoever had to wait for another call for the same application gets what that one made.
  const found = await open(context, id, ['approved', 'issuing', ...(waited ? (['issued'] as const) : [])]);
  if (found.state === 'issued') return issuedAs(await storedOf(context, found), delivery);
  const rules = profileOf(context, found.profile, found.pair);
  const record = found.state === 'issuing' ? found : await begin(context, found, rules, operator);
  const records = await makeOnce(context, record, rules, format);
  const issued = issuedAs(records, delivery);
  const by = operator === undefined ? {} : { by: operator };
  await finish(context, record, { step: 'issue', at: nowOf(context).toISOString(), ...by });
  return issued;
}

/** Issues an approved application, or goes on where an earlier call was killed. */
export async function issue(
  context: AuthorityContext,
  id: string,
  input: IssueInput = {},
): Promise<IssuedCertificates> {
  checkInput(input);
  const { delivery } = input;
  const operator = input.operator === undefined ? {} : { operator: checkActor(input.operator, 'operator') };
  const own = { ...operator, ...(delivery === undefined ? {} : { delivery }) };
  // One at a time: two at once would draw and escrow two keys for one certificate.
  return inTurn(context.store, turnOf(checkId(id)), (waited) => issueNow(context, id, own, waited));
}

/** The certificates of an issued application once more. */
export async function collect(context: AuthorityContext, id: string): Promise<IssuedCertificates> {
  return inTurn(context.store, turnOf(checkId(id)), async () =>
    issuedOf(await storedOf(context, await open(context, id, ['issued']))),
  );
}

import { Cursor } from '../internal/cursor.ts';
import type { FindingLog } from '../internal/finding-log.ts';
import { DerProblem, expectTag, readEnumerated, readOne, type Tlv } from '../internal/tlv.ts';
import type { OcspSingleResponse } from '../spec/v1/ocsp.ts';
import { OIDS } from '../spec/v1/oids.ts';
import type { RevocationFacts } from '../spec/v1/revocation.ts';
import { readCertId } from './cert-id.ts';
import { ExtensionList } from './extensions.ts';
import { timeAt } from './fast-time.ts';
import { reasonOfCode } from './reasons.ts';

/** Extensions of one answer that are evaluated or, like reason and invalidity date, add to it. */
const KNOWN: ReadonlySet<string> = new Set<string>([
  OIDS.ocspArchiveCutoff,
  OIDS.crlReason,
  OIDS.invalidityDate,
]);

/** A GeneralizedTime of whole seconds. */
export function readGeneralized(element: Tlv | undefined, what: string): Date {
  const { tag, value } = expectTag(element, 0x18, what);
  return new Date(timeAt(value, tag, 0, value.length));
}

function readRevokedInfo(element: Tlv): RevocationFacts {
  const cursor = new Cursor(element.value);
  const revocationDate = readGeneralized(cursor.next('revocationTime'), 'revocationTime');
  const reason = cursor.maybe(0xa0);
  cursor.end('revokedInfo');
  if (reason === undefined) return { revocationDate, reason: 'unspecified', reasonStated: false };
  return { revocationDate, reason: reasonOfCode(readEnumerated(readOne(reason.value, 0x0a), 'reason')) };
}

/** good `[0]` NULL, revoked `[1]`, unknown `[2]` NULL, all implicit. */
function readStatus(element: Tlv): Pick<OcspSingleResponse, 'status' | 'revocation'> {
  const empty = element.value.length === 0;
  if (element.tag === 0x80 && empty) return { status: 'good' };
  if (element.tag === 0x82 && empty) return { status: 'unknown' };
  if (element.tag === 0xa1) return { status: 'revoked', revocation: readRevokedInfo(element) };
  throw new DerProblem('certStatus');
}

/** @standard RFC 6960 §4.2.1 */
export function readSingleResponse(element: Tlv, log: FindingLog): OcspSingleResponse {
  const cursor = new Cursor(expectTag(element, 0x30, 'singleResponse').value);
  const certId = readCertId(cursor.next('certID'), log);
  const status = readStatus(cursor.next('certStatus'));
  const thisUpdate = readGeneralized(cursor.next('thisUpdate'), 'thisUpdate');
  const next = cursor.maybe(0xa0);
  const extensions = new ExtensionList(cursor.maybe(0xa1), 'singleExtensions', log);
  cursor.end('singleResponse');
  const time = (value: Uint8Array) => readGeneralized(readOne(value, 0x18), 'extension time');
  const archiveCutoff = extensions.read(OIDS.ocspArchiveCutoff, time);
  const invalidityDate = extensions.read(OIDS.invalidityDate, time);
  const { revocation } = status;
  return {
    certId,
    ...status,
    ...(revocation === undefined || invalidityDate === undefined
      ? {}
      : { revocation: { ...revocation, invalidityDate } }),
    thisUpdate,
    ...(next === undefined ? {} : { nextUpdate: readGeneralized(readOne(next.value, 0x18), 'nextUpdate') }),
    ...(archiveCutoff === undefined ? {} : { archiveCutoff }),
    unknownCritical: extensions.unknownCritical(KNOWN),
  };
}

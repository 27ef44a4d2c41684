import { equalBytes, fromHex } from '@cssi/sm-core';
import { readFileBytes } from '../audit/folder.ts';
import { readLines } from '../audit/lines.ts';
import { isWanted } from '../audit/query.ts';
import { AUDIT_MAX_LINE_BYTES, chainHash, decodeRecord, splitLine } from '../audit/record.ts';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import type { AuditPage, AuditQuery, AuditRecord } from '../spec/v1/audit.ts';
import type { SegmentState } from './file-audit-recovery.ts';

/** Most records one call looks at, so that a rare tenant does not make it read the whole log. */
const MAX_SCANNED = 20_000;

const tampered = (sequence: number) =>
  SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_TAMPERED', { detail: `reason=read sequence=${sequence}` });

/**
 * Reads a page of the durable records. Each record handed out is checked against the hash of
 * the one before it, so an edit under a running server shows at the next reading.
 *
 * @throws SmError ERR_AUDIT_TAMPERED, ERR_AUDIT_READ_FAILED
 */
export async function readPage(
  segments: readonly SegmentState[],
  size: number,
  query: AuditQuery,
): Promise<AuditPage> {
  const { fromSequence, limit } = query;
  const records: AuditRecord[] = [];
  let at = fromSequence;
  if (at >= size) return { records, nextSequence: undefined };
  const first = segments.findLastIndex((segment) => segment.firstSequence <= at);
  for (const segment of segments.slice(Math.max(0, first))) {
    let sequence = segment.firstSequence;
    let previous = segment.previousHash;
    for await (const line of readLines(readFileBytes(segment.path), AUDIT_MAX_LINE_BYTES)) {
      if (at >= size || records.length >= limit || at - fromSequence >= MAX_SCANNED) break;
      const parts = line.complete && !line.tooLong ? splitLine(line.bytes) : undefined;
      if (parts === undefined) throw tampered(sequence);
      if (sequence === at) {
        const record = decodeRecord(parts.hash, parts.record);
        if (record?.sequence !== at) throw tampered(at);
        if (isWanted(record, query)) {
          if (!equalBytes(chainHash(fromHex(previous), parts.record), fromHex(parts.hash)))
            throw tampered(at);
          records.push(record);
        }
        at++;
      }
      previous = parts.hash;
      sequence++;
    }
    if (at >= size || records.length >= limit || at - fromSequence >= MAX_SCANNED) break;
  }
  const stoppedEarly = records.length >= limit || at - fromSequence >= MAX_SCANNED;
  // Fewer records in the files than were made durable: something was cut off.
  if (at < size && !stoppedEarly) throw tampered(at);
  return { records, nextSequence: at < size ? at : undefined };
}

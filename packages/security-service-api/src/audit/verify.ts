import type { Certificate } from '@cssi/pki';
import { AspectBuilder } from '@cssi/sm-core';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import type { SignedCheckpoint } from '../spec/v1/audit.ts';
import { CheckpointJudge, CheckpointReader } from './checkpoint-judge.ts';
import { type ByteStream, readLines } from './lines.ts';
import { AUDIT_MAX_LINE_BYTES } from './record.ts';
import { AuditReplay, type RecordProblem } from './replay.ts';
import type { AuditVerdict } from './verdict.ts';

/** What {@link verifyAuditLog} works on. */
export interface VerifyAuditOptions {
  /** The segments in order, each a stream of its bytes. */
  readonly segments: AsyncIterable<ByteStream> | Iterable<ByteStream>;
  /** The stored checkpoints, one JSON object per line. */
  readonly checkpoints: ByteStream;
  /**
   * Keys whose signatures count: certificates, or SubjectPublicKeyInfo in DER. Whether a
   * certificate leads to an anchor is the caller's question (`verifyCertificatePath`).
   */
  readonly keys?: readonly (Certificate | Uint8Array)[];
  /** A checkpoint that was kept where the host cannot reach it. */
  readonly trustedCheckpoint?: SignedCheckpoint;
  /** Name the log must have; otherwise that of the first checkpoint. */
  readonly origin?: string;
}

const PROBLEMS: Readonly<Record<RecordProblem, readonly [string, string, string]>> = {
  malformed: ['AUDIT_RECORD_MALFORMED', 'A line is not a record.', '存在无法识别的记录行。'],
  missing: ['AUDIT_RECORD_MISSING', 'A record is missing or out of place.', '记录缺失或次序错误。'],
  repeated: ['AUDIT_RECORD_REPEATED', 'A record stands twice or out of place.', '记录重复或次序错误。'],
  altered: [
    'AUDIT_RECORD_ALTERED',
    'A record does not follow from the one before.',
    '记录与前一条记录的链接不符。',
  ],
};

/**
 * Checks an audit log off line: chain, tree, signatures and, given a checkpoint that was kept
 * elsewhere, truncation. Reads each byte once and holds no more than a line and a chunk.
 *
 * @standard T/TCCIA 0002-2022 §8.2
 * @throws {@link SmError} ERR_AUDIT_OPTION_INVALID when the checkpoint kept elsewhere is of another
 * log; errors of the streams as they are
 */
export async function verifyAuditLog(options: VerifyAuditOptions): Promise<AuditVerdict> {
  const judge = new CheckpointJudge(options.keys ?? []);
  const reader = new CheckpointReader(options.checkpoints);
  const trusted = options.trustedCheckpoint;
  await reader.advance(judge, options.origin);
  const origin = options.origin ?? reader.next?.checkpoint.origin ?? trusted?.checkpoint.origin;
  if (trusted !== undefined && trusted.checkpoint.origin !== origin) {
    throw SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_OPTION_INVALID', {
      detail: 'option=trustedCheckpoint reason=origin',
    });
  }

  const chain = new AspectBuilder();
  const replay = new AuditReplay(origin);
  if (origin === undefined) {
    chain.doubt('AUDIT_ORIGIN_UNKNOWN', 'The name of the log is not known.', '未知日志名称。');
  }
  let trustedMatches = false;
  const reached = async () => {
    if (trusted?.checkpoint.size === replay.size) trustedMatches = replay.agrees(trusted.checkpoint);
    while (reader.next !== undefined && reader.next.checkpoint.size === replay.size) {
      judge.judge(reader.next, replay);
      await reader.advance(judge, origin);
    }
  };

  await reached();
  const bad = await replayAll(options.segments, replay, chain, reached);
  while (reader.next !== undefined) {
    judge.beyond(reader.next, replay, bad !== undefined);
    await reader.advance(judge, origin);
  }
  judge.conclude();
  if (trusted !== undefined) judge.judgeTrusted(trusted, replay, trustedMatches, bad !== undefined);
  else {
    judge.truncation.doubt(
      'AUDIT_NO_TRUSTED_CHECKPOINT',
      'No checkpoint kept elsewhere was given, so a cut at the end would not show.',
      '未提供离机保存的检查点，无法发现尾部截断。',
    );
  }
  judge.judgeCover(replay.size);

  const parts = {
    chain: chain.build(),
    tree: judge.tree.build(),
    signatures: judge.signatures.build(),
    truncation: judge.truncation.build(),
  };
  const integrity = new AspectBuilder().add(parts.chain).add(parts.tree).add(parts.signatures);
  if (parts.truncation.status === 'failed') integrity.add(parts.truncation);
  return {
    integrity: integrity.build(),
    trust: judge.trust.build(),
    time: judge.time.build(),
    ...parts,
    origin,
    records: replay.size,
    checkpoints: judge.count,
    coveredRecords: judge.covered,
    uncoveredRecords: replay.size - judge.covered,
    firstBadSequence: bad,
  };
}

/** Replays every segment; returns the sequence of the first record that does not fit. */
async function replayAll(
  segments: VerifyAuditOptions['segments'],
  replay: AuditReplay,
  chain: AspectBuilder,
  reached: () => Promise<void>,
): Promise<number | undefined> {
  const fail = ([code, en, zh]: readonly [string, string, string]): number => {
    chain.fail(code, `${en} (sequence ${replay.size})`, `${zh}（序号 ${replay.size}）`);
    return replay.size;
  };
  let incomplete = false;
  for await (const segment of segments) {
    for await (const line of readLines(segment, AUDIT_MAX_LINE_BYTES)) {
      if (incomplete || line.tooLong) return fail(PROBLEMS.malformed);
      if (!line.complete) {
        incomplete = true;
        continue;
      }
      const problem = replay.add(line.bytes);
      if (problem !== undefined) return fail(PROBLEMS[problem]);
      await reached();
    }
  }
  // A crash while writing leaves this; opening the log removes it and records that it did.
  if (incomplete) {
    chain.doubt('AUDIT_LINE_INCOMPLETE', 'The last line has no end, as after a crash.', '最后一行不完整。');
  }
  return undefined;
}

import type { Certificate } from '@cssi/pki';
import { AspectBuilder, SmError } from '@cssi/sm-core';
import type { SignedCheckpoint } from '../spec/v1/audit.ts';
import { AUDIT_MAX_CHECKPOINT_BYTES, auditKeyId, parseCheckpoint, verifyCheckpoint } from './checkpoint.ts';
import { type ByteStream, type Line, readLines } from './lines.ts';
import type { AuditReplay } from './replay.ts';

interface Key {
  readonly publicKeyInfo: Uint8Array;
  readonly certificate?: Certificate;
}

/** How often one kind of failure is told. */
const MAX_TOLD = 20;

/** Reads the checkpoints in step with the records and judges each one. */
export class CheckpointJudge {
  readonly tree = new AspectBuilder();
  readonly signatures = new AspectBuilder();
  readonly trust = new AspectBuilder();
  readonly time = new AspectBuilder();
  readonly truncation = new AspectBuilder();
  readonly #keys: ReadonlyMap<string, Key>;
  #lastTime = '';
  readonly #told = new Map<AspectBuilder, Map<string, number>>();
  readonly #notReachedTold = new Set<AspectBuilder>();
  covered = 0;
  count = 0;
  signed = 0;

  constructor(keys: readonly (Certificate | Uint8Array)[]) {
    const known = keys.map(
      (key): Key =>
        key instanceof Uint8Array
          ? { publicKeyInfo: key }
          : { publicKeyInfo: key.publicKeyInfo, certificate: key },
    );
    this.#keys = new Map(known.map((key) => [auditKeyId(key.publicKeyInfo), key]));
  }

  get hasKeys(): boolean {
    return this.#keys.size > 0;
  }

  /**
   * Each kind of failure is told a few times, not once per checkpoint of a long log. It is counted
   * per aspect and code: many failures of one kind must not keep another kind out of the verdict.
   */
  fail(aspect: AspectBuilder, code: string, en: string, zh: string): false {
    const told = this.#told.get(aspect) ?? new Map<string, number>();
    const times = told.get(code) ?? 0;
    if (times < MAX_TOLD) aspect.fail(code, en, zh);
    this.#told.set(aspect, told.set(code, times + 1));
    return false;
  }

  /** True when the signature is right, or when there is no key to check it with. */
  checkSignature(signed: SignedCheckpoint): boolean {
    if (!this.hasKeys) return true;
    const key = this.#keys.get(signed.keyId);
    const at = `size ${signed.checkpoint.size}`;
    if (key === undefined) {
      this.fail(
        this.trust,
        'AUDIT_KEY_UNKNOWN',
        `A checkpoint names another key (${at}).`,
        '检查点使用了其他密钥。',
      );
      return this.fail(
        this.signatures,
        'AUDIT_KEY_UNKNOWN',
        `No key for a checkpoint (${at}).`,
        '没有验证检查点的密钥。',
      );
    }
    if (!verifyCheckpoint(signed, key.publicKeyInfo)) {
      return this.fail(
        this.signatures,
        'AUDIT_SIGNATURE_WRONG',
        `A checkpoint's signature is wrong (${at}).`,
        '检查点签名错误。',
      );
    }
    this.signed++;
    const { certificate } = key;
    const moment = Date.parse(signed.checkpoint.time);
    if (
      certificate !== undefined &&
      (moment < certificate.notBefore.getTime() || moment > certificate.notAfter.getTime())
    ) {
      this.fail(
        this.time,
        'AUDIT_CERTIFICATE_TIME',
        `A checkpoint lies outside its certificate's validity (${at}).`,
        '检查点时间不在证书有效期内。',
      );
    }
    return true;
  }

  /** A stored checkpoint whose size the records have just reached. */
  judge(signed: SignedCheckpoint, replay: AuditReplay): void {
    this.count++;
    if (signed.checkpoint.time < this.#lastTime) {
      this.fail(
        this.time,
        'AUDIT_TIME_BACKWARDS',
        "The checkpoints' times run backwards.",
        '检查点时间倒退。',
      );
    }
    this.#lastTime = signed.checkpoint.time;
    const signatureRight = this.checkSignature(signed);
    if (!replay.agrees(signed.checkpoint)) {
      this.fail(
        this.tree,
        'AUDIT_CHECKPOINT_MISMATCH',
        `A checkpoint describes other records (size ${signed.checkpoint.size}).`,
        '检查点与记录不符。',
      );
    } else if (signatureRight && this.hasKeys) this.covered = replay.size;
  }

  /** A stored checkpoint of more records than were read. */
  beyond(signed: SignedCheckpoint, replay: AuditReplay, stopped: boolean): void {
    this.count++;
    this.checkSignature(signed);
    const sizes = `size ${signed.checkpoint.size}, read ${replay.size}`;
    if (stopped) this.#notReached(this.tree);
    else {
      this.fail(
        this.tree,
        'AUDIT_RECORDS_REMOVED',
        `A checkpoint covers more records than there are (${sizes}).`,
        '检查点覆盖的记录数多于现有记录。',
      );
    }
  }

  /** The checkpoint that was kept where the host cannot reach it. */
  judgeTrusted(signed: SignedCheckpoint, replay: AuditReplay, matches: boolean, stopped: boolean): void {
    const signatureRight = this.checkSignature(signed);
    const { size } = signed.checkpoint;
    if (size > replay.size && stopped) this.#notReached(this.truncation);
    else if (size > replay.size) {
      this.truncation.fail(
        'AUDIT_TRUNCATED',
        `The log was cut: ${size} records were there, ${replay.size} are.`,
        '日志被截断。',
      );
    } else if (!matches) {
      this.truncation.fail('AUDIT_REWRITTEN', 'The log was rewritten since.', '日志在此后被改写。');
    } else if (signatureRight && this.hasKeys) this.covered = Math.max(this.covered, size);
  }

  /** Says how many records at the end no right signature covers: whoever edits those can make their chain anew. */
  judgeCover(records: number): void {
    const open = records - this.covered;
    if (this.signed === 0 || open === 0) return;
    this.signatures.pass(
      'AUDIT_RECORDS_UNCOVERED',
      `No signature covers the last ${open} records.`,
      `最后 ${open} 条记录尚无签名覆盖。`,
    );
  }

  /** Says what could not be judged for want of checkpoints or keys. */
  conclude(): void {
    if (this.count === 0) {
      this.tree.doubt('AUDIT_NO_CHECKPOINT', 'There is no checkpoint.', '没有检查点。');
      this.time.doubt('AUDIT_NO_CHECKPOINT', 'There is no checkpoint.', '没有检查点。');
    }
    if (this.signed === 0) {
      this.signatures.doubt('AUDIT_NO_SIGNATURE', 'No stored signature was checked.', '没有验证任何签名。');
      this.trust.doubt('AUDIT_NO_SIGNATURE', 'No stored signature was checked.', '没有验证任何签名。');
    }
  }

  #notReached(aspect: AspectBuilder): void {
    if (this.#notReachedTold.has(aspect)) return;
    this.#notReachedTold.add(aspect);
    aspect.doubt('AUDIT_NOT_REACHED', 'Reading stopped before this size.', '读取在此之前已中止。');
  }
}

/** One checkpoint of look-ahead over the stored checkpoints. */
export class CheckpointReader {
  readonly #lines: AsyncGenerator<Line, void, undefined>;
  next: SignedCheckpoint | undefined;

  constructor(source: ByteStream) {
    this.#lines = readLines(source, AUDIT_MAX_CHECKPOINT_BYTES);
  }

  async advance(judge: CheckpointJudge, origin: string | undefined): Promise<void> {
    const before = this.next?.checkpoint.size ?? 0;
    this.next = undefined;
    for (;;) {
      const { value: line, done } = await this.#lines.next();
      if (done === true || line === undefined) return;
      const signed = line.tooLong ? undefined : tryParse(line.bytes);
      if (!line.complete) {
        judge.tree.doubt(
          'AUDIT_LINE_INCOMPLETE',
          'The last checkpoint has no end, as after a crash.',
          '最后一个检查点不完整。',
        );
      } else if (signed === undefined) {
        judge.fail(
          judge.tree,
          'AUDIT_CHECKPOINT_MALFORMED',
          'A stored checkpoint is malformed.',
          '检查点格式错误。',
        );
      } else if (origin !== undefined && signed.checkpoint.origin !== origin) {
        judge.fail(
          judge.tree,
          'AUDIT_ORIGIN_OTHER',
          'A checkpoint is of another log.',
          '检查点属于其他日志。',
        );
      } else if (signed.checkpoint.size < before) {
        judge.fail(
          judge.tree,
          'AUDIT_CHECKPOINT_ORDER',
          'The checkpoints are out of order.',
          '检查点次序错误。',
        );
      } else {
        this.next = signed;
        return;
      }
    }
  }
}

function tryParse(bytes: Uint8Array): SignedCheckpoint | undefined {
  try {
    return parseCheckpoint(bytes);
  } catch (error) {
    if (error instanceof SmError) return undefined;
    throw error;
  }
}

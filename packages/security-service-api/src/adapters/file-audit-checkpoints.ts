import type { CertificateSigner } from '@cssi/pki';
import { concatBytes } from '@cssi/sm-core';
import { describeChain, encodeCheckpoint, signCheckpoint } from '../audit/checkpoint.ts';
import type { AuditChain } from '../audit/record.ts';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import type { SignedCheckpoint } from '../spec/v1/audit.ts';
import type { AppendFile } from './file-audit-files.ts';

const LINE_FEED = Uint8Array.of(0x0a);

/** Resolves as `promise` does, or rejects when that takes too long. */
async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_SIGNER_FAILED', { detail: 'reason=timeout' })),
      milliseconds,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Signs and stores checkpoints, one at a time, while records go on being written. */
export class CheckpointWriter {
  readonly #origin: string;
  readonly #signer: CertificateSigner;
  readonly #clock: () => Date;
  readonly #signMilliseconds: number;
  readonly #file: AppendFile;
  readonly #onCheckpoint: ((checkpoint: SignedCheckpoint) => void) | undefined;
  #coveredSize: number;
  #last: Promise<unknown> = Promise.resolve();
  #running = 0;

  constructor(
    options: { readonly origin: string; readonly signMilliseconds: number; readonly coveredSize: number },
    dependencies: {
      readonly signer: CertificateSigner;
      readonly clock: () => Date;
      readonly file: AppendFile;
      readonly onCheckpoint: ((checkpoint: SignedCheckpoint) => void) | undefined;
    },
  ) {
    this.#origin = options.origin;
    this.#signMilliseconds = options.signMilliseconds;
    this.#coveredSize = options.coveredSize;
    this.#signer = dependencies.signer;
    this.#clock = dependencies.clock;
    this.#file = dependencies.file;
    this.#onCheckpoint = dependencies.onCheckpoint;
  }

  /** Number of records covered by the last stored checkpoint. */
  get coveredSize(): number {
    return this.#coveredSize;
  }

  /** True while a checkpoint is being made. */
  get busy(): boolean {
    return this.#running > 0;
  }

  /**
   * @param state - asked when the turn of this checkpoint has come
   * @throws SmError ERR_AUDIT_SIGNER_FAILED; any other error is one of the disk
   */
  make(state: () => AuditChain): Promise<SignedCheckpoint> {
    this.#running++;
    const mine = this.#last.then(() => this.#make(state())).finally(() => this.#running--);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  /** Waits for the checkpoints in hand, then closes the file. */
  async close(): Promise<void> {
    await this.#last;
    await this.#file.close();
  }

  async #make(state: AuditChain): Promise<SignedCheckpoint> {
    const checkpoint = describeChain(this.#origin, state, this.#clock());
    const signed = await within(signCheckpoint(checkpoint, this.#signer), this.#signMilliseconds);
    await this.#file.append(concatBytes(encodeCheckpoint(signed), LINE_FEED));
    await this.#file.sync();
    if (!(await this.#file.inPlace())) {
      throw SECURITY_SERVICE_ERRORS.create('ERR_AUDIT_WRITE_FAILED', { detail: 'reason=file-replaced' });
    }
    this.#coveredSize = checkpoint.size;
    try {
      this.#onCheckpoint?.(signed);
    } catch {
      // The checkpoint is stored; taking it elsewhere is the listener's task, and its failures too.
    }
    return signed;
  }
}

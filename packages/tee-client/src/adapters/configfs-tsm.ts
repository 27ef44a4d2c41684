import { randomBytes } from 'node:crypto';
import { checkBytes, concatBytes, type SmError } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../errors.ts';
import type { Attester, EvidenceType } from '../spec/v1/attestation.ts';
import { type TsmFiles, tsmFiles } from './configfs-tsm-files.ts';

export type { TsmFiles } from './configfs-tsm-files.ts';

/** Where Linux shows its report interface. */
const DEFAULT_FOLDER = '/sys/kernel/config/tsm/report';
const INBLOB_BYTES = 64;
const MAX_OUTBLOB_BYTES = 1 << 20;
const MAX_AUXBLOB_BYTES = 65_536;
const MAX_TEXT_BYTES = 64;
const MAX_PRIVILEGE_LEVEL = 3;

/** What guests of Linux name themselves. */
const TYPES: Readonly<Record<string, EvidenceType>> = {
  tdx_guest: 'tdx',
  sev_guest: 'sev-snp',
  arm_cca_guest: 'cca',
};

/**
 * Options of {@link openConfigfsTsm}.
 *
 * @group Attestation
 */
export interface ConfigfsTsmOptions {
  /** Folder of the report interface; `/sys/kernel/config/tsm/report` when left out. */
  readonly folder?: string;
  /** Privilege level (VMPL of SEV-SNP) the report is asked for, 0 to 3; the guest's own when left out. */
  readonly privilegeLevel?: number;
}

const failed = (step: string, cause?: unknown): SmError =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_ATTESTER', { detail: `step=${step}`, cause });

/** One entry of the interface, for the time of one report. */
class TsmEntry {
  readonly #files: TsmFiles;
  readonly #path: string;

  constructor(files: TsmFiles, path: string) {
    this.#files = files;
    this.#path = path;
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.#files.write(`${this.#path}/${name}`, bytes);
    } catch (cause) {
      throw failed(name, cause);
    }
  }

  async read(name: string, max: number): Promise<Uint8Array> {
    let bytes: Uint8Array;
    try {
      bytes = await this.#files.read(`${this.#path}/${name}`, max);
    } catch (cause) {
      throw failed(name, cause);
    }
    if (bytes.length > max) throw failed(`${name}-length`);
    return bytes;
  }

  async text(name: string): Promise<string> {
    return Buffer.from(await this.read(name, MAX_TEXT_BYTES))
      .toString('latin1')
      .trim();
  }

  /** How many times an attribute was written. */
  async generation(): Promise<number> {
    const text = await this.text('generation');
    if (!/^(0|[1-9][0-9]{0,14})$/.test(text)) throw failed('generation');
    return Number(text);
  }
}

/** Runs `use` with a new entry, which is gone afterwards whatever happens. */
async function withEntry<T>(
  folder: string,
  files: TsmFiles,
  use: (entry: TsmEntry) => Promise<T>,
): Promise<T> {
  // Nobody else's name: the kernel leaves it to its users not to write into each other's entries.
  const path = `${folder}/cssi-${process.pid}-${randomBytes(8).toString('hex')}`;
  try {
    await files.makeFolder(path);
  } catch (cause) {
    throw failed('entry', cause);
  }
  try {
    return await use(new TsmEntry(files, path));
  } finally {
    // The report counts, not the entry: one that stays is the kernel's to tell about.
    await files.removeFolder(path).catch(() => {});
  }
}

async function typeOf(entry: TsmEntry): Promise<EvidenceType> {
  const provider = await entry.text('provider');
  const type = Object.hasOwn(TYPES, provider) ? TYPES[provider] : undefined;
  if (type === undefined) throw failed('provider');
  return type;
}

/** Supplement of the report, where the provider has one. */
async function auxblobOf(entry: TsmEntry): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await entry.read('auxblob', MAX_AUXBLOB_BYTES);
  } catch (error) {
    const { cause } = error as SmError;
    if ((cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return new Uint8Array(0);
    throw error;
  }
  // A host without certificates gives an empty table.
  return bytes.every((byte) => byte === 0) ? new Uint8Array(0) : bytes;
}

async function reportOf(
  entry: TsmEntry,
  type: EvidenceType,
  inblob: Uint8Array,
  privilegeLevel: number | undefined,
): Promise<Uint8Array> {
  if ((await typeOf(entry)) !== type) throw failed('provider');
  const before = await entry.generation();
  if (privilegeLevel !== undefined) {
    await entry.write('privlevel', Buffer.from(`${privilegeLevel}`, 'latin1'));
  }
  await entry.write('inblob', inblob);
  const outblob = await entry.read('outblob', MAX_OUTBLOB_BYTES);
  const auxblob = type === 'sev-snp' ? await auxblobOf(entry) : new Uint8Array(0);
  // Our writes and nobody else's: else the report may answer another's data.
  const expected = before + (privilegeLevel === undefined ? 1 : 2);
  if ((await entry.generation()) !== expected) throw failed('generation');
  if (outblob.length === 0) throw failed('outblob');
  return concatBytes(outblob, auxblob);
}

/**
 * An attester (证明者) over the report interface of a confidential guest of Linux 6.7 or later: TDX,
 * SEV-SNP or Arm CCA, whichever the guest runs in. The evidence is the report as the kernel gives it; one
 * of SEV-SNP is followed by the host's certificate table where there is one.
 *
 * Report data shorter than 64 bytes is filled up with zeros. Every report has an entry of its own,
 * so that any number may be asked for at a time. `evidence` rejects with ERR_TEE_ATTESTER when the
 * kernel refuses, when somebody else wrote into the entry meanwhile, or when the provider changed.
 *
 * Tested against an emulation of the interface: no machine with such a guest was at hand.
 *
 * @example
 * ```ts
 * const attester = await openConfigfsTsm();
 * const evidence = await attester.evidence(challenge);
 * ```
 * @param files - the file system, for tests
 * @throws {@link SmError} ERR_TEE_ATTESTER where there is no such interface or its provider is unknown,
 * ERR_TEE_OPTION_INVALID
 * @standard Linux Documentation/ABI/testing/configfs-tsm-report
 * @group Attestation
 */
export async function openConfigfsTsm(
  options: ConfigfsTsmOptions = {},
  files: TsmFiles = tsmFiles,
): Promise<Attester> {
  const { folder = DEFAULT_FOLDER, privilegeLevel } = options;
  const invalid = (option: string) =>
    TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', { detail: `option=${option}` });
  if (typeof folder !== 'string' || folder === '') throw invalid('folder');
  if (
    privilegeLevel !== undefined &&
    !(Number.isInteger(privilegeLevel) && privilegeLevel >= 0 && privilegeLevel <= MAX_PRIVILEGE_LEVEL)
  ) {
    throw invalid('privilegeLevel');
  }
  const type = await withEntry(folder, files, typeOf);
  return {
    specVersion: '1',
    type,
    maxReportData: INBLOB_BYTES,
    evidence: async (reportData) => {
      const inblob = new Uint8Array(INBLOB_BYTES);
      inblob.set(checkBytes(reportData, 'reportData', 1, INBLOB_BYTES));
      return await withEntry(folder, files, (entry) => reportOf(entry, type, inblob, privilegeLevel));
    },
  };
}

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCertificate } from '@cssi/pki';
import { isAccepted, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { openConfigfsTsm, type TsmFiles } from '../src/adapters/configfs-tsm.ts';
import { tsmFiles } from '../src/adapters/configfs-tsm-files.ts';
import { sevSnpVerifier } from '../src/evidence/snp/index.ts';
import { encodeSnpTable } from '../src/evidence/snp/table.ts';
import { createSyntheticSnp } from '../src/synthetic/snp.ts';
import { failureOf, NOW, temporaryFolder } from './basics.ts';

/** What the emulated kernel does. */
interface Kernel {
  readonly provider?: string;
  outblob(inblob: Uint8Array, privilegeLevel: number): Uint8Array;
  readonly auxblob?: Uint8Array;
  /** Runs before every access, with what is accessed; may throw. */
  readonly before?: (what: string, entry: Entry) => void;
}

interface Entry {
  inblob: Uint8Array;
  privilegeLevel: number;
  generation: number;
}

const missing = (path: string): Error => Object.assign(new Error(`ENOENT ${path}`), { code: 'ENOENT' });

/**
 * The report interface of Linux, emulated: its attributes come and go with the entry, take their
 * values when written, and count the writes. A real one needs a confidential guest.
 */
class EmulatedTsm implements TsmFiles {
  readonly entries = new Map<string, Entry>();
  readonly log: string[] = [];
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  async makeFolder(path: string): Promise<void> {
    if (!path.startsWith('/tsm/')) throw missing(path);
    if (this.entries.has(path)) throw Object.assign(new Error('EEXIST'), { code: 'EEXIST' });
    this.entries.set(path, { inblob: new Uint8Array(0), privilegeLevel: -1, generation: 0 });
  }

  async removeFolder(path: string): Promise<void> {
    if (!this.entries.delete(path)) throw missing(path);
  }

  #access(path: string, kind: string): { readonly entry: Entry; readonly name: string } {
    const at = path.lastIndexOf('/');
    const entry = this.entries.get(path.slice(0, at));
    if (entry === undefined) throw missing(path);
    const name = path.slice(at + 1);
    this.log.push(`${kind} ${name}`);
    this.#kernel.before?.(`${kind} ${name}`, entry);
    return { entry, name };
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    const { entry, name } = this.#access(path, 'write');
    if (name === 'inblob') entry.inblob = bytes.slice();
    else if (name === 'privlevel') entry.privilegeLevel = Number(Buffer.from(bytes).toString());
    else throw missing(path);
    entry.generation++;
  }

  async read(path: string): Promise<Uint8Array> {
    const { entry, name } = this.#access(path, 'read');
    const { provider = 'sev_guest', auxblob } = this.#kernel;
    if (name === 'provider') return utf8(`${provider}\n`);
    if (name === 'generation') return utf8(`${entry.generation}\n`);
    if (name === 'outblob') return this.#kernel.outblob(entry.inblob, entry.privilegeLevel);
    if (name === 'auxblob' && auxblob !== undefined) return auxblob;
    throw missing(path);
  }
}

const echo: Kernel = { outblob: (inblob) => inblob };
const open = (kernel: Kernel, options = {}) => {
  const tsm = new EmulatedTsm(kernel);
  return { tsm, attester: openConfigfsTsm({ folder: '/tsm', ...options }, tsm) };
};
const challenge = Uint8Array.from({ length: 64 }, (_, index) => index + 1);

describe('the report interface of Linux, emulated', () => {
  it.each([
    ['sev_guest', 'sev-snp'],
    ['tdx_guest', 'tdx'],
    ['arm_cca_guest', 'cca'],
  ] as const)('provider %s gives evidence of type %s', async (provider, type) => {
    const { attester, tsm } = open({ ...echo, provider });
    expect(await attester).toMatchObject({ specVersion: '1', type, maxReportData: 64 });
    expect(await (await attester).evidence(challenge)).toEqual(challenge);
    expect(tsm.entries.size).toBe(0);
  });

  it('gives evidence of SEV-SNP with the host’s certificates that verifies [part of CC-006]', async () => {
    const amd = createSyntheticSnp({ modulusLength: 2048 });
    const vcek = amd.endorse();
    const auxblob = encodeSnpTable([
      ['vcek', vcek.certificate],
      ['ask', amd.ask],
    ]);
    const { attester } = open({
      outblob: (reportData, level) => amd.report(vcek, { reportData, vmpl: Math.max(0, level) }),
      auxblob,
    });
    const reportData = challenge.slice(0, 32);
    const evidence = await (await attester).evidence(reportData);
    const anchors = { certificates: [parseCertificate(amd.ark)] };
    const verdict = sevSnpVerifier.verify(evidence, { time: NOW, anchors, reportData });
    expect(isAccepted(verdict)).toBe(true);
    const other = sevSnpVerifier.verify(evidence, { time: NOW, anchors, reportData: challenge });
    expect(isAccepted(other)).toBe(false);
  });

  it('asks for the privilege level before the report', async () => {
    const levels: number[] = [];
    const kernel: Kernel = {
      outblob: (inblob, level) => {
        levels.push(level);
        return inblob;
      },
    };
    const { attester, tsm } = open(kernel, { privilegeLevel: 2 });
    await (await attester).evidence(challenge);
    expect(levels).toEqual([2]);
    expect(tsm.log).toEqual([
      'read provider',
      'read provider',
      'read generation',
      'write privlevel',
      'write inblob',
      'read outblob',
      'read auxblob',
      'read generation',
    ]);
  });

  it('leaves out a table without certificates, and the supplement of other providers', async () => {
    const empty = open({ ...echo, auxblob: new Uint8Array(24) });
    expect(await (await empty.attester).evidence(challenge)).toEqual(challenge);
    const tdx = open({ ...echo, provider: 'tdx_guest', auxblob: utf8('more') });
    expect(await (await tdx.attester).evidence(challenge)).toEqual(challenge);
    const sev = open({ ...echo, auxblob: utf8('more') });
    expect((await (await sev.attester).evidence(challenge)).length).toBe(68);
  });

  it('serves many at a time, each with its own entry', async () => {
    const { attester, tsm } = open(echo);
    const given = Array.from({ length: 20 }, (_, index) => new Uint8Array(64).fill(index + 1));
    const opened = await attester;
    const answers = await Promise.all(given.map((data) => opened.evidence(data)));
    expect(answers).toEqual(given);
    expect(tsm.entries.size).toBe(0);
  });

  const refusing = (what: string) => ({
    ...echo,
    before: (access: string) => {
      if (access === what) throw Object.assign(new Error('EBUSY'), { code: 'EBUSY' });
    },
  });
  it.each<readonly [string, string, Kernel]>([
    ['the challenge is refused', 'step=inblob', refusing('write inblob')],
    ['there is no report', 'step=outblob', refusing('read outblob')],
    ['the certificates cannot be read', 'step=auxblob', refusing('read auxblob')],
    ['the generation cannot be read', 'step=generation', refusing('read generation')],
    [
      'somebody else writes before the report is read',
      'step=generation',
      {
        ...echo,
        before: (access, entry) => {
          if (access === 'read outblob') entry.generation++;
        },
      },
    ],
    [
      'the challenge was not taken',
      'step=generation',
      {
        ...echo,
        before: (access, entry) => {
          if (access === 'read outblob') entry.generation--;
        },
      },
    ],
    ['the report is empty', 'step=outblob', { outblob: () => new Uint8Array(0) }],
    ['the report is too long', 'step=outblob-length', { outblob: () => new Uint8Array((1 << 20) + 1) }],
    [
      'the certificates are too long',
      'step=auxblob-length',
      { ...echo, auxblob: new Uint8Array(65_537).fill(1) },
    ],
  ])('says so when %s', async (_, detail, kernel) => {
    const { attester, tsm } = open(kernel);
    const error = await failureOf(async () => (await attester).evidence(challenge));
    expect(error).toMatchObject({ code: 'ERR_TEE_ATTESTER', detail });
    expect(tsm.entries.size).toBe(0);
  });

  it('notices another provider than it was opened with', async () => {
    let provider = 'sev_guest';
    const { attester } = open({
      ...echo,
      get provider() {
        return provider;
      },
    });
    const opened = await attester;
    provider = 'tdx_guest';
    expect(await failureOf(() => opened.evidence(challenge))).toMatchObject({
      code: 'ERR_TEE_ATTESTER',
      detail: 'step=provider',
    });
  });

  it.each(['', 'other_guest', 'toString', 'SEV_GUEST'])(
    'does not open with provider %j',
    async (provider) => {
      const { attester, tsm } = open({ ...echo, provider });
      expect(await failureOf(() => attester)).toMatchObject({
        code: 'ERR_TEE_ATTESTER',
        detail: 'step=provider',
      });
      expect(tsm.entries.size).toBe(0);
    },
  );

  it('refuses report data and options that are none', async () => {
    const opened = await open(echo).attester;
    for (const length of [0, 65]) {
      expect(await failureOf(() => opened.evidence(new Uint8Array(length)))).toMatchObject({
        code: 'ERR_INPUT_LENGTH',
      });
    }
    for (const options of [
      { folder: '' },
      { privilegeLevel: -1 },
      { privilegeLevel: 4 },
      { privilegeLevel: 0.5 },
    ]) {
      expect(await failureOf(() => open(echo, options).attester)).toMatchObject({
        code: 'ERR_TEE_OPTION_INVALID',
      });
    }
  });
});

describe('the file system the attester uses', () => {
  it('says when there is no interface, and leaves nothing behind', async () => {
    const folder = temporaryFolder();
    const none = await failureOf(() => openConfigfsTsm({ folder: join(folder, 'none') }));
    expect(none).toMatchObject({ code: 'ERR_TEE_ATTESTER', detail: 'step=entry' });
    // An ordinary folder: the entry has no attributes.
    const plain = await failureOf(() => openConfigfsTsm({ folder }));
    expect(plain).toMatchObject({ code: 'ERR_TEE_ATTESTER', detail: 'step=provider' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('writes only what is there, in place, and reads with a limit', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'file');
    expect(await failureOf(() => tsmFiles.write(file, utf8('x')))).toMatchObject({ code: 'ENOENT' });
    writeFileSync(file, 'abcdef');
    await tsmFiles.write(file, utf8('XY'));
    expect(Buffer.from(await tsmFiles.read(file, 100)).toString()).toBe('XYcdef');
    writeFileSync(file, new Uint8Array(100_000).fill(7));
    const read = await tsmFiles.read(file, 40_000);
    expect(read.length).toBeGreaterThan(40_000);
    expect(read.length).toBeLessThan(100_000);
    expect((await tsmFiles.read(file, 100_000)).length).toBe(100_000);
    mkdirSync(join(folder, 'full'));
    writeFileSync(join(folder, 'full', 'file'), '');
    expect(await failureOf(() => tsmFiles.removeFolder(join(folder, 'full')))).toMatchObject({
      code: 'ENOTEMPTY',
    });
  });
});

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sm3, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { AuditLog, EMPTY_AUDIT } from '../../src/adapters/software/core/audit-log.ts';
import { auditEntry } from '../../src/adapters/software/core/boot.ts';
import { nodeStoreFiles } from '../../src/runtime/storage/object-store.ts';
import { BUILT_IN_UUID, codeOf, coreFolder, OTHER_UUID, TestCore, TIME } from './core-support.ts';

const LOG = 'audit-0.log';
const text = (folder: string) => readFileSync(join(folder, LOG), 'utf8');
const lines = (folder: string) => text(folder).split('\n').slice(0, -1);
const write = (folder: string, content: string) => writeFileSync(join(folder, LOG), content);

/** A core with some records of both kinds. */
function recorded(): TestCore {
  const core = new TestCore();
  core.launch(BUILT_IN_UUID);
  codeOf(() => core.launch(OTHER_UUID));
  core.launch(BUILT_IN_UUID);
  return core;
}

describe('audit log [CC-042]', () => {
  it('is a chain of canonical records', () => {
    const core = recorded();
    const records = core.audit();
    expect(records.map(({ event }) => event)).toEqual([
      'provisioned',
      'started',
      'launched',
      'launch-refused',
      'launched',
    ]);
    let previous = '00'.repeat(32);
    lines(core.folder).forEach((line, index) => {
      expect(records[index]).toMatchObject({ index, previous, time: TIME });
      previous = toHex(sm3(new TextEncoder().encode(`${line}\n`)));
    });
  });

  it('is read in parts, never more than asked for', () => {
    const core = recorded();
    expect(core.audit(3, 1).map(({ index }) => index)).toEqual([3]);
    expect(core.audit(4, 100).map(({ index }) => index)).toEqual([4]);
    expect(core.audit(5)).toEqual([]);
    expect(core.audit(0, 0)).toEqual([]);
  });

  const alterations: readonly (readonly [string, (folder: string) => void])[] = [
    ['a changed word', (folder) => write(folder, text(folder).replace('launch-refused', 'launched'))],
    ['a changed time', (folder) => write(folder, text(folder).replace(String(TIME), String(TIME + 1)))],
    ['the last record cut off', (folder) => write(folder, `${lines(folder).slice(0, -1).join('\n')}\n`)],
    ['the last byte cut off', (folder) => write(folder, text(folder).slice(0, -1))],
    ['the first record taken out', (folder) => write(folder, `${lines(folder).slice(1).join('\n')}\n`)],
    [
      'a record taken out of the middle',
      (folder) => write(folder, `${lines(folder).toSpliced(3, 1).join('\n')}\n`),
    ],
    [
      'two records swapped',
      (folder) => {
        const [a, b, ...rest] = lines(folder);
        write(folder, `${[b, a, ...rest].join('\n')}\n`);
      },
    ],
    [
      'a record put in twice',
      (folder) => {
        const all = lines(folder);
        write(folder, `${[...all.slice(0, 3), all[2], ...all.slice(3)].join('\n')}\n`);
      },
    ],
    ['white space in a record', (folder) => write(folder, text(folder).replace('{"', '{ "'))],
    ['nothing left', (folder) => write(folder, '')],
    ['noise', (folder) => write(folder, 'x'.repeat(text(folder).length))],
    ['the file gone', (folder) => rmSync(join(folder, LOG))],
    ['the log of another device', (folder) => write(folder, text(recorded().folder))],
  ];

  it.each(alterations)('%s is found by a look at the log and at the next start', (_, alter) => {
    const core = recorded();
    alter(core.folder);
    expect(codeOf(() => core.audit())).toMatch(/^ERR_TEE_AUDIT_INTEGRITY /);
    core.stop();
    expect(codeOf(() => new TestCore({ folder: core.folder }))).toMatch(/^ERR_TEE_AUDIT_INTEGRITY /);
  });

  it('what was appended by somebody else is not part of it and goes at the next start', () => {
    const core = recorded();
    const before = core.audit();
    const own = text(core.folder);
    write(core.folder, `${own}${lines(core.folder).at(-1)}\n`);
    expect(core.audit()).toEqual(before);
    core.launch(BUILT_IN_UUID);
    expect(core.audit().length).toBe(before.length + 1);
    write(core.folder, `${text(core.folder)}half a rec`);
    core.stop();
    const again = new TestCore({ folder: core.folder });
    expect(again.audit().at(-1)).toMatchObject({ event: 'started' });
    expect(text(core.folder)).not.toContain('half a rec');
  });

  it('refusals are recorded with neutral facts only', () => {
    const core = recorded();
    for (const { detail } of core.audit()) expect(detail).toMatch(/^[A-Za-z0-9=:. -]*$/);
  });
});

describe('bounded audit log', () => {
  it('keeps its last files and stays verifiable', () => {
    const folder = join(coreFolder(), 'log');
    mkdirSync(folder);
    const log = new AuditLog(nodeStoreFiles(folder));
    let state = EMPTY_AUDIT;
    const entry = auditEntry({ time: TIME, event: 'launched', detail: 'x'.repeat(200) });
    // More than two files of 1 MiB take.
    for (let index = 0; index < 8000; index++) state = log.append(state, entry).state;
    log.trim(state);
    expect(state.count).toBe(8000);
    expect(readdirSync(folder).length).toBe(2);
    expect(state.segments.length).toBe(2);
    log.verify(state);
    const kept = log.read(state, 0, 10);
    expect(kept.length).toBe(10);
    expect(kept[0]?.index).toBe(state.segments[0]?.first);
    expect(log.read(state, 7999, 10).map(({ index }) => index)).toEqual([7999]);
    // The older of the two is as safe as the newer.
    const [older] = readdirSync(folder).sort();
    const path = join(folder, older!);
    writeFileSync(path, readFileSync(path, 'utf8').replace('launched', 'launchee'));
    expect(codeOf(() => log.verify(state))).toMatch(/^ERR_TEE_AUDIT_INTEGRITY /);
  });
});

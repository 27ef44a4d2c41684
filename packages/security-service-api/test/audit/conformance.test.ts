import { runSuite } from '@cssi/sm-core/conformance';
import { describe, expect, it } from 'vitest';
import { FileAuditLog } from '../../src/adapters/file-audit.ts';
import { memoryAuditLog } from '../../src/adapters/memory-audit.ts';
import { type AuditLogSubject, auditLogSuite } from '../../src/conformance/audit-suite.ts';
import type { AuditEvent, AuditLog, AuditQuery, AuditRecord } from '../../src/spec/v1/audit.ts';
import { temporaryFolder } from '../state/support.ts';
import { clock, newSigner } from './support.ts';

const signer = newSigner();

const memory: AuditLogSubject = {
  open: async () => memoryAuditLog({ origin: 'suite' }, { signer, clock }),
  publicKeyInfo: signer.publicKeyInfo,
};

const folders = new WeakMap<AuditLog, string>();
const openFile = async (folder: string): Promise<AuditLog> => {
  const log = await FileAuditLog.open({ folder, origin: 'suite' }, { signer, clock });
  folders.set(log, folder);
  return log;
};
const file: AuditLogSubject = {
  open: async () => openFile(await temporaryFolder('suite')),
  publicKeyInfo: signer.publicKeyInfo,
  reopen: async (log) => {
    await log.close();
    return await openFile(folders.get(log)!);
  },
};

/** A memory log with one part replaced by a wrong one. */
function broken(change: (log: AuditLog) => Partial<AuditLog>): AuditLogSubject {
  return {
    publicKeyInfo: signer.publicKeyInfo,
    open: async () => {
      const log = await memory.open();
      const parts = change(log);
      return new Proxy(log, {
        get: (target, name) => {
          if (Object.hasOwn(parts, name)) return (parts as Record<string | symbol, unknown>)[name];
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
  };
}

const failedCases = async (subject: AuditLogSubject) =>
  (await runSuite(auditLogSuite, { name: 'broken', subject }, { now: clock() })).results
    .filter((result) => result.outcome === 'fail')
    .map((result) => result.id);

const cleaned = (event: AuditEvent): AuditEvent => {
  const clean = (value: unknown) =>
    typeof value === 'string' ? value.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?') : value;
  return Object.fromEntries(
    Object.entries(event).map(([name, value]) => [name, clean(value)]),
  ) as unknown as AuditEvent;
};

describe('audit log conformance', () => {
  it.each([
    ['memory', memory, []],
    ['file', file, ['durable']],
  ] as const)('passes for %s', async (name, subject, capabilities) => {
    const report = await runSuite(auditLogSuite, { name, subject, capabilities }, { now: clock() });
    console.info(
      `audit-log ${name}: seed ${report.seed}, ${report.passed} passed, ${report.skipped} skipped`,
    );
    expect(report.results.filter((result) => result.outcome === 'fail')).toEqual([]);
    expect(report.skipped).toBe(name === 'memory' ? 1 : 0);
  });

  it('has more cases that must be refused than cases that must work', () => {
    const negative = auditLogSuite.cases.filter(({ id }) => /refuses|no-|binds|after/.test(id)).length;
    expect(negative * 2).toBeGreaterThan(auditLogSuite.cases.length);
    expect(new Set(auditLogSuite.cases.map(({ id }) => id)).size).toBe(auditLogSuite.cases.length);
  });

  it.each<[string, AuditLogSubject, readonly string[]]>([
    [
      'shows every tenant',
      broken((log) => ({
        read: ({ tenantId: _, ...query }: AuditQuery) => log.read(query),
      })),
      ['audit.read.shows-no-other-tenant'],
    ],
    [
      'cleans events instead of refusing them',
      broken((log) => ({ append: (event) => log.append(cleaned(event)) })),
      [
        'audit.append.refuses-line-feed',
        'audit.append.refuses-control-character',
        'audit.append.refuses-text-direction-trick',
      ],
    ],
    [
      'cuts long texts off',
      broken((log) => ({
        append: (event) => log.append({ ...event, requestId: String(event.requestId).slice(0, 64) }),
      })),
      ['audit.append.refuses-overlong-text'],
    ],
    [
      'answers before the record has its place',
      broken((log) => {
        let next = 0;
        return {
          append: async (event) => {
            const sequence = next;
            await Promise.resolve();
            const record = await log.append(event);
            next++;
            return { ...record, sequence };
          },
        };
      }),
      ['audit.append.numbers-without-gaps-under-concurrency'],
    ],
    [
      "keeps the caller's object",
      broken((log) => ({
        append: async (event) => {
          await Promise.resolve();
          return await log.append(event);
        },
      })),
      ['audit.append.copies-the-event'],
    ],
    [
      'edits what it hands out',
      broken((log) => {
        const edit = (record: AuditRecord): AuditRecord => ({ ...record, subject: 'somebody' });
        return {
          append: async (event) => edit(await log.append(event)),
          read: async (query) => {
            const page = await log.read(query);
            return { ...page, records: page.records.map(edit) };
          },
        };
      }),
      ['audit.append.records-every-field', 'audit.chain.links-every-record'],
    ],
    [
      'signs an old checkpoint again',
      broken((log) => {
        let first: ReturnType<AuditLog['checkpoint']> | undefined;
        return {
          checkpoint: () => {
            first ??= log.checkpoint();
            return first;
          },
        };
      }),
      ['audit.checkpoint.covers-everything-appended'],
    ],
    [
      'signs with another key',
      { ...memory, publicKeyInfo: newSigner().publicKeyInfo },
      ['audit.checkpoint.covers-everything-appended'],
    ],
    [
      'does not stop at close',
      broken(() => ({ close: async () => undefined })),
      ['audit.close.refuses-afterwards'],
    ],
    [
      'reads as much as it is asked for',
      broken((log) => ({
        read: (query) => log.read({ ...query, limit: Math.min(Math.max(1, Math.trunc(query.limit)), 1000) }),
      })),
      ['audit.read.refuses-out-of-range'],
    ],
  ])('fails for a log that %s', async (_, subject, expected) => {
    const failed = await failedCases(subject);
    expect(failed).toEqual(expect.arrayContaining([...expected]));
    expect(failed.length).toBeLessThan(auditLogSuite.cases.length / 2);
  });

  it('fails for a log that loses what it stored', async () => {
    const forgetful: AuditLogSubject = { ...file, reopen: async (log) => log.close().then(file.open) };
    const report = await runSuite(
      auditLogSuite,
      { name: 'forgetful', subject: forgetful, capabilities: ['durable'] },
      { now: clock() },
    );
    expect(report.results.filter((result) => result.outcome === 'fail').map((result) => result.id)).toEqual([
      'audit.durable.survives-reopening',
    ]);
  });
});

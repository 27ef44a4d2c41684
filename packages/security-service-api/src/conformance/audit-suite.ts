import { decodeSm2PublicKeyInfo } from '@cssi/pki';
import { canonicalJson, concatBytes, fromBase64, type JsonValue, sm2, sm3, toHex } from '@cssi/sm-core';
import { type ConformanceSuite, expectCode, expectTrue } from '@cssi/sm-core/conformance';
import {
  AUDIT_MAX_CHARACTERS,
  AUDIT_MAX_READ,
  AUDIT_SPEC_VERSION,
  type AuditRecord,
} from '../spec/v1/audit.ts';
import { APPEND_CASES } from './audit-append.ts';
import {
  type AuditLogSubject,
  type Case,
  CLAUSE,
  fill,
  genesis,
  makeEvent,
  one,
  storedForm,
  treeHash,
} from './audit-scene.ts';

export type { AuditLogSubject } from './audit-scene.ts';

const CHAIN_CASES: readonly Case[] = [
  one('audit.chain.links-every-record', async (log, context) => {
    await fill(log, context, 9);
    const { records } = await log.read({ fromSequence: 0, limit: AUDIT_MAX_READ });
    let head = genesis(log);
    for (const record of records) {
      head = sm3(concatBytes(head, storedForm(record)));
      expectTrue(
        record.hash === toHex(head),
        `record ${record.sequence} does not follow from the one before`,
      );
    }
  }),
  one('audit.checkpoint.covers-everything-appended', async (log, context, subject) => {
    for (const count of [0, 1, 5, 7]) {
      await fill(log, context, count);
      const signed = await log.checkpoint();
      const { records } = await log.read({ fromSequence: 0, limit: AUDIT_MAX_READ });
      const { checkpoint } = signed;
      expectTrue(checkpoint.v === 1 && checkpoint.kind === 'cssi.audit.checkpoint', 'version or kind');
      expectTrue(checkpoint.origin === log.origin, 'origin');
      expectTrue(checkpoint.size === records.length, `size ${checkpoint.size}, records ${records.length}`);
      expectTrue(checkpoint.head === (records.at(-1)?.hash ?? toHex(genesis(log))), 'head');
      expectTrue(checkpoint.root === toHex(treeHash(records.map(storedForm))), 'root of the tree');
      expectTrue(log.status().coveredSize === checkpoint.size, 'covered size');
      const bytes = canonicalJson(checkpoint as unknown as JsonValue);
      const key = decodeSm2PublicKeyInfo(subject.publicKeyInfo);
      expectTrue(signed.algorithm === 'sm2-sm3', 'algorithm');
      expectTrue(signed.keyId === toHex(sm3(subject.publicKeyInfo)), 'key id');
      expectTrue(sm2.verify(key, bytes, fromBase64(signed.signature)), 'the signature is wrong');
    }
  }),
  one('audit.checkpoint.signature-binds-the-records', async (log, context, subject) => {
    await fill(log, context, 3);
    const { checkpoint, signature } = await log.checkpoint();
    const key = decodeSm2PublicKeyInfo(subject.publicKeyInfo);
    for (const change of [
      { size: 2 },
      { root: '00'.repeat(32) },
      { head: '00'.repeat(32) },
      { origin: 'x' },
    ]) {
      const altered = canonicalJson({ ...checkpoint, ...change } as unknown as JsonValue);
      expectTrue(
        !sm2.verify(key, altered, fromBase64(signature)),
        'the signature fits an altered checkpoint',
      );
    }
  }),
];

const READ_CASES: readonly Case[] = [
  one('audit.read.pages', async (log, context) => {
    const written = await fill(log, context, 11);
    const found: AuditRecord[] = [];
    for (let from: number | undefined = written[0]!.sequence; from !== undefined; ) {
      const page = await log.read({ fromSequence: from, limit: 4 });
      expectTrue(page.records.length <= 4, 'more records than asked for');
      expectTrue(page.nextSequence === undefined || page.nextSequence > from, 'reading does not advance');
      found.push(...page.records);
      from = page.nextSequence;
    }
    expectTrue(
      found.length === 11 && found.every((record, i) => record.hash === written[i]!.hash),
      'the pages together are not the log',
    );
  }),
  one('audit.read.shows-no-other-tenant', async (log, context) => {
    await fill(log, context, 10);
    await log.append(makeEvent(context, 10, { tenantId: null }));
    for (const tenantId of ['tenant-a', 'tenant-b', 'tenant', 'nobody', null]) {
      const { records } = await log.read({ fromSequence: 0, limit: 100, tenantId });
      expectTrue(
        records.every((record) => record.tenantId === tenantId),
        `a foreign record for ${tenantId}`,
      );
      const expected = { 'tenant-a': 5, 'tenant-b': 5, tenant: 0, nobody: 0 }[tenantId ?? ''] ?? 1;
      expectTrue(
        records.length === expected,
        `${records.length} records for ${tenantId}, expected ${expected}`,
      );
    }
  }),
  one('audit.read.is-empty-after-the-end', async (log, context) => {
    await fill(log, context, 2);
    const page = await log.read({ fromSequence: 1_000_000, limit: 10 });
    expectTrue(page.records.length === 0 && page.nextSequence === undefined, 'records after the end');
  }),
  one('audit.read.refuses-out-of-range', async (log) => {
    for (const query of [
      { fromSequence: -1, limit: 1 },
      { fromSequence: 0.5, limit: 1 },
      { fromSequence: Number.NaN, limit: 1 },
      { fromSequence: 0, limit: 0 },
      { fromSequence: 0, limit: AUDIT_MAX_READ + 1 },
      { fromSequence: 0, limit: 1.5 },
      { fromSequence: 0, limit: 1, tenantId: 'x'.repeat(AUDIT_MAX_CHARACTERS.tenantId + 1) },
    ]) {
      await expectCode(() => log.read(query), ['ERR_AUDIT_QUERY_INVALID'], JSON.stringify(query));
    }
  }),
];

const LIFE_CASES: readonly Case[] = [
  one('audit.close.refuses-afterwards', async (log, context) => {
    await fill(log, context, 1);
    await log.close();
    await log.close();
    expectTrue(log.status().state === 'closed', 'the state is not closed');
    await expectCode(() => log.append(makeEvent(context, 1)), ['ERR_AUDIT_CLOSED'], 'append after close');
    await expectCode(() => log.read({ fromSequence: 0, limit: 1 }), ['ERR_AUDIT_CLOSED'], 'read after close');
    await expectCode(() => log.checkpoint(), ['ERR_AUDIT_CLOSED'], 'checkpoint after close');
  }),
  {
    id: 'audit.durable.survives-reopening',
    clause: CLAUSE,
    level: 'MUST',
    requires: ['durable'],
    run: async (subject, context) => {
      const log = await subject.open();
      const written = await fill(log, context, 5);
      const again = await subject.reopen!(log);
      try {
        const { records } = await again.read({ fromSequence: written[0]!.sequence, limit: 100 });
        expectTrue(
          written.every((record, i) => records[i]?.hash === record.hash),
          'a record was lost or changed',
        );
        const next = await again.append(makeEvent(context, 5));
        expectTrue(next.sequence === written[0]!.sequence + records.length, 'the numbers do not go on');
        const linked = sm3(
          concatBytes(Uint8Array.from(Buffer.from(records.at(-1)!.hash, 'hex')), storedForm(next)),
        );
        expectTrue(next.hash === toHex(linked), 'the chain does not go on');
      } finally {
        await again.close();
      }
    },
  },
];

/** Conformance suite of `AuditLog` for vendors of audit stores. */
export const auditLogSuite: ConformanceSuite<AuditLogSubject> = {
  name: 'audit-log',
  specVersion: AUDIT_SPEC_VERSION,
  packageVersion: '0.1.0',
  cases: [...APPEND_CASES, ...CHAIN_CASES, ...READ_CASES, ...LIFE_CASES],
};

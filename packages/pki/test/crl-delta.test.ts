import { describe, expect, it } from 'vitest';
import { judgeRevocation } from '../src/revocation/index.ts';
import type { CrlSpec, RevocationReport } from '../src/spec/v1/revocation.ts';
import { day, type Holder, NOW, root, under } from './support/authority.ts';
import { crlOf, revokedEntry } from './support/revocation.ts';

interface Case {
  readonly base?: Partial<CrlSpec>;
  readonly delta: Partial<CrlSpec>;
}

/** Verdict by one complete list of number 5 and one delta list of number 7 on it. */
async function judged(make: (leaf: Holder) => Case): Promise<RevocationReport> {
  const ca = await root();
  const leaf = await under(ca, 'leaf');
  const { base, delta } = make(leaf);
  const before = { thisUpdate: day(-3), nextUpdate: day(1), crlNumber: 5, ...base };
  const crls = [
    await crlOf(ca, before),
    await crlOf(ca, { thisUpdate: day(-1), nextUpdate: day(2), crlNumber: 7, baseCrlNumber: 4, ...delta }),
  ];
  return judgeRevocation(leaf.certificate, ca.certificate, { time: NOW, crls });
}

const hold = (leaf: Holder) => revokedEntry(leaf, { reason: 'certificateHold' });
const removed = (leaf: Holder) => revokedEntry(leaf, { reason: 'removeFromCRL', revocationDate: day(-1) });

describe('a delta list over a complete one', () => {
  it('revokes what the complete list does not', async () => {
    const report = await judged((leaf) => ({
      delta: { entries: [revokedEntry(leaf, { reason: 'superseded' })] },
    }));
    expect(report).toMatchObject({ status: 'revoked', code: 'CERTIFICATE_REVOKED', source: 'crl' });
    expect(report.revocation?.reason).toBe('superseded');
  });

  it('ends a hold by removeFromCRL', async () => {
    const report = await judged((leaf) => ({
      base: { entries: [hold(leaf)] },
      delta: { entries: [removed(leaf)] },
    }));
    expect(report).toMatchObject({ status: 'good', code: 'NOT_REVOKED', thisUpdate: day(-1) });
  });

  it('leaves what it does not name as it was', async () => {
    const report = await judged((leaf) => ({ base: { entries: [hold(leaf)] }, delta: {} }));
    expect(report.status).toBe('revoked');
  });

  it('keeps a complete list that is out of date up to date', async () => {
    const stale = { nextUpdate: day(-2) };
    expect(await judged(() => ({ base: stale, delta: {} }))).toMatchObject({ status: 'good' });
    const both = await judged(() => ({ base: stale, delta: { nextUpdate: NOW } }));
    expect(both).toMatchObject({ status: 'unknown', code: 'REVOCATION_EVIDENCE_STALE' });
  });

  it('does not go over a complete list that is too old, too new, or of another scope', async () => {
    const scope = { issuingDistributionPoint: { onlyUserCerts: true } };
    for (const base of [{ crlNumber: 3 }, { crlNumber: 7 }, { crlNumber: 8 }, scope]) {
      const report = await judged((leaf) => ({
        base: { ...base, entries: [hold(leaf)] },
        delta: { entries: [removed(leaf)] },
      }));
      expect(report.status).toBe('revoked');
      expect(report.notes).toContainEqual({ code: 'CRL_BASE_MISSING' });
    }
  });

  it('alone shows nobody as good, and a revocation all the same', async () => {
    const ca = await root();
    const leaf = await under(ca, 'leaf');
    const alone = async (entries: CrlSpec['entries']) => {
      const crls = [await crlOf(ca, { crlNumber: 7, baseCrlNumber: 4, entries })];
      return judgeRevocation(leaf.certificate, ca.certificate, { time: NOW, crls });
    };
    expect(await alone([])).toMatchObject({ status: 'unknown', code: 'CRL_BASE_MISSING' });
    expect(await alone([removed(leaf)])).toMatchObject({ status: 'unknown', code: 'CRL_BASE_MISSING' });
    expect(await alone([revokedEntry(leaf)])).toMatchObject({ status: 'revoked' });
  });
});

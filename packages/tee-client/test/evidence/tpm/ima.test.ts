import { concatBytes, isAccepted, sm3, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { parseImaLog } from '../../../src/evidence/tpm/index.ts';
import { imaEntry, type SyntheticImaFile } from '../../../src/synthetic/ima-log.ts';
import type { SyntheticTpm } from '../../../src/synthetic/tpm.ts';
import {
  anchored,
  changed,
  flip,
  found,
  machine,
  malformation,
  NONCE,
  verify,
  withFiles,
} from './support.ts';

const file = (path: string, more: Partial<SyntheticImaFile> = {}): SyntheticImaFile => ({
  path,
  algorithm: 'sm3',
  digest: sm3(utf8(path)),
  ...more,
});

const withLog = (tpm: SyntheticTpm, change: (log: Uint8Array) => Uint8Array): Uint8Array =>
  changed(tpm.evidence(NONCE), ({ imaLog }) => ({ imaLog: { ...imaLog!, log: change(imaLog!.log) } }));

const imaStep = (evidence: Uint8Array, tpm: SyntheticTpm): string[] =>
  found(verify(evidence, anchored(tpm))).filter((one) => one.startsWith('event-log'));

describe('IMA measurement lists', () => {
  it.each(['sm3', 'sha256'] as const)(
    '[part of CC-022] [part of CC-036] workload and hypervisor are measured, in %s registers',
    async (bank) => {
      const tpm = withFiles(await machine({ banks: [bank] }), bank);
      const verdict = verify(tpm.evidence(NONCE), anchored(tpm));
      expect(isAccepted(verdict)).toBe(true);
      expect(found(verdict, 'passed')).toContain('event-log:IMA_LOG_REPLAYED');
      const measured = verdict.claims.measurements.filter(({ name }) => name.startsWith('ima:'));
      expect(measured.map(({ name, role }) => [name, role])).toEqual([
        [`ima:${bank}:boot_aggregate`, 'boot'],
        [`ima:${bank}:/usr/bin/service`, 'workload'],
        [`ima:${bank}:/usr/bin/qemu-system-x86_64`, 'hypervisor'],
      ]);
      expect(measured[1]).toMatchObject({ algorithm: bank, value: sm3(utf8('service')) });
    },
  );

  it.each(['sha1', 'sha256', 'sm3'] as const)('template digests may be %s', async (imaDigest) => {
    const tpm = withFiles(await machine({ imaDigest }));
    expect(isAccepted(verify(tpm.evidence(NONCE), anchored(tpm)))).toBe(true);
    // Read as another length it is no list at all.
    const other = imaDigest === 'sha1' ? 'sm3' : 'sha1';
    const misread = changed(tpm.evidence(NONCE), ({ imaLog }) => ({ imaLog: { ...imaLog!, digest: other } }));
    expect(malformation(() => verify(misread, anchored(tpm)))).toMatch(/^ima-/);
  });

  it('reads the templates with signatures, buffers and fs-verity', async () => {
    const tpm = await machine();
    const extra = Uint8Array.of(3, 2, 4);
    for (const template of ['ima-ng', 'ima-sig', 'ima-ngv2', 'ima-sigv2', 'ima-buf'] as const) {
      tpm.measure(file(`/${template}`, { template, extra }));
    }
    tpm.measure(file('/data', { template: 'ima-ngv2', verity: true }));
    const evidence = tpm.evidence(NONCE);
    expect(isAccepted(verify(evidence, anchored(tpm)))).toBe(true);
    changed(evidence, ({ imaLog }) => {
      const read = parseImaLog(imaLog!.log).map(({ template, file: of }) => [template, of?.path, of?.kind]);
      expect(read.slice(0, 2)).toEqual([
        ['ima-ng', '/ima-ng', 'ima'],
        ['ima-sig', '/ima-sig', 'ima'],
      ]);
      expect(read[5]).toEqual(['ima-ngv2', '/data', 'verity']);
      return {};
    });
  });

  it('[part of CC-036] nothing that ran is left out: violations and unknown hashes are measured too', async () => {
    const tpm = await machine({ banks: ['sm3'] });
    tpm.measure(file('/open', { violation: true }));
    tpm.measure(file('/odd', { hashName: 'wp512', digest: new Uint8Array(64) }));
    tpm.measure(file('/usr/bin/service'));
    const verdict = verify(tpm.evidence(NONCE), anchored(tpm));
    expect(isAccepted(verdict)).toBe(true);
    expect(verdict.claims.details.ima).toEqual({ entries: 3, uncovered: 0, violations: 1, opaque: 1 });
    const measured = verdict.claims.measurements.filter(({ name }) => name.startsWith('ima:'));
    expect(measured.map(({ name, role }) => `${name} ${role}`)).toEqual([
      'ima:violation:/open workload',
      'ima:entry:/odd workload',
      'ima:sm3:/usr/bin/service workload',
    ]);
    expect(measured[0]!.value).toEqual(new Uint8Array(32));
    expect(measured[1]!.value).toHaveLength(32);
  });

  it('[part of CC-036] the name of a template is not measured, and changing it hides no file', async () => {
    const tpm = withFiles(await machine({ banks: ['sm3'] }));
    const renamed = (to: string) =>
      withLog(tpm, (log) =>
        Uint8Array.from(Buffer.from(log).toString('latin1').replaceAll('ima-ng', to), (c) => c.charCodeAt(0)),
      );
    const verdict = verify(renamed('ima-xx'), anchored(tpm));
    expect(isAccepted(verdict)).toBe(true);
    const names = verdict.claims.measurements
      .map(({ name }) => name)
      .filter((name) => name.startsWith('ima:'));
    expect(names).toEqual(['ima:entry:', 'ima:entry:', 'ima:entry:']);
    expect(verdict.claims.details.ima).toMatchObject({ opaque: 3 });
    expect(malformation(() => verify(renamed('IMA-ng'), anchored(tpm)))).toBe('ima-template-name');
  });

  it('entries behind the quote are no claims', async () => {
    const tpm = withFiles(await machine());
    const quoted = tpm.quote(NONCE);
    const pcrs = changed(tpm.evidence(NONCE), () => ({}));
    tpm.measure(file('/late'));
    const late = changed(tpm.evidence(NONCE), () => quoted);
    const evidence = changed(pcrs, () => ({ ...quoted, imaLog: imaOf(late) }));
    const verdict = verify(evidence, anchored(tpm));
    expect(found(verdict)).toEqual([]);
    expect(verdict.claims.details.ima).toMatchObject({ entries: 3, uncovered: 1 });
    expect(verdict.claims.measurements.some(({ name }) => name === 'ima:sm3:/late')).toBe(false);
  });

  it('two names never become one', async () => {
    const tpm = await machine();
    for (const path of ['/a\nb', '/a\\x0ab', '/\u{202e}txt', '/中文']) tpm.measure(file(path));
    const { measurements } = verify(tpm.evidence(NONCE), anchored(tpm)).claims;
    const names = measurements.filter(({ name }) => name.startsWith('ima:')).map(({ name }) => name);
    expect(names).toEqual([
      'ima:sm3:/a\\x0ab',
      'ima:sm3:/a\\x5cx0ab',
      'ima:sm3:/\\xe2\\x80\\xaetxt',
      'ima:sm3:/中文',
    ]);
  });

  it('[part of CC-036] an entry hidden, moved, doubled or changed', async () => {
    const tpm = withFiles(await machine());
    const size = (log: Uint8Array): number =>
      28 + new DataView(log.buffer, log.byteOffset).getUint32(24, true);
    const first = (log: Uint8Array): number => {
      const name = size(log);
      return name + 4 + new DataView(log.buffer, log.byteOffset).getUint32(name, true);
    };
    const mismatch = ['event-log:IMA_LOG_MISMATCH'];
    expect(
      imaStep(
        withLog(tpm, (log) => log.slice(first(log))),
        tpm,
      ),
    ).toEqual(mismatch);
    expect(
      imaStep(
        withLog(tpm, (log) => log.slice(0, first(log))),
        tpm,
      ),
    ).toEqual(mismatch);
    const doubled = (log: Uint8Array) => concatBytes(log.subarray(0, first(log)), log);
    expect(imaStep(withLog(tpm, doubled), tpm)).toEqual(mismatch);
    const moved = (log: Uint8Array) => concatBytes(log.subarray(first(log)), log.subarray(0, first(log)));
    expect(imaStep(withLog(tpm, moved), tpm)).toEqual(mismatch);
    // The last byte of the last name but its zero, and a byte of the stated digest.
    const wrong = ['event-log:IMA_ENTRY_DIGEST_WRONG'];
    expect(
      imaStep(
        withLog(tpm, (log) => flip(log, -2)),
        tpm,
      ),
    ).toEqual(wrong);
    expect(
      imaStep(
        withLog(tpm, (log) => flip(log, 4)),
        tpm,
      ),
    ).toEqual(wrong);
    // Said to be a violation, an entry would name nothing.
    const hidden = (log: Uint8Array) => Uint8Array.from(log).fill(0, first(log) + 4, first(log) + 24);
    expect(imaStep(withLog(tpm, hidden), tpm)).toEqual(mismatch);
    const register = (log: Uint8Array) => flip(log, 0, 10 ^ 11);
    expect(imaStep(withLog(tpm, register), tpm)).toEqual(mismatch);
  });

  it('a refused list measures nothing', async () => {
    const tpm = withFiles(await machine());
    const verdict = verify(
      withLog(tpm, (log) => flip(log, -2)),
      anchored(tpm),
    );
    expect(verdict.claims.measurements.some(({ name }) => name.startsWith('ima:'))).toBe(false);
  });

  it('spliced: the list of another machine, or of another boot', async () => {
    const [tpm, other] = [withFiles(await machine()), await machine()];
    other.extend(0, utf8('other firmware'));
    withFiles(other);
    const foreign = changed(tpm.evidence(NONCE), () => ({ imaLog: imaOf(other.evidence(NONCE)) }));
    expect(imaStep(foreign, tpm)).toEqual(['event-log:IMA_LOG_MISMATCH']);
    const late = await machine();
    late.measure(late.bootAggregate('sm3'));
    late.extend(4, utf8('another boot loader'));
    expect(imaStep(late.evidence(NONCE), late)).toEqual(['event-log:IMA_BOOT_AGGREGATE_MISMATCH']);
    // Nor does an entry of another register in front of it hide the kernel's own.
    const hidden = await machine();
    hidden.measure(file('/first', { register: 11 }));
    hidden.measure(hidden.bootAggregate('sm3'));
    hidden.extend(4, utf8('another boot loader'));
    expect(imaStep(hidden.evidence(NONCE), hidden)).toEqual(['event-log:IMA_BOOT_AGGREGATE_MISMATCH']);
  });

  it('SHA-1 registers alone do not vouch for a list', async () => {
    const tpm = withFiles(await machine({ banks: ['sha1'] }));
    const verdict = verify(tpm.evidence(NONCE), anchored(tpm));
    expect(found(verdict, 'indeterminate')).toEqual(['event-log:IMA_BANK_WEAK']);
    expect(isAccepted(verdict)).toBe(false);
  });

  it('an unquoted register vouches for nothing', async () => {
    const tpm = withFiles(await machine());
    const evidence = tpm.evidence(NONCE, { select: [{ bank: 'sm3', indexes: [0, 1, 2] }] });
    const verdict = verify(evidence, anchored(tpm));
    expect(found(verdict, 'indeterminate')).toEqual(['event-log:IMA_REGISTER_NOT_QUOTED']);
    expect(verdict.claims.measurements).toHaveLength(3);
  });

  it('a list cut in the middle of an entry, or with wild lengths, is malformed', async () => {
    const tpm = withFiles(await machine());
    const whole = imaOf(tpm.evidence(NONCE))!.log;
    expect(malformation(() => parseImaLog(whole.subarray(0, -1)))).toBe('ima-truncated');
    expect(malformation(() => parseImaLog(flip(whole, 27, 0x80)))).toBe('ima-template-name');
    expect(malformation(() => parseImaLog(flip(whole, 37, 0x80)))).toBe('ima-truncated');
    expect(malformation(() => parseImaLog(flip(whole, 3, 0x80)))).toBe('ima-register');
    expect(malformation(() => parseImaLog(flip(whole, 28, 0x80)))).toBe('ima-template-name');
    expect(malformation(() => parseImaLog(new Uint8Array(4_194_305)))).toBe('ima-size');
    const long = imaEntry(file(`/${'a'.repeat(4095)}`), 'sha1');
    expect(malformation(() => parseImaLog(long))).toBe('ima-name');
    expect(parseImaLog(imaEntry(file(`/${'a'.repeat(4094)}`), 'sha1'))[0]!.file?.path).toHaveLength(4095);
    const legacy = concatBytes(
      whole.subarray(0, 24),
      Uint8Array.of(3, 0, 0, 0),
      utf8('ima'),
      new Uint8Array(24),
    );
    expect(malformation(() => parseImaLog(legacy))).toBe('ima-template-legacy');
  });
});

function imaOf(evidence: Uint8Array) {
  let found: { digest: 'sha1' | 'sha256' | 'sm3'; log: Uint8Array } | undefined;
  changed(evidence, ({ imaLog }) => {
    found = imaLog;
    return {};
  });
  return found!;
}

import { isAccepted, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { synthesizeEventLog } from '../../../src/synthetic/event-log.ts';
import { SyntheticTpm } from '../../../src/synthetic/tpm.ts';
import { sample, samplePresent } from '../samples.ts';
import {
  anchored,
  changed,
  flip,
  found,
  machine,
  malformation,
  NONCE,
  NOW,
  verify,
  withFiles,
} from './support.ts';

const SEPARATOR = 4;
const IPL = 13;

const boot = (...names: readonly string[]): Uint8Array =>
  synthesizeEventLog({
    events: [
      ...[0, 1, 2, 3, 4, 5, 6, 7].map((register) => ({ register, type: SEPARATOR, data: new Uint8Array(4) })),
      ...names.map((name) => ({
        register: 8,
        type: IPL,
        data: utf8(name),
        measured: utf8(`contents of ${name}`),
      })),
    ],
  }).log;

const tcm = (): Promise<SyntheticTpm> => SyntheticTpm.create({ profile: 'tcm', time: NOW });
const inLog = (verdict: ReturnType<typeof verify>): string[] =>
  found(verdict).filter((one) => one.startsWith('event-log'));

describe('measured boot of a TCM', () => {
  it('[part of CC-006] boot log and IMA list each lead to their registers', async () => {
    const one = await tcm();
    one.boot(boot('grub', 'kernel'));
    withFiles(one);
    const verdict = verify(one.evidence(NONCE), anchored(one));
    expect(isAccepted(verdict)).toBe(true);
    expect(found(verdict, 'passed')).toEqual(
      expect.arrayContaining(['event-log:EVENT_LOG_MATCHES', 'event-log:IMA_LOG_REPLAYED']),
    );
  });

  it('[part of CC-006] the log may come as an endorsement', async () => {
    const one = await tcm();
    const log = boot('grub');
    one.boot(log);
    const bare = changed(one.evidence(NONCE), () => ({ eventLog: undefined }) as never);
    const verdict = verify(bare, { ...anchored(one), endorsements: { eventLog: log } });
    expect(found(verdict, 'passed')).toContain('event-log:EVENT_LOG_MATCHES');
    const other = verify(bare, { ...anchored(one), endorsements: { eventLog: boot('other') } });
    expect(inLog(other)).toEqual(['event-log:EVENT_LOG_REGISTER_DIFFERS']);
  });

  it('[part of CC-006] the log of another boot, a changed digest, changed data of a separator', async () => {
    const one = await tcm();
    const log = boot('grub', 'kernel');
    one.boot(log);
    const evidence = one.evidence(NONCE);
    const judged = (eventLog: Uint8Array) =>
      verify(
        changed(evidence, () => ({ eventLog })),
        anchored(one),
      );
    expect(inLog(judged(boot('grub', 'implant')))).toEqual(['event-log:EVENT_LOG_REGISTER_DIFFERS']);
    expect(inLog(judged(boot('kernel', 'grub')))).toEqual(['event-log:EVENT_LOG_REGISTER_DIFFERS']);
    const lastDigest = log.length - 'kernel'.length - 4 - 1;
    expect(inLog(judged(flip(log, lastDigest)))).toEqual(['event-log:EVENT_LOG_REGISTER_DIFFERS']);
    // The header is 32 bytes and its event of 33; then register, type, count, algorithm, digest, length, data.
    const separatorData = 32 + 33 + 4 + 4 + 4 + 2 + 32 + 4;
    expect(inLog(judged(flip(log, separatorData)))).toEqual(['event-log:EVENT_DATA_DIFFERS']);
    expect(malformation(() => judged(flip(log, 32 + 33 + 8, 0xff)))).not.toBe('');
  });

  it('registers beyond the log are right, but nobody says what is in them', async () => {
    const one = await tcm();
    one.boot(boot('grub'));
    one.extend(14, utf8('shim'));
    const verdict = verify(one.evidence(NONCE), anchored(one));
    expect(found(verdict)).toEqual([]);
    expect(found(verdict, 'indeterminate')).toEqual(['event-log:EVENT_LOG_NOT_COVERING']);
  });

  it('a log without the bank of the registers explains nothing', async () => {
    const one = await machine({ banks: ['sha256'] });
    const verdict = verify(
      changed(one.evidence(NONCE), () => ({ eventLog: boot('grub') })),
      anchored(one),
    );
    expect(inLog(verdict)).toEqual(['event-log:EVENT_LOG_BANK_MISSING']);
  });

  it.skipIf(!samplePresent('ccel_csv.bin'))(
    '[part of CC-006] real: registers that took the SM3 log of a CSV guest',
    async () => {
      const one = await tcm();
      const log = sample('ccel_csv.bin');
      one.boot(log);
      const evidence = one.evidence(NONCE);
      const verdict = verify(evidence, anchored(one));
      expect(found(verdict)).toEqual([]);
      expect(found(verdict, 'passed')).toContain('event-log:EVENT_LOG_MATCHES');
      const cut = changed(evidence, () => ({ eventLog: boot('grub') }));
      expect(inLog(verify(cut, anchored(one)))).toEqual(['event-log:EVENT_LOG_REGISTER_DIFFERS']);
    },
  );
});

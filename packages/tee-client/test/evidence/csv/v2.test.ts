import { concatBytes, sm3, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { csvVerifier, parseCsvReport } from '../../../src/evidence/csv/index.ts';
import { EVENT_TYPES } from '../../../src/evidence/event-log/index.ts';
import { syntheticCsvAttester } from '../../../src/synthetic/csv.ts';
import { synthesizeEventLog } from '../../../src/synthetic/event-log.ts';
import {
  chip,
  doubts,
  failures,
  flip,
  NONCE,
  outcome,
  put,
  TIME,
  trusting,
  V2,
  withMac,
  withPek,
} from './support.ts';

const MEASUREMENT = sm3(utf8('a guest'));
const RTMRS = [1, 2, 3, 4].map((n) => sm3(utf8(`register ${n}`)));
const report = (): Uint8Array =>
  chip().report({ reportData: NONCE, measurement: MEASUREMENT, rtmrs: RTMRS, build: 2100 });
const options = (more = {}) => trusting(chip(), [chip().hskCek], more);

describe('a CSV report of version 2', () => {
  it('[part of CC-006] verifies, padded or not, with its chain behind it or beside it', () => {
    for (const padded of [false, true]) {
      const made = { reportData: NONCE, padded };
      expect(outcome(chip().report(made), options())).toEqual([]);
      const whole = chip().report({ ...made, withChain: true });
      const verdict = csvVerifier.verify(whole, trusting(chip()));
      expect(verdict).toMatchObject({
        integrity: { status: 'passed' },
        trust: { status: 'passed' },
        time: { status: 'passed' },
      });
      expect(csvVerifier.recognises(whole)).toBe(true);
    }
  });

  it('[part of CC-046] states registers, versions and what keeps the host out', () => {
    const { claims } = csvVerifier.verify(report(), options());
    expect(claims).toMatchObject({
      format: 'csv-report/2',
      emulated: true,
      debug: 'disabled',
      memoryEncryption: 'active',
      device: sm3(parseDevice()),
      untrustedSoftware: ['hypervisor', 'host operating system'],
      details: {
        generation: 'CSV3',
        unsigned: ['serialNumber'],
        serialNumber: 'SYNTHETIC0001',
        rtmrVersion: 1,
      },
    });
    expect(claims.reportData).toHaveLength(64);
    expect(claims.measurements.map(({ name, value }) => `${name} ${toHex(value)}`)).toEqual([
      `launch ${toHex(MEASUREMENT)}`,
      `rtmr0 ${toHex(MEASUREMENT)}`,
      ...RTMRS.map((value, i) => `rtmr${i + 1} ${toHex(value)}`),
    ]);
    expect(claims.versions).toEqual([
      { name: 'pek-firmware', value: 0x103 },
      { name: 'policy-api', value: 0x101 },
      { name: 'build', value: 2100 },
    ]);
  });

  function parseDevice(): Uint8Array {
    const cek = chip().cek;
    const half = (at: number) => Uint8Array.from(cek.subarray(at, at + 32)).reverse();
    return concatBytes(Uint8Array.of(4), half(20), half(92));
  }

  it.each<[bits: number, debug: string, migration: string, generation: string, hostTrusted: boolean]>([
    [0x00, 'enabled', 'unrestricted', 'CSV', true],
    [0x01, 'disabled', 'unrestricted', 'CSV', true],
    [0x05, 'disabled', 'unrestricted', 'CSV2', true],
    [0x09, 'disabled', 'disabled', 'CSV', true],
    [0x11, 'disabled', 'attested', 'CSV', true],
    [0x19, 'disabled', 'disabled', 'CSV', true],
    [0x45, 'disabled', 'unrestricted', 'CSV3', false],
    [0x44, 'enabled', 'unrestricted', 'CSV3', true],
    [0x40, 'enabled', 'unrestricted', 'CSV3', true],
    [0x41, 'disabled', 'unrestricted', 'CSV3', false],
    [0xffff_ffff, 'disabled', 'disabled', 'CSV3', false],
  ])(
    '[part of CC-020] reads policy %i as debug %s, migration %s, %s',
    (policy, debug, migration, generation, host) => {
      const made = chip().report({ reportData: NONCE, policy });
      const { claims } = csvVerifier.verify(made, options());
      expect(claims).toMatchObject({ debug, migration, details: { generation, policy: { bits: policy } } });
      expect(claims.trustedSoftware.includes('hypervisor')).toBe(host);
      expect(claims.untrustedSoftware.includes('hypervisor')).toBe(!host);
    },
  );

  it('reads every field of a policy from its own bits', () => {
    const { policy } = parseCsvReport(chip().report({ reportData: NONCE, policy: 0x1234_5aa2 }));
    expect(policy).toMatchObject({
      noDebug: false,
      noKeySharing: true,
      encryptedState: false,
      noSend: false,
      domain: false,
      csv: true,
      csv3: false,
      asidReuse: true,
      hskVersion: 0xa,
      cekVersion: 5,
      apiMajor: 0x34,
      apiMinor: 0x12,
    });
  });

  const SIGNATURE = 'signature EVIDENCE_SIGNATURE_WRONG';
  const MAC = 'binding CSV_SIGNER_MAC_WRONG';
  it.each<[name: string, at: number, expected: string[]]>([
    ['user key digest', 0x00, [SIGNATURE]],
    ['vm id', 0x2f, [SIGNATURE]],
    ['vm version', 0x30, [SIGNATURE]],
    ['report data', 0x40, [SIGNATURE, 'freshness NONCE_MISMATCH']],
    ['padding of report data', 0x7f, [SIGNATURE, 'freshness NONCE_MISMATCH']],
    ['mnonce', 0x80, [SIGNATURE, MAC]],
    ['measurement', 0x90, [SIGNATURE]],
    ['policy', 0xb0, [SIGNATURE]],
    ['usage', 0xb4, ['malformed csv-report-signer']],
    ['algorithm', 0xb8, ['malformed csv-report-signer']],
    ['build', 0xbc, [SIGNATURE]],
    ['register version', 0xc0, [SIGNATURE]],
    ['reserved', 0xc2, [SIGNATURE]],
    ['register 0', 0xd0, [SIGNATURE]],
    ['register 1', 0xf0, [SIGNATURE]],
    ['register 2', 0x110, [SIGNATURE]],
    ['register 3', 0x130, [SIGNATURE]],
    ['register 4', 0x16f, [SIGNATURE]],
    ['reserved behind the registers', 0x170, [SIGNATURE]],
    ['last signed byte', 0x3ff, [SIGNATURE]],
    ['signature r', V2.signature, [SIGNATURE]],
    ['signature s', V2.signature + 72, [SIGNATURE]],
    ['above s', V2.signature + 143, ['malformed csv-number']],
    ['PEK', V2.pek + 700, ['chain CSV_PEK_SIGNATURE_WRONG', MAC]],
    ['serial number', V2.serial, [MAC]],
    ['MAC', V2.mac, [MAC]],
  ])('[part of CC-006] is refused with one bit changed: %s', (_name, at, expected) => {
    expect(outcome(flip(report(), at), options())).toEqual(expected);
  });

  it('[part of CC-006] is refused with parts of another genuine report', () => {
    const other = chip().report({ reportData: utf8('another challenge'), measurement: sm3(utf8('b')) });
    const signatureOf = (bytes: Uint8Array) => bytes.subarray(V2.signature, V2.pek);
    expect(outcome(put(report(), V2.signature, signatureOf(other)), options())).toEqual([SIGNATURE]);
    expect(outcome(put(report(), V2.mac, other.subarray(V2.mac)), options())).toEqual([MAC]);
    expect(outcome(put(other, 0x40, report().subarray(0x40, 0x80)), options())).toEqual([SIGNATURE]);
    expect(outcome(other, options())).toEqual(['freshness NONCE_MISMATCH']);
  });

  it('[part of CC-006] is refused with a signing key that no chip key vouches for, whoever made the MAC', () => {
    const forged = withPek(report(), flip(chip().pek, 436));
    expect(outcome(forged, options())).toEqual(['chain CSV_PEK_SIGNATURE_WRONG']);
    // Nothing but the MAC speaks for the serial number, and anybody can make the MAC: so it is no claim of device.
    const renamed = withMac(flip(report(), V2.serial));
    const { claims } = csvVerifier.verify(renamed, options());
    expect(outcome(renamed, options())).toEqual([]);
    expect(claims.details).toMatchObject({ unsigned: ['serialNumber'], serialNumber: 'RYNTHETIC0001' });
    expect(claims.device).toEqual(sm3(parseDevice()));
  });

  it('is not a report of version 1, though both have the same length when padded', () => {
    const [one, two] = ([1, 2] as const).map((version) =>
      chip().report({ version, reportData: NONCE, padded: true, anonce: 0 }),
    );
    expect(parseCsvReport(one!).version).toBe(1);
    expect(parseCsvReport(two!).version).toBe(2);
    expect(outcome(one!, options())).toEqual([]);
  });

  it('without a challenge is of unknown freshness, and no more', () => {
    const { reportData: _, ...blind } = options();
    const verdict = csvVerifier.verify(report(), blind);
    expect(doubts(verdict)).toEqual(['freshness NONCE_NOT_COMPARED']);
    expect([verdict.integrity.status, verdict.trust.status, verdict.time.status]).toEqual([
      'passed',
      'passed',
      'indeterminate',
    ]);
  });

  it('comes from an attester too', async () => {
    const attester = syntheticCsvAttester(chip(), { policy: 0x45 });
    const evidence = await attester.evidence(NONCE);
    expect(failures(csvVerifier.verify(evidence, trusting(chip())))).toEqual([]);
    expect(attester.maxReportData).toBe(64);
  });
});

describe('registers of a CSV report and an event log', () => {
  const events = [
    { register: 1, type: EVENT_TYPES.EV_SEPARATOR, data: new Uint8Array(4) },
    { register: 2, type: EVENT_TYPES.EV_EFI_ACTION, data: utf8('Exit Boot Services Invocation') },
    {
      register: 3,
      type: EVENT_TYPES.EV_IPL,
      data: utf8('grub_kernel_cmdline (hd0)/vmlinuz ro\0'),
      measured: utf8('(hd0)/vmlinuz ro'),
    },
  ];
  const { log, registers } = synthesizeEventLog({ events, bufferBytes: 4096 });
  const rtmrs = [1, 2, 3].map((n) => registers.find(({ register }) => register === n)!.value);
  const given = (eventLog: Uint8Array) => options({ endorsements: { hygon: [chip().hskCek], eventLog } });
  const logged = chip().report({ reportData: NONCE, rtmrs });

  it('[part of CC-006] agree', () => {
    const verdict = csvVerifier.verify(logged, given(log));
    expect(failures(verdict)).toEqual([]);
    expect(verdict.steps).toContainEqual(
      expect.objectContaining({ code: 'EVENT_LOG_MATCHES', detail: 'registers=1,2,3' }),
    );
    expect(verdict.claims.details).toMatchObject({
      eventLog: {
        boundRegisters: [1, 2, 3],
        unboundEvents: 0,
        list: [{}, {}, { type: 'EV_IPL', covered: 'value', text: 'grub_kernel_cmdline (hd0)/vmlinuz ro' }],
      },
    });
  });

  it.each([1, 2, 3])('[part of CC-006] are refused where register %i differs', (n) => {
    const changed = rtmrs.map((value, i) => (i === n - 1 ? flip(value, 0) : value));
    const verdict = csvVerifier.verify(chip().report({ reportData: NONCE, rtmrs: changed }), given(log));
    expect(failures(verdict)).toEqual(['event-log EVENT_LOG_REGISTER_DIFFERS']);
    expect(verdict.steps).toContainEqual(expect.objectContaining({ detail: `registers=rtmr${n}` }));
  });

  it('are in doubt where the log is silent, and were never in question without one', () => {
    const more = chip().report({ reportData: NONCE, rtmrs: [...rtmrs, sm3(utf8('at run time'))] });
    const verdict = csvVerifier.verify(more, given(log));
    expect(failures(verdict)).toEqual([]);
    expect(doubts(verdict)).toEqual(['event-log EVENT_LOG_NOT_COVERING']);
    expect([verdict.integrity.status, verdict.trust.status]).toEqual(['passed', 'indeterminate']);
    expect(doubts(csvVerifier.verify(more, options()))).toEqual([]);
  });

  it('are refused with a log of another algorithm', () => {
    const sha = synthesizeEventLog({ algorithms: ['sha256'], events }).log;
    expect(outcome(logged, given(sha))).toEqual(['event-log EVENT_LOG_BANK_MISSING']);
  });

  it('do not exist in version 1', () => {
    const first = chip().report({ version: 1, reportData: NONCE });
    const verdict = csvVerifier.verify(first, given(log));
    expect(doubts(verdict)).toEqual(['event-log CSV_NO_REGISTERS', 'reference CSV_LAUNCH_NOT_COMPARED']);
    expect(verdict.claims.measurements.map(({ name }) => name)).toEqual(['launch']);
  });

  it('do not vouch for events of registers nobody signed', () => {
    const added = [
      ...events,
      { register: 9, type: EVENT_TYPES.EV_EFI_ACTION, data: utf8('checked by somebody') },
    ];
    const verdict = csvVerifier.verify(logged, given(synthesizeEventLog({ events: added }).log));
    expect(failures(verdict)).toEqual([]);
    expect(verdict.steps).toContainEqual(
      expect.objectContaining({ code: 'EVENT_LOG_MATCHES', detail: 'registers=1,2,3 unboundEvents=1' }),
    );
    const { eventLog } = verdict.claims.details as { eventLog: { list: unknown[]; unboundEvents: number } };
    expect(eventLog.unboundEvents).toBe(1);
    expect(eventLog.list[1]).toMatchObject({ text: 'Exit Boot Services Invocation' });
    expect(eventLog.list[3]).toEqual({ register: 9, type: 'EV_EFI_ACTION', covered: 'data' });
  });

  it('refuse a log that is none', () => {
    expect(outcome(logged, given(utf8('no log')))).toEqual(['malformed event-log-truncated']);
    expect(csvVerifier.verify(logged, { ...options(), time: TIME }).integrity.status).toBe('passed');
  });
});

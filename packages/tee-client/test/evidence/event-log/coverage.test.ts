import { concatBytes, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { eventLogDetails } from '../../../src/evidence/event-log/details.ts';
import { EVENT_TYPES, replayEventLog } from '../../../src/evidence/event-log/index.ts';
import { ByteWriter } from '../../../src/synthetic/byte-writer.ts';
import { type SyntheticEvent, synthesizeEventLog } from '../../../src/synthetic/event-log.ts';
import { digest, judge, pcr } from './support.ts';

const VALUE = utf8('a value');
const variable = (name: string, value = VALUE): Uint8Array =>
  new ByteWriter()
    .zeros(16)
    .u32(name.length)
    .zeros(4)
    .u32(value.length)
    .zeros(4)
    .bytes(Uint8Array.from([...name].flatMap((letter) => [letter.charCodeAt(0), 0])))
    .bytes(value)
    .finish();

const event = (type: number, data: Uint8Array, measured?: Uint8Array): SyntheticEvent => ({
  register: 1,
  type,
  data,
  ...(measured === undefined ? {} : { measured }),
});
const coverage = (one: SyntheticEvent): string | undefined =>
  replayEventLog(synthesizeEventLog({ events: [one] }).log).coverage[0];

const OTHER = utf8('something else');
const T = EVENT_TYPES;

describe('[part of CC-006] what the digests of an event vouch for', () => {
  it.each<[name: string, event: SyntheticEvent, expected: string]>([
    ['a separator', event(T.EV_SEPARATOR, new Uint8Array(4)), 'data'],
    ['a separator of something else', event(T.EV_SEPARATOR, new Uint8Array(4), OTHER), 'mismatch'],
    ['an action', event(T.EV_ACTION, VALUE), 'data'],
    [
      'an action without its end sign',
      event(T.EV_EFI_ACTION, concatBytes(VALUE, Uint8Array.of(0)), VALUE),
      'data',
    ],
    ['an action without its last letter', event(T.EV_EFI_ACTION, utf8('abc'), utf8('ab')), 'mismatch'],
    ['a version', event(T.EV_S_CRTM_VERSION, VALUE, OTHER), 'mismatch'],
    ['a variable', event(T.EV_EFI_VARIABLE_DRIVER_CONFIG, variable('PK')), 'data'],
    ['a variable by its value', event(T.EV_EFI_VARIABLE_DRIVER_CONFIG, variable('PK'), VALUE), 'mismatch'],
    ['a boot variable by its value', event(T.EV_EFI_VARIABLE_BOOT, variable('Boot0001'), VALUE), 'value'],
    ['a boot variable whole', event(T.EV_EFI_VARIABLE_BOOT, variable('Boot0001')), 'data'],
    [
      'a boot variable of something else',
      event(T.EV_EFI_VARIABLE_BOOT, variable('Boot0001'), OTHER),
      'mismatch',
    ],
    [
      'a newer boot variable by its value',
      event(T.EV_EFI_VARIABLE_BOOT2, variable('Boot0001'), VALUE),
      'mismatch',
    ],
    ['an authority by its value', event(T.EV_EFI_VARIABLE_AUTHORITY, variable('db'), VALUE), 'value'],
    ['a variable too short to be one', event(T.EV_EFI_VARIABLE_BOOT, VALUE, OTHER), 'mismatch'],
    [
      'a variable whose lengths do not add up',
      event(T.EV_EFI_VARIABLE_BOOT, concatBytes(variable('B'), VALUE), VALUE),
      'mismatch',
    ],
    [
      'a variable longer than it says',
      event(T.EV_EFI_VARIABLE_BOOT, concatBytes(variable('B'), VALUE), concatBytes(VALUE, VALUE)),
      'mismatch',
    ],
    ['a partition table', event(T.EV_EFI_GPT_EVENT, VALUE, OTHER), 'mismatch'],
    [
      'a command line behind its label',
      event(T.EV_IPL, utf8('kernel_cmdline: ro quiet\0'), utf8('ro quiet')),
      'value',
    ],
    ['a command line without its end sign', event(T.EV_IPL, utf8('grub_cmd: ls'), utf8('ls')), 'value'],
    ['a command line as it is', event(T.EV_IPL, utf8('ro quiet'), utf8('ro quiet')), 'data'],
    ['a text of something else', event(T.EV_IPL, utf8('kernel_cmdline: ro'), OTHER), 'nothing'],
    ['a label alone', event(T.EV_IPL, utf8('kernel_cmdline'), OTHER), 'nothing'],
    ['a label that is a word', event(T.EV_IPL, utf8('grub_cmdx ls'), utf8('ls')), 'nothing'],
    ['a tag', event(T.EV_EVENT_TAG, VALUE, OTHER), 'nothing'],
    ['code', event(T.EV_EFI_BOOT_SERVICES_APPLICATION, VALUE), 'nothing'],
    ['a post code', event(T.EV_POST_CODE, VALUE), 'nothing'],
    ['a type nobody knows', event(0x8fff_0000, VALUE), 'nothing'],
    ['an informative event', event(T.EV_NO_ACTION, VALUE), 'nothing'],
  ])('%s', (_name, one, expected) => {
    expect(coverage(one)).toBe(expected);
  });

  it('is shown as text only where it is vouched for', () => {
    const { log } = synthesizeEventLog({
      events: [
        event(T.EV_IPL, utf8('kernel_cmdline: ro\0'), utf8('ro')),
        event(T.EV_IPL, utf8('kernel_cmdline: init=/bin/evil\0'), utf8('ro')),
        event(T.EV_EFI_ACTION, Uint8Array.of(0xff, 0x00)),
        { ...event(0x1234_5678, VALUE), register: 2 },
      ],
    });
    expect(eventLogDetails(replayEventLog(log), [1])).toEqual({
      format: 'tcg2',
      algorithms: ['sm3'],
      events: 4,
      boundRegisters: [1],
      unboundEvents: 1,
      uncoveredEvents: 2,
      list: [
        { register: 1, type: 'EV_IPL', covered: 'value', text: 'kernel_cmdline: ro' },
        { register: 1, type: 'EV_IPL', covered: 'nothing' },
        { register: 1, type: 'EV_EFI_ACTION', covered: 'data' },
        { register: 2, type: '0x12345678', covered: 'nothing' },
      ],
    });
  });

  it('is shown as text beside signed registers only of those', () => {
    const { log } = synthesizeEventLog({
      events: [event(T.EV_ACTION, VALUE), { ...event(T.EV_ACTION, OTHER), register: 8 }],
    });
    const texts = (bound?: readonly number[]) =>
      (eventLogDetails(replayEventLog(log), bound).list as { text?: string }[]).map(({ text }) => text);
    expect(texts([1])).toEqual(['a value', undefined]);
    expect(texts([])).toEqual([undefined, undefined]);
    // A log by itself: nothing of it is signed, which its verdict says.
    expect(texts()).toEqual(['a value', 'something else']);
  });

  it('lists no more than there is room for', () => {
    const events = Array.from({ length: 300 }, () => event(T.EV_POST_CODE, VALUE));
    const details = eventLogDetails(replayEventLog(synthesizeEventLog({ events }).log));
    expect(details).toMatchObject({ events: 300, unboundEvents: 300 });
    expect(details.list).toHaveLength(256);
  });
});

describe('[part of CC-006] registers that were signed', () => {
  const { log, registers } = synthesizeEventLog({
    algorithms: ['sha256', 'sm3'],
    events: [event(T.EV_ACTION, VALUE), { ...event(T.EV_ACTION, OTHER), register: 8 }],
  });
  const value = (register: number, algorithm: string) =>
    registers.find((one) => one.register === register && one.algorithm === algorithm)!.value;
  const zeros = new Uint8Array(32);

  it('are compared in their own bank', () => {
    expect(judge(log, [pcr(1, value(1, 'sm3')), pcr(8, value(8, 'sha256'), 'sha256')]).judged.bound).toEqual([
      1, 8,
    ]);
    const crossed = judge(log, [pcr(1, value(1, 'sm3'), 'sha256'), pcr(8, value(1, 'sm3'))]);
    expect(crossed.steps).toEqual([
      'passed EVENT_DATA_MATCHES',
      'failed EVENT_LOG_REGISTER_DIFFERS registers=pcr1,pcr8',
    ]);
    expect(crossed.found.map(({ step, aspect }) => `${step} ${aspect}`)).toEqual([
      'event-log integrity',
      'event-log integrity',
    ]);
    expect(crossed.judged.bound).toEqual([]);
  });

  it.each<[name: string, register: number, signed: Uint8Array, steps: string[]]>([
    ['of zeros', 9, zeros, []],
    ['of ones, of a dynamic launch that was not', 17, zeros.map(() => 0xff), []],
    ['of ones, of the last such', 22, zeros.map(() => 0xff), []],
    ['of ones', 16, zeros.map(() => 0xff), ['indeterminate EVENT_LOG_NOT_COVERING registers=pcr16']],
    [
      'of ones, behind them',
      23,
      zeros.map(() => 0xff),
      ['indeterminate EVENT_LOG_NOT_COVERING registers=pcr23'],
    ],
    [
      'with something in it',
      9,
      digest('sm3', VALUE),
      ['indeterminate EVENT_LOG_NOT_COVERING registers=pcr9'],
    ],
    ['of zeros, though the log has events', 8, zeros, ['failed EVENT_LOG_REGISTER_DIFFERS registers=pcr8']],
  ])('and that the log has no events for: %s', (_name, register, signed, steps) => {
    expect(judge(log, [pcr(register, signed)]).steps).toEqual(['passed EVENT_DATA_MATCHES', ...steps]);
  });

  it('are not called right beside data that is wrong', () => {
    const wrong = synthesizeEventLog({ events: [event(T.EV_ACTION, VALUE, OTHER)] });
    const [one] = wrong.registers;
    expect(judge(wrong.log, [pcr(1, one!.value)]).steps).toEqual(['failed EVENT_DATA_DIFFERS events=0']);
  });

  it('are listed to a bound', () => {
    const many = Array.from({ length: 12 }, (_, i) => pcr(i, digest('sm3', Uint8Array.of(i))));
    const { steps } = judge(log, many);
    expect(steps).toContain(
      'indeterminate EVENT_LOG_NOT_COVERING registers=pcr0,pcr2,pcr3,pcr4,pcr5,pcr6,pcr7,pcr9,+2',
    );
  });
});

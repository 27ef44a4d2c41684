import { concatBytes, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES, replayEventLog } from '../../../src/evidence/event-log/index.ts';
import { synthesizeEventLog } from '../../../src/synthetic/event-log.ts';
import { seededNumbers } from '../seeded-numbers.ts';
import { judge, pcr } from './support.ts';

const SEED = 'event log mutation 1';
const ROUNDS = 1500;

const { log, registers } = synthesizeEventLog({
  algorithms: ['sm3', 'sha384'],
  events: [
    { register: 0, type: EVENT_TYPES.EV_S_CRTM_VERSION, data: utf8('version 1') },
    { register: 1, type: EVENT_TYPES.EV_ACTION, data: utf8('action') },
    { register: 4, type: EVENT_TYPES.EV_IPL, data: utf8('kernel_cmdline: ro\0'), measured: utf8('ro') },
    { register: 7, type: EVENT_TYPES.EV_SEPARATOR, data: new Uint8Array(4) },
  ],
});
const signed = registers
  .filter(({ algorithm }) => algorithm === 'sm3')
  .map(({ register, value }) => pcr(register, value));

describe('[part of CC-006] an event log that was changed anywhere', () => {
  it('leads to a finding or a coded error', () => {
    console.info(`seed: ${SEED}`);
    const next = seededNumbers(SEED);
    let found = 0;
    for (let i = 0; i < ROUNDS; i++) {
      const at = next(log.length);
      const changed = log.slice();
      changed[at]! ^= 1 + next(255);
      const input = [changed, log.subarray(0, at), concatBytes(log, changed.subarray(at))][next(3)]!;
      try {
        found += judge(input, signed).steps.filter((text) => !text.startsWith('passed')).length > 0 ? 1 : 0;
      } catch (error) {
        expect(error, `round ${i}`).toMatchObject({ code: 'ERR_TEE_EVIDENCE_MALFORMED' });
      }
    }
    expect(found).toBeGreaterThan(ROUNDS / 20);
  });

  it('byte by byte: what the signed bank covers cannot be changed unnoticed', () => {
    // SHA-384 digests of events whose data is not recomputed, the header's remarks and the text behind NUL stay free.
    const unnoticed: number[] = [];
    for (let at = 0; at < log.length; at++) {
      const changed = log.slice();
      changed[at]! ^= 0x40;
      try {
        if (judge(changed, signed).steps.every((text) => text.startsWith('passed'))) unnoticed.push(at);
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_TEE_EVIDENCE_MALFORMED' });
      }
    }
    const { log: read, coverage } = replayEventLog(log);
    // Where an event's parts lie in the log: views of the input say so themselves.
    const within = (part: Uint8Array) => (at: number) =>
      at >= part.byteOffset && at < part.byteOffset + part.length;
    const free = [
      (at: number) => at < 73,
      ...read.events.map((_, i) => (at: number) => typeAt(i).includes(at)),
    ];
    const text = read.events[2]!;
    free.push(within(text.data), within(text.digests[1]!.value));
    expect(coverage).toEqual(['data', 'data', 'value', 'data']);
    expect(unnoticed.filter((at) => !free.some((is) => is(at)))).toEqual([]);
  });
});

/** The four bytes of an event's type: what kind an event is no digest says, unless its kind has to be hashed. */
function typeAt(index: number): number[] {
  const { events } = replayEventLog(log).log;
  const first = events[index]!.digests[0]!.value.byteOffset;
  return [1, 2, 3, 4].map((i) => first - 2 - 4 - i);
}

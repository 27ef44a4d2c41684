import { utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { tdxVerifier } from '../../../src/evidence/intel/index.ts';
import { synthesizeEventLog } from '../../../src/synthetic/event-log.ts';
import { createWorld, NONCE, type World } from './collateral-support.ts';
import { failures, flipped, outcome, placeOf } from './support.ts';

/** EV_EVENT_TAG: what is measured is not in the event; and EV_SEPARATOR: it is. */
const [TAG, SEPARATOR] = [6, 4];

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

const EVENTS = [1, 2, 3, 4].flatMap((register) => [
  { register, type: TAG, data: utf8(`stage ${register}`), measured: utf8(`code of stage ${register}`) },
  { register, type: SEPARATOR, data: new Uint8Array(4) },
]);

const { log, registers } = synthesizeEventLog({ algorithms: ['sha384'], events: EVENTS });
const [r0, r1, r2, r3] = [1, 2, 3, 4].map(
  (number) => registers.find(({ register }) => register === number)!.value,
);

function judge(rtmrs: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array], eventLog: Uint8Array) {
  const quote = world.platform.tdxQuote({ reportData: NONCE, rtmrs });
  const options = world.options([]);
  return outcome(() => tdxVerifier.verify(quote, { ...options, endorsements: { eventLog } }));
}

describe('event log of a trust domain', () => {
  it('[part of CC-006] leads to the registers, RTMR n being register n + 1 of the log', () => {
    const quote = world.platform.tdxQuote({ reportData: NONCE, rtmrs: [r0!, r1!, r2!, r3!] });
    const verdict = tdxVerifier.verify(quote, { ...world.options([]), endorsements: { eventLog: log } });
    expect(failures(verdict)).toEqual([]);
    expect(verdict.steps.filter(({ step }) => step === 'event-log').map(({ status }) => status)).toContain(
      'passed',
    );
    expect(verdict.integrity.status).toBe('passed');
  });

  it('[part of CC-006] every register counts, and each in its place', () => {
    const zero = new Uint8Array(48);
    const wrong = [
      [zero, r1!, r2!, r3!],
      [r0!, zero, r2!, r3!],
      [r0!, r1!, zero, r3!],
      [r0!, r1!, r2!, zero],
      [r1!, r0!, r2!, r3!],
    ] as const;
    for (const rtmrs of wrong) expect(judge(rtmrs, log)).toEqual(['event-log:EVENT_LOG_REGISTER_DIFFERS']);
  });

  it('[part of CC-006] a changed digest, a log of another bank, a log that is none', () => {
    const right = [r0!, r1!, r2!, r3!] as const;
    // The digest stands before the length and the text of its event.
    const digest = placeOf(log, utf8('stage 2')) - 20;
    expect(judge(right, flipped(log, digest))).toEqual(['event-log:EVENT_LOG_REGISTER_DIFFERS']);
    const other = synthesizeEventLog({ algorithms: ['sm3'], events: EVENTS });
    expect(judge(right, other.log)).toEqual(['event-log:EVENT_LOG_BANK_MISSING']);
    expect(judge(right, log.subarray(0, log.length - 3))[0]).toBe('ERR_TEE_EVIDENCE_MALFORMED');
    expect(judge(right, utf8('no log'))[0]).toBe('ERR_TEE_EVIDENCE_MALFORMED');
  });
});

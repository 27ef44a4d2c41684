import { utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createTimeStampAuthority,
  createTimeStampRequest,
  parseTimeStampResponse,
  parseTimeStampToken,
  type TimeStampAuthorityOptions,
} from '../src/timestamp/index.ts';
import { day, NOW } from './support/authority.ts';
import { type StampingSite, stampingSite, tsaOptions } from './support/timestamp.ts';

let site: StampingSite;
beforeAll(async () => {
  site = await stampingSite();
});

const request = createTimeStampRequest({ content: utf8('内容') });
/** A clock that starts at NOW and runs like the one on the wall. */
function runningClock(): () => Date {
  const start = performance.now();
  return () => new Date(NOW.getTime() + Math.floor(performance.now() - start));
}
const authority = (changes: Partial<TimeStampAuthorityOptions>) =>
  createTimeStampAuthority(tsaOptions(site.tsa, { ordering: true, ...changes }));
const read = (der: Uint8Array) => {
  const { token, failures } = parseTimeStampResponse(der);
  return token === undefined ? { failures } : { time: parseTimeStampToken(token).info.time.getTime() };
};

describe('an authority that orders its tokens', () => {
  const AHEAD = [
    ['no accuracy', {}, 0],
    ['an accuracy of 20 ms', { accuracy: { millis: 20 } }, 20],
    ['an accuracy of a second', { accuracy: { seconds: 1 } }, 1000],
  ] as const;
  it.each(AHEAD)('is never further ahead of its clock than %s says', async (_, changes, ahead) => {
    const clock = runningClock();
    const stamp = authority({ ...changes, clock });
    const answers = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const answer = read(await stamp.reply(request));
        return { ...answer, given: clock().getTime() };
      }),
    );
    const times = answers.map(({ time }) => time!);
    expect(new Set(times).size).toBe(60);
    for (const { time, given } of answers) expect(time! - given).toBeLessThanOrEqual(ahead);
  });

  it('refuses what it could stamp only by running ahead', async () => {
    const frozen = authority({ accuracy: { millis: 2 } });
    const answers = (await Promise.all(Array.from({ length: 6 }, () => frozen.reply(request)))).map(read);
    const times = answers.flatMap(({ time }) => (time === undefined ? [] : [time - NOW.getTime()]));
    expect(times).toEqual([0, 1, 2]);
    expect(answers.filter(({ failures }) => failures?.[0] === 'timeNotAvailable')).toHaveLength(3);
  });

  it('serves eleven hundred requests at once, or says that it has no time', async () => {
    let now = NOW.getTime();
    const stamp = authority({ clock: () => new Date(now) });
    const waiting = Array.from({ length: 1100 }, () =>
      stamp.reply(createTimeStampRequest({ content: utf8('x') })),
    );
    const timer = setInterval(() => {
      now += 500;
    }, 1);
    const answers = (await Promise.all(waiting)).map(read);
    clearInterval(timer);
    const refused = answers.filter(({ failures }) => failures !== undefined);
    // The first millisecond, and the thousand that may be waited for.
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(1001);
    expect(refused.every(({ failures }) => failures?.[0] === 'timeNotAvailable')).toBe(true);
  });

  it('stays after the last time of an earlier run', async () => {
    const lastTime = new Date(NOW.getTime() + 3);
    const after = authority({ lastTime, accuracy: { millis: 10 } });
    expect(read(await after.reply(request))).toEqual({ time: NOW.getTime() + 4 });
    const setBack = authority({ lastTime: day(1) });
    expect(read(await setBack.reply(request))).toEqual({ failures: ['timeNotAvailable'] });
    const unordered = authority({ ordering: false, lastTime: day(1) });
    expect(read(await unordered.reply(request))).toEqual({ time: NOW.getTime() });
  });
});

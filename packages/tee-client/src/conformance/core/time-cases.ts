import { type ConformanceCase, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { CONFORMANCE_TAS } from '../../spec/v1/conformance-ta.ts';
import type { TEE_Time } from '../../spec/v1/internal/tee.ts';
import { remoteTee } from '../remote.ts';
import { CONFORMANCE_TA, expectEqual, inside, must, refuses, withContext } from '../support.ts';

const SYSTEM = 'xtest 1006; GPD_SPE_010 §7.2.1 TEE_GetSystemTime';
const WAIT = 'xtest 1009; GPD_SPE_010 §7.2.2 TEE_Wait';
const PERSISTENT = 'xtest 1006; GPD_SPE_010 §7.2.3, §7.2.4';
const REE = 'xtest 1006; GPD_SPE_010 §7.2.5 TEE_GetREETime';

const milliseconds = ({ seconds, millis }: TEE_Time): number => 1000 * seconds + millis;

/** Time. */
export const timeCases: readonly ConformanceCase<TeeClient>[] = [
  inside('time.system.goes-on', SYSTEM, async (t) => {
    let last = milliseconds(await t.TEE_GetSystemTime());
    for (let i = 0; i < 20; i++) {
      const now = milliseconds(await t.TEE_GetSystemTime());
      expectTrue(now >= last, 'system time never goes back');
      last = now;
    }
  }),
  inside('time.system.form', SYSTEM, async (t) => {
    const { seconds, millis } = await t.TEE_GetSystemTime();
    expectTrue(Number.isInteger(seconds) && seconds >= 0, 'whole seconds');
    expectTrue(Number.isInteger(millis) && millis >= 0 && millis < 1000, 'milliseconds below 1,000');
  }),
  inside('time.wait.duration', WAIT, async (t) => {
    const before = milliseconds(await t.TEE_GetSystemTime());
    await t.TEE_Wait(60);
    // One tick of a clock that counts milliseconds may be missing.
    expectTrue(milliseconds(await t.TEE_GetSystemTime()) - before >= 59, '60 ms have gone by');
  }),
  inside('time.wait.nothing', WAIT, async (t) => {
    await t.TEE_Wait(0);
  }),
  inside('time.ree.form', REE, async (t) => {
    const { seconds, millis } = await t.TEE_GetREETime();
    // 2020-01-01: nothing before it can be the time of a system this runs on.
    expectTrue(seconds > 1_577_836_800, 'seconds since 1970');
    expectTrue(millis >= 0 && millis < 1000, 'milliseconds below 1,000');
  }),
  refuses(
    'time.persistent.not-set',
    PERSISTENT,
    ['TIME_NOT_SET'],
    'the persistent time before it was set',
    async (_, kit) => {
      // This application's time is set by no case.
      const t = await kit.open(CONFORMANCE_TAS.multiInstance);
      return () => t.TEE_GetTAPersistentTime();
    },
  ),
  inside('time.persistent.set', PERSISTENT, async (t) => {
    const set = { seconds: 1000, millis: 500 };
    await t.TEE_SetTAPersistentTime(set);
    const gone = milliseconds(await t.TEE_GetTAPersistentTime()) - milliseconds(set);
    expectTrue(gone >= 0 && gone < 60_000, `${gone} ms after the time was set`);
  }),
  inside('time.persistent.runs', PERSISTENT, async (t) => {
    await t.TEE_SetTAPersistentTime({ seconds: 5000, millis: 0 });
    await t.TEE_Wait(50);
    expectTrue(milliseconds(await t.TEE_GetTAPersistentTime()) >= 5_000_049, 'the time goes on');
  }),
  inside('time.persistent.own', PERSISTENT, async (t, kit) => {
    const second = await kit.open(CONFORMANCE_TAS.second);
    await t.TEE_SetTAPersistentTime({ seconds: 100_000, millis: 0 });
    await second.TEE_SetTAPersistentTime({ seconds: 900_000, millis: 0 });
    const { seconds } = await t.TEE_GetTAPersistentTime();
    expectTrue(seconds >= 100_000 && seconds < 101_000, 'each application has its own time');
  }),
  must(
    'time.persistent.kept',
    PERSISTENT,
    async (client) => {
      await withContext(client, async (context) => {
        const t = remoteTee(await context.openSession(CONFORMANCE_TAS.main));
        await t.TEE_SetTAPersistentTime({ seconds: 700_000, millis: 0 });
      });
      await withContext(client, async (context) => {
        const t = remoteTee(await context.openSession(CONFORMANCE_TAS.main));
        const { seconds } = await t.TEE_GetTAPersistentTime();
        expectTrue(seconds >= 700_000 && seconds < 701_000, 'the time after the instance ended');
      });
    },
    [CONFORMANCE_TA],
  ),
  refuses(
    'time.persistent.overflow',
    PERSISTENT,
    ['OVERFLOW'],
    'a time above 32 bits of seconds',
    async (t) => {
      await t.TEE_SetTAPersistentTime({ seconds: 0xffffffff, millis: 950 });
      await t.TEE_Wait(200);
      return () => t.TEE_GetTAPersistentTime();
    },
  ),
  inside('time.persistent.set-back', PERSISTENT, async (t) => {
    await t.TEE_SetTAPersistentTime({ seconds: 50_000, millis: 0 });
    await t.TEE_SetTAPersistentTime({ seconds: 10, millis: 0 });
    expectEqual((await t.TEE_GetTAPersistentTime()).seconds < 1000, true, 'the application may set it back');
  }),
];

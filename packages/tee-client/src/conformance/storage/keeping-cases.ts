import { toHex } from '@cssi/sm-core';
import { type ConformanceCase, expectBytes, expectTrue } from '@cssi/sm-core/conformance';
import type { TeeClient } from '../../spec/v1/client.ts';
import { CONFORMANCE_COMMANDS, CONFORMANCE_TAS } from '../../spec/v1/conformance-ta.ts';
import { TEE_SEEK } from '../../spec/v1/internal/constants.ts';
import { teecParam } from '../../spec/v1/operation.ts';
import { ownParameter, remoteTee } from '../remote.ts';
import { CONFORMANCE_TA, expectEqual, expectPanic, inside, must, refuses, withContext } from '../support.ts';
import { ALL, content, create, idOf, list, OVERWRITE, open, remove, STORAGE, stored } from './objects.ts';

const ISOLATION = 'xtest 6015; GPD_SPE_010 §5.2; CC-005';
const KEEPING = 'GPD_SPE_010 §2.5 (trusted storage)';

/** Isolation, and what outlives instances. */
export const keepingCases: readonly ConformanceCase<TeeClient>[] = [
  refuses(
    'storage.isolation.open',
    ISOLATION,
    ['ITEM_NOT_FOUND'],
    'an object of another application',
    async (t, kit) => {
      await stored(t, idOf(kit), Uint8Array.of(1));
      const other = await kit.open(CONFORMANCE_TAS.second);
      return () => open(other, idOf(kit));
    },
  ),
  inside('storage.isolation.same-name', ISOLATION, async (t, kit) => {
    const other = await kit.open(CONFORMANCE_TAS.second);
    await stored(t, idOf(kit), Uint8Array.of(1));
    await stored(other, idOf(kit), Uint8Array.of(2));
    const object = await open(t, idOf(kit));
    expectBytes(await content(t, object), Uint8Array.of(1), 'each application has its own object of a name');
    await t.TEE_CloseAndDeletePersistentObject1(object);
    await remove(other, idOf(kit));
  }),
  inside('storage.isolation.enumeration', ISOLATION, async (t, kit) => {
    await stored(t, idOf(kit));
    const other = await kit.open(CONFORMANCE_TAS.second);
    expectTrue(
      !(await list(other)).includes(toHex(idOf(kit))),
      'objects of another application are not listed',
    );
  }),
  must(
    'storage.keeping.instance-ends',
    KEEPING,
    async (client, { bytes }) => {
      await withContext(client, async (context) => {
        await stored(
          remoteTee(await context.openSession(CONFORMANCE_TAS.main)),
          bytes('id', 16),
          bytes('data', 99),
        );
      });
      await withContext(client, async (context) => {
        const t = remoteTee(await context.openSession(CONFORMANCE_TAS.main));
        const object = await open(t, bytes('id', 16));
        expectBytes(await content(t, object), bytes('data', 99), 'an object after all sessions ended');
      });
    },
    [CONFORMANCE_TA],
  ),
  inside('storage.keeping.panic', KEEPING, async (t, kit) => {
    const object = await create(t, idOf(kit));
    await t.TEE_WriteObjectData(object, kit.bytes('data', 50));
    await expectPanic(
      () => kit.session.invokeCommand(CONFORMANCE_COMMANDS.PANIC),
      'a panic with an open object',
    );
    const fresh = await kit.open();
    expectBytes(
      await content(fresh, await open(fresh, idOf(kit))),
      kit.bytes('data', 50),
      'what was written before',
    );
  }),
  inside('storage.keeping.loop', 'xtest 6014', async (t, kit) => {
    const before = (await list(t)).length;
    for (let i = 0; i < 20; i++) {
      const object = await create(t, idOf(kit), kit.bytes(`data ${i}`, 40 + i));
      expectBytes(await content(t, object), kit.bytes(`data ${i}`, 40 + i), `round ${i}`);
      await t.TEE_CloseAndDeletePersistentObject1(object);
    }
    expectEqual((await list(t)).length, before, 'the number of objects afterwards');
  }),
  inside('storage.keeping.large', 'xtest 6018', async (t, kit) => {
    const data = kit.bytes('data', 300_000);
    const object = await create(t, idOf(kit));
    for (let at = 0; at < data.length; at += 100_000) {
      await t.TEE_WriteObjectData(object, data.subarray(at, at + 100_000));
    }
    const wide = kit.again({ answerBytes: 301_000 });
    expectBytes(await content(wide, object), data, 'an object of 300,000 bytes');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  inside('storage.keeping.random-writes', 'xtest 1015 (corner cases of a block store)', async (t, kit) => {
    const model = new Uint8Array(20_000);
    const object = await create(t, idOf(kit), model.slice());
    const choice = kit.bytes('choice', 120);
    for (let i = 0; i < 120; i += 3) {
      const at = (((choice[i] ?? 0) << 8) | (choice[i + 1] ?? 0)) % 19_000;
      const piece = kit.bytes(`piece ${i}`, 1 + 4 * (choice[i + 2] ?? 0)).subarray(0, 1000);
      model.set(piece, at);
      await t.TEE_SeekObjectData(object, at, TEE_SEEK.SET);
      await t.TEE_WriteObjectData(object, piece);
    }
    const wide = kit.again({ answerBytes: 21_000 });
    expectBytes(await content(wide, object), model, 'the object after 40 writes at any place');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  inside('storage.keeping.parallel', 'xtest 6016', async (_, kit) => {
    await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (label) => {
        const t = await kit.open();
        const object = await create(t, idOf(kit, label));
        for (let i = 0; i < 5; i++) await t.TEE_WriteObjectData(object, kit.bytes(`${label} ${i}`, 100));
        const data = await content(t, object);
        for (let i = 0; i < 5; i++) {
          expectBytes(
            data.subarray(100 * i, 100 * i + 100),
            kit.bytes(`${label} ${i}`, 100),
            `piece ${i} of ${label}`,
          );
        }
        await t.TEE_CloseAndDeletePersistentObject1(object);
      }),
    );
  }),
  inside('storage.keeping.independent', 'xtest 6019', async (t, kit) => {
    const [short, long] = [idOf(kit).subarray(0, 8), idOf(kit)];
    await stored(t, short, Uint8Array.of(1));
    await stored(t, long, Uint8Array.of(2));
    await remove(t, short);
    const object = await open(t, long);
    expectBytes(await content(t, object), Uint8Array.of(2), 'an object whose name starts with a deleted one');
    await t.TEE_CloseAndDeletePersistentObject1(object);
  }),
  inside('storage.keeping.id-in-shared-memory', 'xtest 6020', async (_, kit) => {
    // GlobalPlatform forbids identifiers in shared memory: a TEE ends the application, or works on a copy.
    const name = kit.bytes('id', 12);
    const shared = kit.again({ params: [teecParam.tempInput(name)] });
    try {
      const object = await shared.TEE_CreatePersistentObject(
        STORAGE,
        ownParameter(2),
        ALL | OVERWRITE,
        null,
        null,
      );
      await shared.TEE_CloseObject(object);
    } catch (error) {
      return expectPanic(() => Promise.reject(error), 'an identifier in shared memory');
    }
    name.fill(0);
    const t = kit.again({});
    await t.TEE_CloseAndDeletePersistentObject1(await open(t, kit.bytes('id', 12)));
  }),
];

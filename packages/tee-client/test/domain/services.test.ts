import { describe, expect, it } from 'vitest';
import type { DomainAnswer } from '../../src/adapters/software/domain-protocol.ts';
import type { ModuleServiceRequest } from '../../src/spec/v1/module.ts';
import { TEEC_RESULTS as R } from '../../src/spec/v1/results.ts';
import { commands, type LaunchOptions, session, TIMEOUT } from './support.ts';

const EMPTY = new Uint8Array(0);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

async function started(options: LaunchOptions = {}, code = commands('')) {
  const launched = await session(code, options);
  const service = (request: ModuleServiceRequest, id = launched.id): Promise<DomainAnswer> =>
    launched.link.call({ kind: 'service', session: id, request }, TIMEOUT);
  const part = async (request: ModuleServiceRequest, id = launched.id): Promise<Uint8Array> => {
    const answer = await service(request, id);
    expect(answer.result).toBe(0);
    return answer.parts[0] as Uint8Array;
  };
  const stats = async () =>
    JSON.parse(new TextDecoder().decode((await launched.control('stats')).parts[0])) as {
      memory: { used: number; peak: number; quota: number };
    };
  return { ...launched, service, part, stats };
}

describe('[part of CC-023] sealing for clients', () => {
  it('opens with the same associated data, also after a new start', async () => {
    const seed = new Uint8Array(32).fill(1);
    const a = await started({ seed });
    const blob = await a.part({ service: 'seal', data: text('data'), aad: text('aad') });
    const b = await started({ seed });
    expect(await b.part({ service: 'unseal', data: blob, aad: text('aad') })).toEqual(text('data'));
  });

  it('never makes the same blob twice, and shows nothing of the data', async () => {
    const { part } = await started();
    const request = { service: 'seal', data: text('a secret of the client'), aad: EMPTY } as const;
    const blobs = await Promise.all(Array.from({ length: 20 }, () => part(request)));
    expect(new Set(blobs.map((blob) => Buffer.from(blob).toString('hex'))).size).toBe(20);
    expect(Buffer.from(blobs[0] as Uint8Array).includes('secret')).toBe(false);
  });

  it('opens nothing that was changed at any place', async () => {
    const { part, service } = await started();
    const blob = await part({ service: 'seal', data: text('data'), aad: text('aad') });
    for (let i = 0; i < blob.length; i++) {
      const bad = Uint8Array.from(blob);
      bad[i] = (bad[i] as number) ^ 1;
      const answer = await service({ service: 'unseal', data: bad, aad: text('aad') });
      expect(answer).toMatchObject({ result: R.MAC_INVALID, origin: 3, parts: [] });
    }
    for (let length = 0; length < blob.length; length++) {
      const answer = await service({ service: 'unseal', data: blob.subarray(0, length), aad: text('aad') });
      expect(answer.result).toBe(R.MAC_INVALID);
    }
  });

  it.each([
    ['other associated data', { aad: 'aae' }],
    ['shorter associated data', { aad: 'aa' }],
    ['no associated data', { aad: '' }],
    ['another application or device', { aad: 'aad', seed: 2 }],
  ])('opens nothing with %s', async (_name, { aad, seed = 1 }: { aad: string; seed?: number }) => {
    const a = await started({ seed: new Uint8Array(32).fill(1) });
    const b = await started({ seed: new Uint8Array(32).fill(seed) });
    const blob = await a.part({ service: 'seal', data: text('data'), aad: text('aad') });
    expect((await b.service({ service: 'unseal', data: blob, aad: text(aad) })).result).toBe(R.MAC_INVALID);
  });
});

describe('[part of CC-023] keys for clients', () => {
  it('depend on the application, the label and the length', async () => {
    const keys = new Set<string>();
    for (const fill of [1, 2]) {
      const { part } = await started({ seed: new Uint8Array(32).fill(fill) });
      for (const label of ['a', 'b', 'ab']) {
        for (const length of [16, 32, 64]) {
          const request = { service: 'derive', label: text(label), length } as const;
          const key = await part(request);
          expect(key).toHaveLength(length);
          expect(await part(request)).toEqual(key);
          keys.add(Buffer.from(key).toString('hex').slice(0, 32));
        }
      }
    }
    // Keys of one label share their beginning: the length is not part of the derivation.
    expect(keys.size).toBe(6);
  });

  it('are not the keys the application has for the same label', async () => {
    const code = commands('params[0].buffer.set(tee.CSSI_DeriveTaKey(params[1].buffer, 32))');
    const { part, invoke, id } = await started({}, code);
    const answer = await invoke(id, 0, [
      { type: 6, size: 32, buffer: EMPTY },
      { type: 5, size: 1, buffer: text('a') },
    ]);
    const own = (answer.params[0] as { buffer: Uint8Array }).buffer;
    expect(own.some((byte) => byte !== 0)).toBe(true);
    expect(await part({ service: 'derive', label: text('a'), length: 32 })).not.toEqual(own);
  });

  it.each([
    [0, 32],
    [65, 32],
    [1, 15],
    [1, 65],
    [1, 0],
  ])('refuse a label of %i bytes and a key of %i', async (label, length) => {
    const { service } = await started();
    const answer = await service({ service: 'derive', label: new Uint8Array(label), length });
    expect(answer).toMatchObject({ result: R.BAD_PARAMETERS, origin: 3, parts: [] });
  });
});

describe('[CC-021] secure memory', () => {
  const reading = commands(
    `const block = tee.CSSI_GetSecureMemory(params[0].a);
     params[1].buffer.set(block.subarray(0, params[1].size)); session.kept = block; params[0].b = block.length`,
    `params[1].buffer.set(session.kept.subarray(0, params[1].size))`,
    `tee.CSSI_GetSecureMemory(params[0].a)`,
  );
  const seen = async (run: Awaited<ReturnType<typeof started>>, id: number, size: number, command = 0) => {
    const answer = await run.invoke(run.id, command, [
      { type: 3, a: id, b: 0 },
      { type: 6, size, buffer: EMPTY },
    ]);
    expect(answer.result).toBe(0);
    return {
      bytes: (answer.params[1] as { buffer: Uint8Array }).buffer,
      length: (answer.params[0] as { b: number }).b,
    };
  };

  it('is written by the client and read by the application', async () => {
    const run = await started({}, reading);
    const { value: id } = await run.service({ service: 'memory-allocate', size: 100 });
    await run.service({ service: 'memory-write', id, offset: 98, data: Uint8Array.of(1, 2) });
    const { bytes, length } = await seen(run, id, 100);
    expect(length).toBe(100);
    expect([...bytes.subarray(96)]).toEqual([0, 0, 1, 2]);
    await run.service({ service: 'memory-write', id, offset: 0, data: Uint8Array.of(9) });
    expect((await seen(run, id, 1, 1)).bytes).toEqual(Uint8Array.of(9));
  });

  it('grows with zeroes and leaves nothing in the old place', async () => {
    const run = await started({}, reading);
    const { value: id } = await run.service({ service: 'memory-allocate', size: 4 });
    await run.service({ service: 'memory-write', id, offset: 0, data: Uint8Array.of(1, 2, 3, 4) });
    await seen(run, id, 4);
    expect((await run.service({ service: 'memory-grow', id, size: 8 })).result).toBe(0);
    expect((await seen(run, 1, 4, 1)).bytes).toEqual(new Uint8Array(4));
    expect((await seen(run, id, 8)).bytes).toEqual(Uint8Array.of(1, 2, 3, 4, 0, 0, 0, 0));
  });

  it('counts against the quota from its allocation to its release, and nothing before', async () => {
    const run = await started();
    expect((await run.stats()).memory.used).toBe(0);
    const { value: id } = await run.service({ service: 'memory-allocate', size: 100_000 });
    const { used } = (await run.stats()).memory;
    expect(used).toBeGreaterThanOrEqual(100_000);
    await run.service({ service: 'memory-grow', id, size: 200_000 });
    expect((await run.stats()).memory.used).toBe(used + 100_000);
    await run.service({ service: 'memory-release', id });
    expect((await run.stats()).memory).toMatchObject({ used: 0, peak: used + 100_000, quota: 1 << 20 });
  });

  it('is refused above the quota, and nothing changes then', async () => {
    const run = await started({}, reading);
    const { value: id } = await run.service({ service: 'memory-allocate', size: 1000 });
    await run.service({ service: 'memory-write', id, offset: 0, data: Uint8Array.of(5) });
    const { used } = (await run.stats()).memory;
    for (const request of [
      { service: 'memory-allocate', size: 1 << 20 },
      { service: 'memory-allocate', size: 0xffffffff },
      { service: 'memory-grow', id, size: 2 << 20 },
    ] as const) {
      expect(await run.service(request)).toMatchObject({ result: R.OUT_OF_MEMORY, origin: 3, value: 0 });
    }
    expect((await run.stats()).memory.used).toBe(used);
    expect((await seen(run, id, 1)).bytes).toEqual(Uint8Array.of(5));
    expect(run.events.filter(({ kind }) => kind === 'memory-exceeded')).toHaveLength(3);
  });

  it('is no more than 64 blocks of a session', async () => {
    const run = await started();
    const results = [];
    for (let i = 0; i < 65; i++)
      results.push((await run.service({ service: 'memory-allocate', size: 1 })).result);
    expect(results.slice(0, 64).every((result) => result === 0)).toBe(true);
    expect(results[64]).toBe(R.OUT_OF_MEMORY);
  });

  it('goes back with the session, also with one that panics', async () => {
    const run = await started({ manifest: { singleInstance: false } }, commands('tee.TEE_Panic(1)'));
    const other = (await run.open()).session;
    for (const id of [run.id, other]) await run.service({ service: 'memory-allocate', size: 100_000 }, id);
    await run.link.call({ kind: 'close', session: run.id }, TIMEOUT);
    expect((await run.stats()).memory.used).toBeLessThan(150_000);
    await run.invoke(other, 0);
    expect((await run.stats()).memory.used).toBe(0);
  });

  it.each<[string, ModuleServiceRequest, number]>([
    ['an empty block', { service: 'memory-allocate', size: 0 }, R.BAD_PARAMETERS],
    ['an unknown block', { service: 'memory-write', id: 99, offset: 0, data: EMPTY }, R.ITEM_NOT_FOUND],
    ['growing an unknown block', { service: 'memory-grow', id: 99, size: 1 }, R.ITEM_NOT_FOUND],
    ['releasing an unknown block', { service: 'memory-release', id: 99 }, R.ITEM_NOT_FOUND],
    [
      'writing behind the end',
      { service: 'memory-write', id: 1, offset: 9, data: Uint8Array.of(1, 2) },
      R.BAD_PARAMETERS,
    ],
    [
      'writing far behind the end',
      { service: 'memory-write', id: 1, offset: 0xffffffff, data: Uint8Array.of(1) },
      R.BAD_PARAMETERS,
    ],
    ['shrinking', { service: 'memory-grow', id: 1, size: 9 }, R.BAD_PARAMETERS],
  ])('refuses %s', async (_name, request, result) => {
    const { service } = await started();
    await service({ service: 'memory-allocate', size: 10 });
    expect(await service(request)).toMatchObject({ result, origin: 3 });
  });

  it('[part of CC-003] of one session is nothing to another', async () => {
    const run = await started({}, reading);
    const other = (await run.open()).session;
    const { value: id } = await run.service({ service: 'memory-allocate', size: 10 });
    expect((await run.service({ service: 'memory-write', id, offset: 0, data: EMPTY }, other)).result).toBe(
      R.ITEM_NOT_FOUND,
    );
    expect((await run.service({ service: 'memory-release', id }, other)).result).toBe(R.ITEM_NOT_FOUND);
    expect((await run.invoke(other, 2, [{ type: 1, a: id, b: 0 }])).result).toBe(R.ITEM_NOT_FOUND);
  });

  it.each(['in-process', 'process'] as const)(
    'does not fall for memory that was moved away (%s)',
    async (mode) => {
      // Of SES in a compartment; in-process an application has what the host has.
      const code = commands(`const move = ({ buffer }) =>
        buffer.transferToImmutable?.() ?? structuredClone(buffer, { transfer: [buffer] });
      move(tee.CSSI_GetSecureMemory(1)); move(tee.TEE_Malloc(100, 0)); session.kept = tee.TEE_Malloc(8, 0).fill(7);
      if (params[0].a === 1) { globalThis.kept = move(params[1].buffer); } if (params[0].a === 2) tee.TEE_Panic(1)`);
      const run = await started({ mode, manifest: { singleInstance: false } }, code);
      const other = (await run.open()).session;
      const withBlock = async (): Promise<number> => {
        const { session: id } = await run.open();
        await run.service({ service: 'memory-allocate', size: 10 }, id);
        return id;
      };
      const invoke = (id: number, how: number) =>
        run.invoke(id, 0, [
          { type: 1, a: how, b: 0 },
          { type: 7, size: 4, buffer: new Uint8Array(4) },
        ]);
      const a = await withBlock();
      expect((await invoke(a, 0)).result).toBe(0);
      expect(
        (await run.service({ service: 'memory-write', id: 1, offset: 0, data: Uint8Array.of(1) }, a)).result,
      ).toBe(R.BAD_PARAMETERS);
      expect((await run.service({ service: 'memory-grow', id: 1, size: 20 }, a)).result).toBe(0);
      expect((await run.service({ service: 'memory-release', id: 1 }, a)).result).toBe(0);
      await run.link.call({ kind: 'close', session: a }, TIMEOUT);
      // Outputs that were moved away are a panic; that of one instance is nothing to the others.
      for (const how of [1, 2]) expect((await invoke(await withBlock(), how)).result).toBe(R.TARGET_DEAD);
      expect((await run.service({ service: 'memory-allocate', size: 10 }, other)).result).toBe(0);
      expect((await run.stats()).memory.used).toBeLessThan(100);
    },
  );

  it('does not fall for members an application puts on its view', async () => {
    const code = commands(`const block = tee.CSSI_GetSecureMemory(1);
      Object.defineProperty(block, 'length', { value: 2 ** 40 }); block.fill = () => {}; block.set = () => { throw 1 };`);
    const run = await started({}, code);
    await run.service({ service: 'memory-allocate', size: 10 });
    expect((await run.invoke(run.id, 0)).result).toBe(0);
    expect(
      (await run.service({ service: 'memory-write', id: 1, offset: 0, data: Uint8Array.of(1) })).result,
    ).toBe(0);
    expect((await run.service({ service: 'memory-release', id: 1 })).result).toBe(0);
    expect((await run.stats()).memory.used).toBe(0);
  });
});

describe('services', () => {
  it.each<[string, ModuleServiceRequest]>([
    ['seal', { service: 'seal', data: EMPTY, aad: EMPTY }],
    ['seal', { service: 'unseal', data: EMPTY, aad: EMPTY }],
    ['derive', { service: 'derive', label: Uint8Array.of(1), length: 32 }],
    ['evidence', { service: 'evidence', nonce: new Uint8Array(16), userData: EMPTY }],
    ['memory', { service: 'memory-allocate', size: 1 }],
    ['memory', { service: 'memory-release', id: 1 }],
  ])(
    '[part of CC-037] that the manifest does not declare are refused and alarmed: %s',
    async (name, request) => {
      const services = (['seal', 'derive', 'memory', 'evidence'] as const).filter((one) => one !== name);
      const { service, events } = await started({ manifest: { services } });
      expect(await service(request)).toMatchObject({ result: R.ACCESS_DENIED, origin: 3, parts: [] });
      expect(events).toEqual([{ kind: 'undeclared-call', detail: `service=${request.service}` }]);
    },
  );

  it.each([
    [15, 0],
    [65, 0],
    [16, 65],
  ])(
    'evidence wants a nonce of 16 to 64 bytes and user data up to 64: not %i and %i',
    async (nonce, userData) => {
      const { service } = await started();
      const answer = await service({
        service: 'evidence',
        nonce: new Uint8Array(nonce),
        userData: new Uint8Array(userData),
      });
      expect(answer).toMatchObject({ result: R.BAD_PARAMETERS, origin: 3 });
    },
  );
});

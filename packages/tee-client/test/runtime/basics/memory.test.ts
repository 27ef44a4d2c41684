import { describe, expect, it } from 'vitest';
import { TEEC_RESULTS as R } from '../../../src/spec/v1/results.ts';
import { evaluator } from './support.ts';

const used = async ({ control }: Awaited<ReturnType<typeof evaluator>>): Promise<number> =>
  JSON.parse(new TextDecoder().decode((await control('stats')).parts[0])).memory.used;

describe('[part of CC-021] memory', () => {
  it('is zero, its own, and the size that was asked for', async () => {
    const { value } = await evaluator();
    expect(
      await value(
        `[0, 1, 2].map((hint) => { const m = tee.TEE_Malloc(3, hint); return [[...m], m.buffer.byteLength] })`,
      ),
    ).toEqual(Array(3).fill([[0, 0, 0], 3]));
    expect(await value(`tee.TEE_Malloc(0, 0).length`)).toBe(0);
  });

  it('keeps its contents when it grows or shrinks, and zeroes the old place', async () => {
    const { value } = await evaluator();
    const expression = `(() => { const a = tee.TEE_Malloc(3, 0); a.set([1, 2, 3]); const b = tee.TEE_Realloc(a, 5); const c = tee.TEE_Realloc(b, 2); return [[...a], [...b], [...c]] })()`;
    expect(await value(expression)).toEqual([
      [0, 0, 0],
      [0, 0, 0, 0, 0],
      [1, 2],
    ]);
    expect(await value(`tee.TEE_Realloc(null, 4)`)).toEqual([0, 0, 0, 0]);
  });

  it('is zeroed when it is freed', async () => {
    const { value } = await evaluator();
    expect(
      await value(`(() => { const a = tee.TEE_Malloc(2, 0); a.fill(7); tee.TEE_Free(a); return a })()`),
    ).toEqual([0, 0]);
    expect(await value(`tee.TEE_Free(null)`)).toBeNull();
  });

  it('may be freed by any view of it', async () => {
    const run = await evaluator();
    await run.value(`tee.TEE_Free(tee.TEE_Malloc(1000, 0).subarray(5, 7))`);
    expect(await used(run)).toBe(0);
  });

  it('is null above the quota, and the host hears of it', async () => {
    const run = await evaluator({ manifest: { memoryBytes: 4096 } });
    expect(
      await run.value(
        `[tee.TEE_Malloc(5000, 0), tee.TEE_Malloc(0xffffffff, 0), tee.TEE_Malloc(4000, 0)?.length]`,
      ),
    ).toEqual([null, null, 4000]);
    expect(run.events.map(({ kind }) => kind)).toEqual(['memory-exceeded', 'memory-exceeded']);
    const kept = `(() => { const a = keep.a = tee.TEE_Malloc(10, 0); a.fill(1); return [tee.TEE_Realloc(a, 4000), [...a].length, a[9]] })()`;
    expect(await run.value(kept)).toEqual([null, 10, 1]);
    expect(await run.value(`tee.TEE_Free(keep.a)`)).toBeNull();
  });

  it('comes back to the quota whatever the application does to its arrays', async () => {
    const run = await evaluator();
    const before = await used(run);
    await run.value(`(() => { const a = tee.TEE_Malloc(10, 0);
      Object.defineProperty(a, 'length', { value: 2 ** 30 }); Object.defineProperty(a, 'byteLength', { value: 2 ** 30 });
      a.fill = () => {}; keep.bytes = new Uint8Array(a.buffer); keep.bytes.fill(5); tee.TEE_Free(a) })()`);
    expect(await used(run)).toBe(before);
    expect(await run.value('keep.bytes')).toEqual(Array(10).fill(0));
    const big = await run.value(`tee.TEE_Malloc(${1 << 20}, 0)`);
    expect(big).toBeNull();
  });

  it('is forgotten with the instance', async () => {
    const run = await evaluator({ manifest: { instanceKeepAlive: false } });
    await run.value(`(tee.TEE_Malloc(1000, 0), tee.TEE_AllocatePropertyEnumerator(), 1)`);
    expect(await used(run)).toBeGreaterThan(1000);
    for (let id = 1; id < 4; id++) await run.link.call({ kind: 'close', session: id }, { timeoutMs: 1000 });
    expect(await used(run)).toBe(0);
  });

  it.each([
    [`tee.TEE_Free(new Uint8Array(1))`],
    [`(() => { const a = tee.TEE_Malloc(1, 0); tee.TEE_Free(a); tee.TEE_Free(a) })()`],
    [`tee.TEE_Free({})`],
    [`tee.TEE_Free(5)`],
    [`tee.TEE_Realloc(new Uint8Array(1), 5)`],
    [`tee.TEE_Malloc(-1, 0)`],
    [`tee.TEE_Malloc(1.5, 0)`],
    [`tee.TEE_Malloc('5', 0)`],
    [`tee.TEE_Malloc(2 ** 32, 0)`],
    [`tee.TEE_Malloc(1n, 0)`],
    [`tee.TEE_MemMove(new Uint8Array(2), new Uint8Array(3), 3)`],
    [`tee.TEE_MemMove(new Uint8Array(3), new Uint8Array(2), 3)`],
    [`tee.TEE_MemMove(null, new Uint8Array(2), 0)`],
    [`tee.TEE_MemCompare(new Uint8Array(2), new Uint8Array(3), 3)`],
    [`tee.TEE_MemFill(new Uint8Array(2), 0, 3)`],
    [`tee.TEE_MemFill([1, 2], 0, 1)`],
    [`tee.TEE_MemFill(Object.create(Uint8Array.prototype), 0, 0)`],
    [`tee.TEE_MemFill(new Uint16Array(2), 0, 1)`],
    [`tee.TEE_CheckMemoryAccessRights(1, 'x', 1)`],
  ])('misuse is a panic: %s', async (expression) => {
    const { result } = await evaluator();
    expect(await result(expression)).toBe(R.TARGET_DEAD);
  });

  it('moves overlapping bytes, fills and compares', async () => {
    const { value } = await evaluator();
    expect(
      await value(
        `(() => { const a = Uint8Array.of(1, 2, 3, 4); tee.TEE_MemMove(a.subarray(1), a, 3); return a })()`,
      ),
    ).toEqual([1, 1, 2, 3]);
    expect(
      await value(`(() => { const a = new Uint8Array(3); tee.TEE_MemFill(a, 0x1ff, 2); return a })()`),
    ).toEqual([255, 255, 0]);
    const compare = (a: number[], b: number[], size: number) =>
      value(`Math.sign(tee.TEE_MemCompare(Uint8Array.of(${a}), Uint8Array.of(${b}), ${size}))`);
    expect(await compare([1, 2, 3], [1, 2, 3], 3)).toBe(0);
    expect(await compare([1, 2, 3], [1, 9, 3], 1)).toBe(0);
    expect(await compare([1, 2, 9], [1, 3, 0], 3)).toBe(-1);
    expect(await compare([255, 0], [0, 255], 2)).toBe(1);
    expect(await compare([0, 255], [255, 0], 2)).toBe(-1);
    expect(await compare([], [], 0)).toBe(0);
  });

  it('keeps the data of an instance', async () => {
    const { value } = await evaluator();
    expect(await value(`(tee.TEE_GetInstanceData() === undefined)`)).toBe(true);
    await value(`(keep.data = { a: 1 }, tee.TEE_SetInstanceData(keep.data))`);
    expect(await value(`tee.TEE_GetInstanceData() === keep.data`)).toBe(true);
  });
});

describe('[part of CC-002] access rights', () => {
  const READ = 1;
  const WRITE = 2;
  const ANY = 4;
  it.each([
    [READ | WRITE, 'tee.TEE_Malloc(4, 0)', 4, true],
    [READ | WRITE, 'new Uint8Array(4)', 4, true],
    [READ, 'new Uint8Array(4)', 5, false],
    [READ, 'null', 0, true],
    [READ, 'null', 1, false],
    [READ, 'params[0].buffer', 1, false],
    [READ | ANY, 'params[0].buffer', 1, true],
    [WRITE | ANY, 'params[0].buffer', 1, false],
    [READ | ANY, 'params[1].buffer', 1, false],
    [WRITE | ANY, 'params[1].buffer', 1, true],
    [WRITE | ANY, 'params[1].buffer.subarray(5)', 1, true],
    [WRITE, 'params[1].buffer.subarray(5)', 1, false],
  ])('flags %i of %s for %i bytes: %s', async (flags, buffer, size, allowed) => {
    const { value } = await evaluator();
    const expression = `thrown(() => tee.TEE_CheckMemoryAccessRights(${flags}, ${buffer}, ${size}))`;
    expect(await value(expression)).toBe(allowed ? 'nothing' : 'ACCESS_DENIED');
  });
});

import { sm2 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { openConfidentialQuery } from '../../src/confidential-query.ts';
import type { TeeClient, TeecContext, TeecSession } from '../../src/spec/v1/client.ts';
import { CONFIDENTIAL_QUERY_COMMANDS as COMMANDS } from '../../src/spec/v1/confidential-query.ts';
import { type TeecTempMemoryReference, teecParam } from '../../src/spec/v1/operation.ts';
import type { DataSetInput } from '../../src/spec/v1/query-types.ts';
import { hospital, insurer, openQuery, ownerOf, startQuery, visits, withVisits } from './query-support.ts';
import { visit } from './query-visit.ts';
import { failureOf, flipped, given, PUBLIC, room } from './support.ts';

/** A TEE whose driver holds the chunks of an upload back and delivers others. */
function holdingBack(client: TeeClient, change: (chunks: Uint8Array[]) => Uint8Array[]): TeeClient {
  const initializeContext = async (): Promise<TeecContext> => {
    const context = await client.initializeContext();
    const openSession = async (...args: Parameters<TeecContext['openSession']>): Promise<TeecSession> => {
      const session = await context.openSession(...args);
      const chunks: Uint8Array[] = [];
      return {
        close: () => session.close(),
        invokeCommand: async (command, operation = { params: [] }) => {
          if (command === COMMANDS.UPLOAD) {
            const [chunk] = operation.params;
            chunks.push((chunk as TeecTempMemoryReference).buffer ?? new Uint8Array(0));
            return operation;
          }
          if (command === COMMANDS.FINISH_UPLOAD) {
            for (const chunk of change(chunks)) {
              await session.invokeCommand(COMMANDS.UPLOAD, { params: [teecParam.tempInput(chunk)] });
            }
          }
          return session.invokeCommand(command, operation);
        },
      };
    };
    return { ...context, finalize: () => context.finalize(), openSession } as TeecContext;
  };
  return { ...client, initializeContext };
}

const refusal = async (action: () => unknown): Promise<string> =>
  (await failureOf(action)).code.replace('ERR_TEE_QUERY_', '');

describe('uploads are refused [part of CC-016]', () => {
  const upload = async (changes: object): Promise<string> => {
    const service = await openQuery(startQuery());
    await service.registerOwner(hospital, 'hospital');
    const code = await refusal(() => service.upload(hospital, visits(changes as Partial<DataSetInput>)));
    expect((await service.info()).dataSets).toBe(0);
    return code;
  };
  const column = (changes: object) => [
    { name: 'age', class: 'public', type: 'int', min: 0, max: 9, ...changes },
  ];

  it.each([
    ['a row with a value too few', [['p1', 30, 'north']]],
    ['a person that is no text', [[1, 30, 'north', '2026-03-01', [31_050_000, 121_050_000], '1']]],
    ['a person without a name', [visit('')]],
    ['a person with a long name', [visit('x'.repeat(65))]],
    ['a number above its bound', [visit('p', 121)]],
    ['a number below its bound', [visit('p', -1)]],
    ['a number with a fraction', [visit('p', 30.5)]],
    ['an undeclared category', [visit('p', 30, 'west')]],
    ['a text that is too long', [visit('p', 30, 'north', '123456789012')]],
    ['a day that does not exist', [['p', 30, 'north', '2026-02-30', [31_050_000, 121_050_000], '1']]],
    ['a day out of bounds', [['p', 30, 'north', '2027-01-01', [31_050_000, 121_050_000], '1']]],
    ['a place out of bounds', [['p', 30, 'north', '2026-03-01', [32_000_000, 121_050_000], '1']]],
    ['half a place', [['p', 30, 'north', '2026-03-01', [31_050_000], '1']]],
    ['more rows of a person than declared', [visit('p'), visit('p'), visit('p')]],
  ])('for %s', async (_, rows) => {
    expect(await upload({ rows })).toBe('UPLOAD');
  });

  it.each([
    ['no columns', { columns: [] }],
    ['a column twice', { columns: [...column({}), ...column({})] }],
    ['a type nobody knows', { columns: column({ type: 'float' }) }],
    ['a class nobody knows', { columns: column({ class: 'secret' }) }],
    ['bounds the wrong way round', { columns: column({ min: 10 }) }],
    ['bounds beyond exact sums', { columns: column({ max: 1e13 }) }],
    ['a name with capitals', { columns: column({ name: 'Age' }) }],
    ['one more field', { columns: column({ unit: 'years' }) }],
    ['a name of a prototype', { name: '__proto__' }],
    ['a budget below nothing', { budget: { epsilon: -1, delta: 0 } }],
    ['a delta above one in a million', { budget: { epsilon: 1, delta: 1_000_001 } }],
    ['groups of nobody', { minimumGroup: 0 }],
    ['no rows per person', { maxRowsPerPerson: 0 }],
  ])('for a declaration with %s', async (_, changes) => {
    expect(await upload({ rows: [], ...changes })).toBe('MALFORMED');
  });

  it('from who is not registered, or signs with another key', async () => {
    const service = await openQuery(startQuery());
    expect(await refusal(() => service.upload(hospital, visits()))).toBe('SIGNATURE');
    await service.registerOwner(hospital, 'hospital');
    const other = ownerOf(sm2.generateKeyPair());
    const thief = { publicKey: hospital.publicKey, sign: other.sign };
    expect(await refusal(() => service.upload(thief, visits()))).toBe('SIGNATURE');
    expect(await refusal(() => service.registerOwner(thief, 'thief'))).toBe('SIGNATURE');
  });

  it('when it comes again, also after it was removed: its budget does not come back', async () => {
    const { service, dataSet } = await withVisits(startQuery());
    expect(await refusal(() => service.upload(hospital, visits()))).toBe('EXISTS');
    expect(await refusal(() => service.removeData(insurer, dataSet))).toBe('SIGNATURE');
    await service.removeData(hospital, dataSet);
    expect(await refusal(() => service.upload(hospital, visits()))).toBe('EXISTS');
    expect(await refusal(() => service.removeData(hospital, dataSet))).toBe('UNKNOWN');
  });

  it('when a signature for one command is used for another, or for another application', async () => {
    const [one, two] = [await openQuery(startQuery()), await openQuery(startQuery())];
    let last: Uint8Array | undefined;
    const recording = {
      publicKey: hospital.publicKey,
      sign: async (message: Uint8Array) => (last = await hospital.sign(message)),
    };
    await one.registerOwner(recording, 'hospital');
    const replayed = { publicKey: hospital.publicKey, sign: () => last ?? new Uint8Array(64) };
    await one.registerOwner(replayed, 'hospital');
    expect(await refusal(() => two.registerOwner(replayed, 'hospital'))).toBe('SIGNATURE');
    expect(await refusal(() => one.revokePolicy(replayed, '00'.repeat(32)))).toBe('SIGNATURE');
  });

  it('before they began', () => {
    const harness = startQuery();
    expect(harness.call(PUBLIC, COMMANDS.UPLOAD, given(new Uint8Array(40))).result).toBe('BAD_STATE');
    expect(harness.call(PUBLIC, COMMANDS.FINISH_UPLOAD, room(32)).result).toBe('BAD_STATE');
  });

  it.each([
    [
      'with a changed chunk',
      (chunks: Uint8Array[]) => chunks.map((chunk, i) => (i === 1 ? flipped(chunk, 99) : chunk)),
    ],
    ['without the first chunk', (chunks: Uint8Array[]) => chunks.slice(1)],
    ['without the last chunk', (chunks: Uint8Array[]) => chunks.slice(0, -1)],
    ['with a chunk twice', (chunks: Uint8Array[]) => [...chunks.slice(0, 2), ...chunks.slice(1)]],
    [
      'with two chunks in the other order',
      ([a, b, ...rest]: Uint8Array[]) => [b, a, ...rest] as Uint8Array[],
    ],
    ['with a chunk after the last', (chunks: Uint8Array[]) => [...chunks, new Uint8Array(16)]],
  ])('%s', async (_, change) => {
    const harness = startQuery();
    const service = await openConfidentialQuery(holdingBack(harness.as(PUBLIC), change));
    await service.registerOwner(hospital, 'hospital');
    const rows = Array.from({ length: 9_000 }, (__, i) => visit(`person ${i}`));
    expect(await refusal(() => service.upload(hospital, visits({ rows })))).toBe('UPLOAD');
    expect((await service.info()).dataSets).toBe(0);
    // And the same upload as it is works on the same service.
    await (await openQuery(harness)).upload(hospital, visits({ rows }));
  });
});

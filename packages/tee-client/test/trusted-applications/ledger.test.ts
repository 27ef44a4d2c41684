import { describe, expect, it } from 'vitest';
import { openConfidentialQuery } from '../../src/confidential-query.ts';
import type { Tee } from '../../src/spec/v1/internal/tee.ts';
import { hospital, openQuery, policyOf, startQuery, visits, withVisits } from './query-support.ts';
import { failureOf, PUBLIC, temporaryFolder } from './support.ts';

const count = { kind: 'count' } as const;

describe('privacy budget [part of CC-016]', () => {
  it('is taken to its last unit and then refuses, whoever asks and after restarts', async () => {
    const harness = startQuery();
    const { service, dataSet, policy } = await withVisits(harness, {
      budget: { epsilon: 3_000_000, delta: 0 },
    });
    const query = { policy, aggregate: count, epsilon: 1_000_000 } as const;
    await service.query(query);
    await service.query({ ...query, epsilon: 1_999_998 });
    expect(await failureOf(() => service.query({ ...query, epsilon: 3 }))).toMatchObject({
      code: 'ERR_TEE_QUERY_BUDGET',
    });
    harness.stop();
    const again = await openQuery(startQuery({ folder: harness.folder }));
    expect(await failureOf(() => again.query(query))).toMatchObject({ code: 'ERR_TEE_QUERY_BUDGET' });
    // Two units buy noise no group stands out of; they are gone all the same.
    expect(await failureOf(() => again.query({ ...query, epsilon: 2 }))).toMatchObject({
      code: 'ERR_TEE_QUERY_GROUP',
    });
    expect(await again.ledger(dataSet)).toEqual({
      total: { epsilon: 3_000_000, delta: 0 },
      spent: { epsilon: 3_000_000, delta: 0 },
      queries: 3,
    });
  });

  it('counts delta by itself', async () => {
    const { service, dataSet, policy } = await withVisits(startQuery(), {
      budget: { epsilon: 50_000_000, delta: 1_500 },
    });
    const query = {
      policy,
      aggregate: count,
      mechanism: 'gaussian',
      epsilon: 1_000_000,
      delta: 1_000,
    } as const;
    await service.query(query);
    expect(await failureOf(() => service.query(query))).toMatchObject({ code: 'ERR_TEE_QUERY_BUDGET' });
    expect((await service.ledger(dataSet)).spent).toEqual({ epsilon: 1_000_000, delta: 1_000 });
  });

  it('belongs to the name of the data: a new version of them brings none, and can take some away', async () => {
    const { service, policy, dataSet } = await withVisits(startQuery(), {
      budget: { epsilon: 4_000_000, delta: 0 },
    });
    await service.query({ policy, aggregate: count, epsilon: 3_000_000 });
    const rows = visits().rows.slice(1);
    const next = await service.upload(hospital, visits({ rows, budget: { epsilon: 50_000_000, delta: 0 } }));
    expect(await service.ledger(next)).toEqual(await service.ledger(dataSet));
    const other = await service.approvePolicy(hospital, policyOf([next]));
    expect(
      await failureOf(() => service.query({ policy: other, aggregate: count, epsilon: 2_000_000 })),
    ).toMatchObject({ code: 'ERR_TEE_QUERY_BUDGET' });
    await service.upload(hospital, visits({ rows: rows.slice(1), budget: { epsilon: 3_500_000, delta: 0 } }));
    expect((await service.ledger(next)).total.epsilon).toBe(3_500_000);
  });

  it('is charged when too few persons are behind the answer: the refusal is an answer', async () => {
    const { service, dataSet, policy } = await withVisits(startQuery(), {}, { minimumGroup: 1_000 });
    const query = { policy, aggregate: count, epsilon: 1_000_000 } as const;
    expect(await failureOf(() => service.query(query))).toMatchObject({ code: 'ERR_TEE_QUERY_GROUP' });
    expect((await service.ledger(dataSet)).spent.epsilon).toBe(1_000_000);
  });

  it('is in storage before data are looked at or noise is drawn', async () => {
    const seen: string[] = [];
    let watching = false;
    const instrument = (tee: Tee): Tee => ({
      ...tee,
      TEE_CreatePersistentObject: (...args) => {
        if (watching) seen.push(`write ${new TextDecoder().decode(args[1])}`);
        return tee.TEE_CreatePersistentObject(...args);
      },
      TEE_OpenPersistentObject: (...args) => {
        if (watching) seen.push('read');
        return tee.TEE_OpenPersistentObject(...args);
      },
      TEE_GenerateRandom: (size) => {
        if (watching) seen.push('random');
        return tee.TEE_GenerateRandom(size);
      },
    });
    const { service, policy } = await withVisits(startQuery({ instrument }));
    watching = true;
    await service.query({ policy, aggregate: count, epsilon: 1_000_000 });
    expect(seen).toEqual(['write ledger', 'read', 'random']);
  });

  it('is spent after a crash at any later step, and the answer is not out after one at any earlier', async () => {
    const STEPS = ['TEE_CreatePersistentObject', 'TEE_OpenPersistentObject', 'TEE_GenerateRandom'] as const;
    for (const step of STEPS) {
      const folder = temporaryFolder();
      let crashing = false;
      const instrument = (tee: Tee): Tee => ({
        ...tee,
        [step]: (...args: never[]) => {
          // Anything but an error of the API is a panic: the instance is gone, as in a crash.
          if (crashing) throw new Error('crash');
          return (tee[step] as (...all: never[]) => unknown)(...args);
        },
      });
      const harness = startQuery({ folder, instrument });
      const { service, dataSet, policy } = await withVisits(harness);
      const query = { policy, aggregate: count, epsilon: 1_000_000 } as const;
      crashing = true;
      expect(await failureOf(() => service.query(query))).toMatchObject({ code: 'ERR_TEEC_TARGET_DEAD' });
      harness.stop();
      const again = await openConfidentialQuery(startQuery({ folder }).as(PUBLIC));
      const spent = step === 'TEE_CreatePersistentObject' ? 0 : 1_000_000;
      expect((await again.ledger(dataSet)).spent.epsilon).toBe(spent);
    }
  });

  it('never comes back when the disk fails at any step of a query', async () => {
    for (let stop = 0; ; stop++) {
      let left = Number.POSITIVE_INFINITY;
      const harness = startQuery({
        before: () => {
          if (left-- <= 0) throw new Error('no power');
        },
      });
      const { service, dataSet, policy } = await withVisits(harness);
      left = stop;
      const query = { policy, aggregate: count, epsilon: 1_000_000 } as const;
      const answered = await service.query(query).then(
        () => true,
        () => false,
      );
      const steps = stop - left;
      left = Number.POSITIVE_INFINITY;
      harness.stop();
      const again = await openQuery(startQuery({ folder: harness.folder }));
      const { spent } = await again.ledger(dataSet);
      // Old or new state; and never an answer without its price.
      expect([0, 1_000_000]).toContain(spent.epsilon);
      if (answered) {
        expect(spent.epsilon).toBe(1_000_000);
        expect(steps).toBeGreaterThan(0);
        break;
      }
    }
  });
});

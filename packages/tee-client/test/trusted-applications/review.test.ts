import { sm2, toBase64, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { openConfidentialQuery } from '../../src/confidential-query.ts';
import { openKeyVault } from '../../src/key-vault.ts';
import type { TeeClient } from '../../src/spec/v1/client.ts';
import { CONFIDENTIAL_QUERY_COMMANDS } from '../../src/spec/v1/confidential-query.ts';
import { addNoise } from '../../src/trusted-applications/confidential-query/answer.ts';
import { Sampler } from '../../src/trusted-applications/confidential-query/sampling.ts';
import { hospital, openQuery, startQuery, visits, withVisits } from './query-support.ts';
import { ALICE, failureOf, PUBLIC, seededRandom, startKeyVault } from './support.ts';

const SEED = 'review';
console.info(`review: seed ${SEED}`);

/** A host that gives another public key than the application's once `swapping` says so. */
function swappingHost(client: TeeClient, swapping: () => Uint8Array | undefined): TeeClient {
  return {
    ...client,
    initializeContext: async (name) => {
      const context = await client.initializeContext(name);
      return {
        ...context,
        finalize: () => context.finalize(),
        openSession: async (...args) => {
          const session = await context.openSession(...args);
          return {
            ...session,
            close: () => session.close(),
            invokeCommand: async (command, operation) => {
              const answer = await session.invokeCommand(command, operation);
              const key = swapping();
              if (command !== CONFIDENTIAL_QUERY_COMMANDS.GET_INFO || key === undefined) return answer;
              const [out] = answer.params as unknown as { buffer: Uint8Array; size: number }[];
              if (out === undefined) return answer;
              const text = new TextDecoder().decode(out.buffer.subarray(0, out.size));
              const swapped = JSON.stringify({ ...JSON.parse(text), publicKey: toBase64(key) });
              out.buffer.set(utf8(swapped));
              return answer;
            },
          };
        },
      };
    },
  };
}

describe('the key uploads are encrypted to', () => {
  it('is the one that was checked: a host that answers with its own later gets nothing', async () => {
    const harness = startQuery();
    const thief = sm2.generateKeyPair();
    let active = false;
    const signed: Uint8Array[] = [];
    const owner = {
      publicKey: hospital.publicKey,
      sign: (message: Uint8Array) => {
        if (active) signed.push(message);
        return hospital.sign(message);
      },
    };
    const host = swappingHost(harness.as(PUBLIC), () => (active ? thief.publicKey : undefined));
    const service = await openConfidentialQuery(host);
    // Here the owner checks evidence for the key.
    await service.info();
    await service.registerOwner(owner, 'hospital');
    active = true;
    for (const call of [() => service.upload(owner, visits()), () => service.info()]) {
      expect((await failureOf(call)).code).toBe('ERR_TEE_ANSWER_MALFORMED');
    }
    expect(signed).toEqual([]);
    active = false;
    await service.upload(owner, visits());
  });
});

describe('small groups', () => {
  const histogram = { kind: 'histogram', column: '0.age', edges: [0, 20, 40, 60, 80, 120] } as const;

  it('are suppressed in the bins of a histogram as they are in groups', async () => {
    const { service, policy } = await withVisits(startQuery(), {
      // One person of 90, all the others younger than 40.
      rows: visits().rows.map(([person, age, ...rest], i) => [
        person,
        i === 0 ? 90 : 20 + ((age as number) % 20),
        ...rest,
      ]),
    });
    const answer = await service.query({ policy, aggregate: histogram, epsilon: 20_000_000 });
    if (answer.kind !== 'aggregate') throw new Error('kind');
    const bins = answer.cells[0]?.value as (number | null)[];
    expect(bins.map((bin) => bin === null)).toEqual([true, false, true, true, true]);
  });

  it('pass in a bin no more than once in a thousand times, and large ones do not vanish', () => {
    const sampler = new Sampler(seededRandom(SEED));
    let shown = 0;
    for (let i = 0; i < 5_000; i++) {
      const exact = {
        labels: [[]],
        persons: [1_000n],
        personSensitivity: 1n,
        values: [9n, 991n],
        width: 2,
        valueSensitivity: 1n,
      };
      const edges = [0, 10, 20];
      const cost = { epsilon: 2_000_000, delta: 0 };
      const { cells } = addNoise(exact, { ...histogram, edges }, 'laplace', cost, 10, sampler);
      const [small, large] = (cells[0]?.value ?? []) as (number | null)[];
      if (small !== null) shown++;
      expect(large).not.toBeNull();
    }
    expect(shown).toBeLessThan(20);
  });
});

describe('the ledger', () => {
  it('takes no account of uploads that find no room', async () => {
    const accounts: number[] = [];
    const harness = startQuery({
      instrument: (tee) => ({
        ...tee,
        TEE_CreatePersistentObject: (...args) => {
          const text = new TextDecoder().decode(args[4] ?? new Uint8Array(0));
          if (new TextDecoder().decode(args[1]) === 'ledger')
            accounts.push(Object.keys(JSON.parse(text)).length);
          return tee.TEE_CreatePersistentObject(...args);
        },
      }),
    });
    const service = await openQuery(harness);
    await service.registerOwner(hospital, 'hospital');
    const first = await service.upload(hospital, visits({ rows: [], name: 'data-0' }));
    for (let i = 1; i < 64; i++) await service.upload(hospital, visits({ rows: [], name: `data-${i}` }));
    for (const name of ['more', 'data-0']) {
      const one = visits({ rows: [], name, budget: { epsilon: 1, delta: 0 } });
      expect((await failureOf(() => service.upload(hospital, one))).code).toBe('ERR_TEEC_STORAGE_NO_SPACE');
    }
    expect((await service.ledger(first)).total.epsilon).toBe(100_000_000);
    expect(accounts.at(-1)).toBe(64);
  });
});

describe('nonces of the key vault', () => {
  it('begin with eight random bytes of each key object and go on with a counter', async () => {
    const vault = await openKeyVault(startKeyVault().as(ALICE));
    const key = new Uint8Array(16).fill(1);
    const heads = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const { id } = await vault.importKey({ type: 'SM4' }, key);
      const nonces = [await vault.encrypt(id, utf8('x')), await vault.encrypt(id, utf8('x'))];
      expect(nonces.map((one) => toHex(one.subarray(8, 12)))).toEqual(['00000000', '00000001']);
      expect(toHex(nonces[0]?.subarray(0, 8) ?? key)).toBe(toHex(nonces[1]?.subarray(0, 8) ?? key));
      heads.add(toHex(nonces[0]?.subarray(0, 8) ?? key));
    }
    expect(heads.size).toBe(20);
  });

  it('come to an end before they would repeat', async () => {
    const harness = startKeyVault();
    const first = await openKeyVault(harness.as(ALICE));
    const { id } = await first.generateKey({ type: 'SM4' });
    harness.stop();
    // A counter near the limit, as it stands after four thousand million messages.
    const counter = Uint8Array.of(0, 0, 0xff, 0xff, 0xff, 0xff);
    const late = startKeyVault({
      folder: harness.folder,
      instrument: (tee) => ({
        ...tee,
        TEE_ReadObjectData: (object, size) => {
          const data = tee.TEE_ReadObjectData(object, size);
          if (data.length === 14) data.set(counter);
          return data;
        },
      }),
    });
    const vault = await openKeyVault(late.as(ALICE));
    const last = await vault.encrypt(id, utf8('x'));
    expect(toHex(last.subarray(8, 12))).toBe('ffffffff');
    expect((await failureOf(() => vault.encrypt(id, utf8('x')))).code).toBe('ERR_TEEC_OVERFLOW');
  });
});

describe('the client of the key vault', () => {
  it('rejects and does not throw for an id that is none', async () => {
    const vault = await openKeyVault(startKeyVault().as(ALICE));
    for (const call of [
      vault.verifyMac('zz', utf8('x'), new Uint8Array(32)),
      vault.verifyDigest('zz', new Uint8Array(32), new Uint8Array(64)),
    ]) {
      await expect(call).rejects.toThrow();
    }
  });
});

import { parseCertificate } from '@cssi/pki';
import { hmacSm3, sm3, utf8 } from '@cssi/sm-core';
import { type ConformanceReport, runSuite } from '@cssi/sm-core/conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SoftwareTee, softwareTaMeasurement } from '../src/adapters/software/index.ts';
import { type RootKeyServiceSubject, rootKeyServiceSuite, teeClientSuite } from '../src/conformance/index.ts';
import {
  openRootKeyService,
  type RootKeyService,
  type TeeClient,
  type TeecContext,
  TeecError,
  type TeecOperation,
  type TeecSession,
} from '../src/index.ts';
import { clock, startTee, startTeeFor } from './support.ts';

let shared: SoftwareTee;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ tee: shared, stop } = await startTeeFor());
});
afterAll(() => stop());

const SEED = 'tee-client conformance';
console.info(`seed: ${SEED}`);

const failed = (report: ConformanceReport): string[] =>
  report.results.filter((r) => r.outcome === 'fail').map((r) => r.id);
const details = (report: ConformanceReport): string =>
  report.results
    .filter((r) => r.outcome === 'fail')
    .map((r) => `${r.id}: ${r.detail}`)
    .join('\n');

/** A client whose contexts and sessions pass through `change`. */
function faulty(
  client: TeeClient,
  change: {
    context?: (context: TeecContext) => Partial<TeecContext>;
    session?: (session: TeecSession) => Partial<TeecSession>;
  },
): TeeClient {
  const bind = <T extends object>(target: T, overrides: Partial<T>): T =>
    new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(overrides, name) ?? Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  return {
    ...client,
    initializeContext: async (name) => {
      const context = await client.initializeContext(name);
      return bind(context, {
        openSession: async (...args: Parameters<TeecContext['openSession']>) => {
          const session = await context.openSession(...args);
          return bind(session, change.session?.(session) ?? {});
        },
        ...change.context?.(context),
      });
    },
  };
}

describe('TEE client suite', () => {
  const run = (subject: TeeClient) =>
    runSuite(
      teeClientSuite,
      { name: subject.name, subject, capabilities: subject.capabilities },
      { seed: SEED, now: clock() },
    );

  it('has distinct ids and the subcases of xtest 5006 [part of CC-002]', () => {
    const ids = teeClientSuite.cases.map((item) => item.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => id.startsWith('gp.5006.')).length).toBe(17);
  });

  it('passes on the software TEE [part of CC-001, CC-002]', async () => {
    const report = await run(shared);
    expect(details(report)).toBe('');
    expect([report.failed, report.skipped]).toEqual([0, 0]);
  });

  it('without the conformance TA skips by name and fails nothing', async () => {
    const { tee } = await startTee({ conformanceTa: false });
    const report = await run(tee);
    expect(details(report)).toBe('');
    expect(report.skipped).toBeGreaterThan(20);
    expect(report.passed).toBeGreaterThan(15);
  });

  const swallow = (name: string) => (error: unknown) => {
    if (error instanceof TeecError && error.code === name) return error.operation;
    throw error;
  };

  const faults: readonly (readonly [string, readonly string[], (client: TeeClient) => TeeClient])[] = [
    [
      'sessions stay usable after close',
      ['gp.session.invoke-after-close'],
      (client) => faulty(client, { session: () => ({ close: async () => {} }) }),
    ],
    [
      'SHORT_BUFFER is not reported',
      ['gp.parameter.short-buffer', 'gp.parameter.size-query'],
      (client) =>
        faulty(client, {
          session: (session) => ({
            invokeCommand: async (command, operation) =>
              (await session
                .invokeCommand(command, operation)
                .catch(swallow('ERR_TEEC_SHORT_BUFFER'))) as TeecOperation,
          }),
        }),
    ],
    [
      'SHORT_BUFFER without the size required',
      ['gp.parameter.short-buffer', 'gp.parameter.size-query'],
      (client) =>
        faulty(client, {
          session: (session) => ({
            invokeCommand: (command, operation) =>
              session.invokeCommand(command, operation).catch((error: TeecError) => {
                throw new TeecError(error.result, error.origin);
              }),
          }),
        }),
    ],
    [
      'values do not come back',
      ['gp.parameter.values', 'gp.session.isolated-state', 'gp.session.order-of-calls'],
      (client) =>
        faulty(client, {
          session: (session) => ({
            invokeCommand: async (command, operation) => {
              await session.invokeCommand(command, operation);
              return operation ?? { params: [] };
            },
          }),
        }),
    ],
    [
      'calls of one session overtake each other',
      ['gp.session.order-of-calls'],
      (client) => {
        let calls = 0;
        return faulty(client, {
          session: (session) => ({
            invokeCommand: async (command, operation) => {
              if (calls++ % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
              return session.invokeCommand(command, operation);
            },
          }),
        });
      },
    ],
    [
      'inputs are read after the call returned',
      ['gp.parameter.input-is-taken-at-the-call'],
      (client) =>
        faulty(client, {
          session: (session) => ({
            invokeCommand: async (command, operation) => {
              await new Promise((resolve) => setTimeout(resolve, 1));
              return session.invokeCommand(command, operation);
            },
          }),
        }),
    ],
    [
      'every application exists and errors lose their origin',
      ['gp.5006.OpenSession_error_notExistingTA', 'gp.session.destination-malformed'],
      (client) =>
        faulty(client, {
          context: (context) => ({
            openSession: (destination, options) =>
              context.openSession(destination, options).catch(() => ({}) as TeecSession),
          }),
        }),
    ],
    [
      'shared memory of any size and flags, with old contents',
      [
        'gp.5006.Allocate_out_of_memory',
        'gp.5006.Allocate_In',
        'gp.memory.flags-none',
        'gp.memory.size-negative',
        'gp.memory.after-finalize',
      ],
      (client) =>
        faulty(client, {
          context: () => ({
            allocateSharedMemory: (size, flags) => ({
              buffer: new Uint8Array(Math.max(0, Math.min(size, 4096))).fill(1),
              size,
              flags,
              release: () => {},
            }),
          }),
        }),
    ],
    [
      'registered memory is a copy',
      ['gp.5006.Register_In', 'gp.5006.RegisterSameMemory_twice', 'gp.5006.AllocateThenRegister_SameMemory'],
      (client) =>
        faulty(client, {
          context: (context) => ({
            registerSharedMemory: (buffer, flags) => context.registerSharedMemory(buffer.slice(), flags),
          }),
        }),
    ],
    [
      'any TEE name is the software TEE, and finalizing does nothing',
      [
        'gp.5006.InitializeContext_NotExistingTEE',
        'gp.context.open-after-finalize',
        'gp.context.finalize-closes-sessions',
      ],
      (client) => {
        const changed = faulty(client, { context: () => ({ finalize: async () => {} }) });
        return { ...changed, initializeContext: () => changed.initializeContext() };
      },
    ],
  ];

  it.each(faults)('fails an adapter where %s', async (_, expected, breakIt) => {
    const report = await run(breakIt(shared));
    expect(failed(report)).toEqual(expect.arrayContaining([...expected]));
  });
});

describe('root key service suite', () => {
  function subjectOf(change?: (service: RootKeyService) => Partial<RootKeyService>): RootKeyServiceSubject {
    return {
      open: async () => {
        const service = await openRootKeyService(shared);
        return { ...service, ...change?.(service) };
      },
      anchors: [parseCertificate(shared.rootCertificate)],
      taMeasurement: softwareTaMeasurement(),
      time: clock,
    };
  }
  const run = async (change?: (service: RootKeyService) => Partial<RootKeyService>) =>
    runSuite(
      rootKeyServiceSuite,
      { name: 'software', emulated: true, subject: subjectOf(change) },
      { seed: SEED, now: clock() },
    );

  it('has distinct ids', () => {
    const ids = rootKeyServiceSuite.cases.map((item) => item.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('passes on the software TEE [part of CC-006, CC-023]', async () => {
    const report = await run();
    expect(details(report)).toBe('');
    expect(report.passed).toBe(rootKeyServiceSuite.cases.length);
    expect(report.emulated).toBe(true);
  });

  const fixed = utf8('fixed');
  const store = new Map<string, Uint8Array>();
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

  const faults: readonly (readonly [
    string,
    readonly string[],
    (service: RootKeyService) => Partial<RootKeyService>,
  ])[] = [
    [
      'ignores associated data',
      ['rks.unwrap.other-aad'],
      (s) => ({ wrap: (plaintext) => s.wrap(plaintext, fixed), unwrap: (blob) => s.unwrap(blob, fixed) }),
    ],
    [
      'ignores the nonce',
      ['rks.evidence.accepted', 'rks.evidence.nonce-lengths', 'rks.evidence.nonce-short'],
      (s) => ({ evidence: (_, userData) => s.evidence(new Uint8Array(32), userData) }),
    ],
    ['ignores the user data', ['rks.evidence.accepted'], (s) => ({ evidence: (nonce) => s.evidence(nonce) })],
    [
      'gives back zeros for a blob that does not open',
      ['rks.unwrap.flipped-bit', 'rks.unwrap.other-aad', 'rks.unwrap.truncated', 'rks.unwrap.foreign'],
      (s) => ({ unwrap: (blob, aad) => s.unwrap(blob, aad).catch(() => new Uint8Array(32)) }),
    ],
    [
      'wraps the same plaintext to the same blob',
      ['rks.wrap.fresh'],
      (s) => ({
        wrap: async (plaintext, aad) => {
          const key = `${hex(plaintext)} ${hex(aad)}`;
          const blob = store.get(key) ?? (await s.wrap(plaintext, aad));
          store.set(key, blob);
          return blob;
        },
      }),
    ],
    [
      'wraps nothing at all',
      ['rks.wrap.hides-plaintext', 'rks.unwrap.flipped-bit'],
      () => ({ wrap: async (plaintext) => plaintext, unwrap: async (blob) => blob }),
    ],
    ['uses one MAC key for all labels', ['rks.mac.label'], (s) => ({ mac: (_, data) => s.mac('one', data) })],
    [
      'runs label and data together',
      ['rks.mac.boundary'],
      (s) => ({ mac: (label, data) => s.mac('one', Buffer.concat([utf8(label), data])) }),
    ],
    [
      'hashes without a key',
      ['rks.mac.keyed', 'rks.mac.label'],
      () => ({ mac: async (_, data) => sm3(data) }),
    ],
    [
      'uses the label as key',
      ['rks.mac.keyed'],
      () => ({ mac: async (label, data) => hmacSm3(utf8(label), data) }),
    ],
    ['stays usable after close', ['rks.closed'], () => ({ close: async () => {} })],
    [
      'zeroes the plaintext of the caller',
      ['rks.wrap.keeps-inputs'],
      (s) => ({
        wrap: async (plaintext, aad) => {
          const blob = await s.wrap(plaintext, aad);
          plaintext.fill(0);
          return blob;
        },
      }),
    ],
  ];

  it.each(faults)('fails a service that %s', async (_, expected, change) => {
    expect(failed(await run(change))).toEqual(expect.arrayContaining([...expected]));
  });
});

import { type ConformanceReport, type ConformanceSuite, runSuite } from '@cssi/sm-core/conformance';
import { describe, expect, it } from 'vitest';
import { type SecurityModuleSubject, securityModuleSuite } from '../../src/conformance/module-suite.ts';
import type { ModuleMigrationAnswer } from '../../src/spec/v1/migration.ts';
import type { ModuleAnswer, ModuleParameter } from '../../src/spec/v1/module.ts';
import { TEEC_RESULTS } from '../../src/spec/v1/results.ts';
import { type Change, changed } from '../support/changed.ts';
import { type Fault, MemoryModule, type MemoryModuleOptions } from '../support/memory-module.ts';

const SEED = 'module suite';
console.info(`seed: ${SEED}`);

const FULL = [...new MemoryModule().describe().capabilities, 'management'] as const;

const details = (report: ConformanceReport): string[] =>
  report.results.filter(({ outcome }) => outcome === 'fail').map(({ id, detail }) => `${id}: ${detail}`);

async function run(
  options: MemoryModuleOptions,
  change: Change = () => ({}),
  cases = securityModuleSuite.cases,
): Promise<ConformanceReport> {
  const open = () => changed(new MemoryModule({ capabilities: FULL, ...options }), change);
  const module = open();
  const suite: ConformanceSuite<SecurityModuleSubject> = { ...securityModuleSuite, cases };
  const { capabilities = FULL } = options;
  return runSuite(
    suite,
    { name: 'memory', emulated: true, capabilities, subject: { module, open: async () => open() } },
    { seed: SEED },
  );
}

describe('security module suite', () => {
  it('has distinct ids', () => {
    const ids = securityModuleSuite.cases.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(85);
  });

  it('a module written against the interface alone passes [CSSI-013]', async () => {
    const report = await run({});
    expect(details(report)).toEqual([]);
    expect(report.skipped).toBe(0);
  });

  it('a module with the mandatory part only passes, and what it lacks is skipped by name', async () => {
    const report = await run({ capabilities: ['conformance-ta'] });
    expect(details(report)).toEqual([]);
    expect(report.results.filter(({ outcome }) => outcome === 'skip').length).toBeGreaterThan(25);
    expect(report.passed).toBeGreaterThan(50);
  });

  it('a module without conformance TAs is judged by what can be seen', async () => {
    const report = await run({ capabilities: [] });
    expect(details(report)).toEqual([]);
    expect(report.passed).toBeGreaterThan(8);
  });
});

/** Answers of `invoke` and `openSession` passed through `edit`. */
const edited =
  (edit: (answer: ModuleAnswer) => ModuleAnswer): Change =>
  (module) => ({
    invoke: async (...args) => edit(await module.invoke(...args)),
    openSession: async (...args) => edit(await module.openSession(...args)),
  });
const params = (edit: (parameter: ModuleParameter) => ModuleParameter): Change =>
  edited((answer) => ({ ...answer, params: answer.params.map(edit) }));
const origin = (from: number, to: number): Change =>
  edited((answer) => (answer.origin === from && answer.result !== 0 ? { ...answer, origin: to } : answer));
const result = (from: keyof typeof TEEC_RESULTS, to: keyof typeof TEEC_RESULTS): Change =>
  edited((answer) =>
    answer.result === TEEC_RESULTS[from] ? { ...answer, result: TEEC_RESULTS[to] } : answer,
  );
const described =
  (change: Record<string, unknown>): Change =>
  (module) => ({
    describe: () => ({ ...module.describe(), ...change }),
  });
const snapshotted =
  (change: Record<string, unknown>): Change =>
  (module) => ({
    snapshot: async () => ({ ...(await module.snapshot()), ...change }),
  });
const services =
  (service: string, to: { result?: number; parts?: number }): Change =>
  (module) => ({
    service: async (id, request, call) => {
      const answer = await module.service(id, request, call);
      if (request.service !== service) return answer;
      return {
        ...answer,
        ...(to.result === undefined ? {} : { result: to.result }),
        ...(to.parts === undefined ? {} : { parts: answer.parts.slice(0, to.parts) }),
      };
    },
  });
const rejecting = new Error('a defect');

const NO_MIGRATION: ModuleMigrationAnswer = {
  state: 'none',
  transfer: '',
  message: new Uint8Array(0),
  files: [],
};

type Planted = readonly [what: string, kills: readonly string[], fault: Fault | Change];

const planted: readonly Planted[] = [
  ['speaks another version', ['describe.version'], described({ interfaceVersion: '2' })],
  ['has a name with spaces', ['describe.name'], described({ name: 'My Module' })],
  ['has no vendor', ['describe.texts'], described({ vendor: '' })],
  ['has an isolation of its own', ['describe.isolation'], described({ isolation: 'magic' })],
  ['is emulated and does not say so', ['describe.emulated'], described({ emulated: false })],
  ['declares what nobody knows', ['describe.capabilities'], described({ capabilities: ['x'] })],
  ['declares twice', ['describe.capabilities'], described({ capabilities: ['monitor', 'monitor'] })],
  ['carries less than 512 KiB', ['describe.max-memory'], described({ maxMemoryBytes: 65_536 })],
  [
    'describes itself anew each time',
    ['describe.stable'],
    () => {
      let version = 0;
      return described({
        get version() {
          return `${version++}`;
        },
      })(new MemoryModule());
    },
  ],
  [
    'gives no session number',
    ['open.success'],
    edited((answer) => ({ ...answer, session: undefined as never })),
  ],
  [
    'opens without outputs',
    ['open.outputs', 'parameter.values'],
    params((one) => ('a' in one ? { ...one, a: 0 } : one)),
  ],
  [
    "gives the application's refusals as its own",
    [
      'open.refused-by-application',
      'invoke.unknown-command',
      'parameter.wrong-types',
      'parameter.missing',
      'parameter.wrong-direction',
      'parameter.size-query',
    ],
    origin(4, 3),
  ],
  ['has every application', ['open.unknown-application'], result('ITEM_NOT_FOUND', 'SUCCESS')],
  ['gives all sessions one number', ['open.distinct-numbers'], 'session-numbers'],
  [
    'counts for all sessions',
    ['open.two-applications', 'session.own-state', 'panic.fresh-start'],
    'counts-shared',
  ],
  ['lets calls overtake', ['session.order-after-slow-call'], 'unordered'],
  [
    'delays every second call',
    ['session.order'],
    (module) => {
      let calls = 0;
      return {
        invoke: async (...args) => {
          if (calls++ % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
          return module.invoke(...args);
        },
      };
    },
  ],
  ['mixes the outputs of calls', ['session.parallel'], 'outputs-crossed'],
  ['has every command', ['invoke.unknown-command'], result('NOT_SUPPORTED', 'SUCCESS')],
  [
    'serves sessions that are none',
    ['invoke.unknown-session', 'close.ends-session', 'service.unknown-session'],
    'sessions-unknown-served',
  ],
  ['drops calls at close', ['close.after-calls-made'], 'close-overtakes'],
  [
    'fails to close twice',
    ['close.twice', 'close.unknown-session', 'panic.close'],
    (module) => ({
      closeSession: async (id) => {
        const answer = await module.invoke(id, 4, [{ type: 2, a: 0, b: 0 }]);
        if (answer.result !== 0) throw rejecting;
        await module.closeSession(id);
      },
    }),
  ],
  ['closes all sessions at once', ['close.leaves-others'], 'close-one-closes-all'],
  ['blames the application for its death', ['panic.target-dead'], origin(3, 4)],
  [
    'revives sessions',
    ['panic.session-stays-dead', 'panic.queued-calls-answered', 'service.after-panic'],
    'panic-revives',
  ],
  ['dies with one application', ['panic.leaves-other-applications'], 'panic-kills-all'],
  [
    'drops parameters',
    ['parameter.types-kept', 'parameter.types-kept-in-a-refusal'],
    edited((answer) => ({ ...answer, params: answer.params.slice(0, 3) })),
  ],
  [
    'loses the last byte',
    [
      'memory-1',
      'memory-255',
      'memory-4096',
      'memory-65537',
      'memory-524288',
      'inout',
      'output-smaller-than-offered',
    ].map((id) => `parameter.${id}`),
    params((one) => ('buffer' in one ? { ...one, buffer: one.buffer.subarray(0, -1) } : one)),
  ],
  ['refuses empty memory', ['parameter.memory-0'], 'empty-memory-refused'],
  ['carries less than it declares', ['parameter.memory-largest'], 'limit-lower'],
  ['carries more than it declares', ['parameter.memory-too-large'], 'limit-unchecked'],
  ['gives a part of a long output', ['parameter.short-buffer'], 'short-buffer-partial'],
  ['gives out its own memory', ['parameter.answers-share-nothing'], 'output-shared'],
  ['takes five parameters', ['parameter.five'], 'application-unchecked'],
  ['ignores cancellation', ['cancel.before', 'cancel.waiting'], 'cancellation-ignored'],
  ['dies of late cancellations', ['cancel.after', 'cancel.running'], 'late-cancellation-kills'],
  [
    'serves what it does not declare',
    ['service.undeclared'],
    described({ capabilities: ['conformance-ta'] }),
  ],
  [
    'has services of any name',
    ['service.unknown'],
    (module) => ({
      service: async (...args) => ({ ...(await module.service(...args)), result: 0 }),
    }),
  ],
  [
    'seals nothing',
    ['seal.another-application', 'seal.hides', 'unseal.other-aad', 'unseal.altered', 'unseal.cut'].map(
      (id) => `service.${id}`,
    ),
    'seal-unchecked',
  ],
  ['shows what it seals', ['service.seal.hides'], 'seal-plain'],
  ['seals for one session', ['service.seal.another-session'], 'seal-per-session'],
  ['seals for all applications', ['service.seal.another-application'], 'seal-shared'],
  ['unseals nothing', ['service.seal.round-trip'], services('unseal', { parts: 0 })],
  [
    'derives 16 bytes at most',
    ['service.derive.lengths'],
    (module) => ({
      service: async (id, request, call) => {
        const answer = await module.service(id, request, call);
        return { ...answer, parts: answer.parts.map((part) => part.slice(0, 16)) };
      },
    }),
  ],
  ['derives for one session', ['service.derive.same'], 'derive-per-session'],
  ['derives one key', ['service.derive.labels'], 'derive-ignores-label'],
  ['derives for all applications', ['service.derive.another-application'], 'derive-shared'],
  [
    'checks no lengths',
    ['service.derive.bad-length', 'service.derive.bad-label', 'service.evidence.bad-lengths'],
    'lengths-unchecked',
  ],
  ['fails to release', ['service.memory.life'], services('memory-release', { result: TEEC_RESULTS.GENERIC })],
  ['numbers all blocks alike', ['service.memory.distinct'], 'memory-one-number'],
  ['checks no bounds', ['service.memory.bounds'], 'memory-bounds'],
  ['gives blocks to any session', ['service.memory.another-session'], 'memory-any-session'],
  ['releases what it does not have', ['service.memory.unknown'], services('memory-release', { result: 0 })],
  ['has no quota', ['service.memory.quota'], 'memory-unlimited'],
  ['gives nothing back', ['service.memory.given-back'], 'memory-leaks'],
  ['attests without the nonce', ['service.evidence.claims'], 'evidence-ignores-nonce'],
  ['attests without certificates', ['service.evidence.claims'], services('evidence', { parts: 1 })],
  [
    'takes any call and any message',
    ['altered-call', 'cut-call', 'replayed-call', 'unknown', 'another-session', 'two', 'panic'].map(
      (id) => `service.channel.${id}`,
    ),
    services('channel-call', { result: 0 }),
  ],
  [
    'finishes any handshake',
    ['altered-finish', 'forged-key', 'order', 'unknown'].map((id) => `service.channel.${id}`),
    services('channel-finish', { result: 0 }),
  ],
  ['answers any hello', ['service.channel.bad-hello'], services('channel-open', { result: 0 })],
  ['gives no answer to a sealed call', ['service.channel.call'], services('channel-call', { parts: 0 })],
  ['has one channel', ['service.channel.two'], 'channel-one-only'],
  ['does not say who calls', ['service.channel.peer'], 'channel-peer-unknown'],
  ['shows old evidence', ['service.channel.fresh-evidence'], 'channel-evidence-fixed'],
  ['speaks for any application', ['service.channel.another-application'], 'channel-application-unbound'],
  ['gives channels to any session', ['service.channel.another-session'], 'channel-any-session'],
  ['ends at what is no call', ['service.channel.not-a-call'], 'channel-ends-at-nonsense'],
  [
    'makes evidence for handshakes of others',
    ['service.channel.evidence-for-clients'],
    'evidence-for-handshakes',
  ],
  ['has no time', ['snapshot.form'], snapshotted({ time: new Date(Number.NaN) })],
  [
    'measures nothing',
    ['snapshot.running', 'snapshot.calls', 'snapshot.failures', 'snapshot.sessions'],
    'metrics-frozen',
  ],
  ['reports no death', ['events.panic'], 'events-missing'],
  ['goes on after the subscription', ['events.unsubscribe'], 'events-unsubscribe-missing'],
  ['stops at a listener that fails', ['events.listener-throws'], 'events-stop-at-throw'],
  ['accepts any command', ['manage.malformed'], 'manage-accepts'],
  [
    'manages without saying so',
    ['manage.undeclared'],
    (module) => ({
      describe: () => ({ ...module.describe(), capabilities: ['conformance-ta'] }),
      manage: async () => new Uint8Array(1),
    }),
  ],
  [
    'moves applications without saying so',
    ['migrate.undeclared'],
    (module) => ({
      describe: () => ({ ...module.describe(), capabilities: ['conformance-ta'] }),
      migrate: async () => NO_MIGRATION,
    }),
  ],
  [
    'invents migrations',
    ['migrate.none'],
    (module) => ({
      migrate: async (request) =>
        request.step === 'status'
          ? { ...NO_MIGRATION, state: 'activated', transfer: 'ab'.repeat(16) }
          : module.migrate(request),
    }),
  ],
  [
    'moves applications without a command',
    ['migrate.without-command'],
    () => ({ migrate: async () => NO_MIGRATION }),
  ],
  ['stays open', ['close-module.refuses-calls'], 'close-module-drops-nothing'],
  [
    'closes once only',
    ['close-module.twice', 'close-module.close-session'],
    (module) => {
      let closed = false;
      const once = async (run: () => Promise<void>) => {
        if (closed) throw rejecting;
        await run();
      };
      return {
        close: () =>
          once(async () => {
            await module.close();
            closed = true;
          }),
        closeSession: (id) => once(() => module.closeSession(id)),
      };
    },
  ],
  [
    'forgets calls at its end',
    ['close-module.answers-pending'],
    (module) => ({
      invoke: () => new Promise<never>(() => {}),
      close: () => module.close(),
    }),
  ],
  [
    'is one module however often it is opened',
    ['close-module.leaves-others'],
    () => {
      const only = shared();
      return {
        openSession: (...args) => only.openSession(...args),
        invoke: (...args) => only.invoke(...args),
        closeSession: (id) => only.closeSession(id),
        close: () => only.close(),
      };
    },
  ],
];

let one: MemoryModule | undefined;
const shared = (): MemoryModule => {
  one ??= new MemoryModule({ capabilities: FULL });
  return one;
};

describe('a module that', () => {
  it.each(planted)('%s fails', async (_, ids, fault) => {
    const wanted = ids.map((id) => `module.${id}`);
    const cases = securityModuleSuite.cases
      .filter(({ id }) => wanted.includes(id))
      .map((item) => ({
        ...item,
        // A case that waits for ever fails too, and the run goes on.
        run: (...args: Parameters<typeof item.run>) =>
          Promise.race([
            Promise.resolve(item.run(...args)),
            new Promise<never>((_resolve, reject) => setTimeout(() => reject(new Error('waits')), 4_000)),
          ]),
      }));
    expect(cases.map(({ id }) => id).sort()).toEqual([...wanted].sort());
    const report =
      typeof fault === 'string'
        ? await run({ faults: [fault] }, undefined, cases)
        : await run({}, fault, cases);
    expect(report.results.map(({ id, outcome }) => `${id} ${outcome}`).sort()).toEqual(
      wanted.map((id) => `${id} fail`).sort(),
    );
  });

  it('every case of the suite is failed by one of these', () => {
    const killed = new Set(planted.flatMap(([, ids]) => ids.map((id) => `module.${id}`)));
    expect(securityModuleSuite.cases.map(({ id }) => id).filter((id) => !killed.has(id))).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TeecError, TeecSession } from '../../src/index.ts';
import type { ModuleEvent } from '../../src/spec/v1/monitor.ts';
import { failureOf } from '../basics.ts';
import { attack, COMPARTMENT_ATTACKS, HOST_GLOBALS, hostileTa } from './hostile-ta.ts';
import { startManagedFor, testManifest } from './installing.ts';

const ATTACKER = '70000000-0000-4000-8000-000000000001';
const LOADER = '70000000-0000-4000-8000-000000000002';

/**
 * What an application's code can reach. Mode `in-process` gives no isolation and says so
 * (`describe().isolation` is `none`): there is nothing to break out of, so it is not tried here.
 */
describe.each(['process', 'worker'] as const)('code of an application (%s)', (mode) => {
  let managed: Awaited<ReturnType<typeof startManagedFor>>;
  let session: TeecSession;
  const events: ModuleEvent[] = [];

  beforeAll(async () => {
    managed = await startManagedFor({ mode });
    managed.tee.module.subscribe((event) => events.push(event));
    // One instance for each session: what panics leaves the others alone.
    const manifest = testManifest(ATTACKER, { singleInstance: false, callTimeoutMs: 2_000 });
    await managed.install(manifest, hostileTa(COMPARTMENT_ATTACKS));
    session = await (await managed.tee.initializeContext()).openSession(ATTACKER);
  });
  afterAll(() => managed.stop());

  it.each(HOST_GLOBALS)('does not see %s [part of CC-003]', async (name) => {
    expect(await attack(session, 'typeOfPlain', name)).toBe('undefined');
    // Where the compartment has no eval at all, that answers the second question.
    expect(await attack(session, 'typeOf', name)).toMatch(/^(?:undefined|threw )/);
  });

  it.each([
    'functionConstructor',
    'functionOfArrow',
    'functionOfGenerator',
    'functionOfApi',
    'functionOfError',
    'functionOfEncoder',
    'functionOfInstance',
    'functionOfThrown',
    'evalIndirect',
    'thisOfSloppy',
    'thisOfFactory',
  ])('does not reach the host by %s [part of CC-003]', async (name) => {
    expect(await attack(session, name)).toMatch(/^(?:undefined$|threw )/);
  });

  it.each(['functionOfAsync', 'evalImport', 'functionImport'])(
    'loads no code at run time by %s [part of CC-003]',
    async (name) => {
      expect(await attack(session, name)).toMatch(/^threw /);
    },
  );

  it.each(['stackFrames', 'pollute', 'changeApi'])('gets nothing by %s [part of CC-003]', async (name) => {
    expect(await attack(session, name)).not.toMatch(/escaped/i);
  });

  it.each(['calleeCaller', 'proxyArguments', 'speciesOfInput'])(
    'gets nothing by %s, whatever function of the API it is tried on [part of CC-003]',
    async (name) => {
      const names = (await attack(session, 'names')).split(',');
      expect(names.length).toBeGreaterThan(100);
      const from = events.length;
      const context = await managed.tee.initializeContext();
      for (const target of names) {
        const one = await context.openSession(ATTACKER);
        // An error, a panic of this instance, or nothing; an escape would show as a hang.
        const outcome = await attack(one, name, target).catch((error: TeecError) => error.code);
        expect(outcome, target).toMatch(/^(?:kept|threw .*|ERR_TEEC_TARGET_DEAD)$/s);
        await one.close();
      }
      expect(events.slice(from).map(({ kind }) => kind)).not.toContain('ta-hung');
      expect(await attack(session, 'pollute')).toBe('kept');
    },
  );

  it('finds nothing of the host in all that it can reach from its globals, its API and a call [part of CC-003]', async () => {
    // "true": the walk saw some hundred objects, so it did walk.
    expect(await attack(session, 'walk')).toBe('kept true');
  });

  it('that tried all this still answers, in a session of its own, too', async () => {
    const other = await (await managed.tee.initializeContext()).openSession(ATTACKER);
    expect(await attack(other, 'pollute')).toBe('kept');
  });

  it.each([
    [
      'an import expression',
      '(tee) => { import("node:fs"); return { TA_OpenSessionEntryPoint() {}, TA_InvokeCommandEntryPoint() {} }; }',
    ],
    ['an import statement', 'import fs from "node:fs"; (tee) => ({})'],
    [
      'a direct eval',
      '(tee) => { eval("1"); return { TA_OpenSessionEntryPoint() {}, TA_InvokeCommandEntryPoint() {} }; }',
    ],
    [
      'an HTML comment',
      '(tee) => ({ TA_OpenSessionEntryPoint() {}, TA_InvokeCommandEntryPoint() { return 1 <!--2\n; } })',
    ],
    ['require', '(() => { const fs = require("node:fs"); return (tee) => ({}); })()'],
    ['no factory', '42'],
    ['a factory that gives nothing', '(tee) => undefined'],
    ['a factory that throws', '(tee) => { throw new Error("no"); }'],
    ['no entry points', '(tee) => ({})'],
    [
      'entry points that are no functions',
      '(tee) => ({ TA_OpenSessionEntryPoint: 1, TA_InvokeCommandEntryPoint: {} })',
    ],
    ['a syntax error', '(tee) => {'],
    ['text that leaves the expression', '0)); process.exit(0); ((0'],
  ])('with %s does not start, and says nothing of why to its clients [part of CC-003]', async (_, code) => {
    await managed.install(testManifest(LOADER), code);
    const context = await managed.tee.initializeContext();
    const error = await failureOf(() => context.openSession(LOADER));
    expect(error).toMatchObject({
      code: expect.stringMatching(/^ERR_TEEC_(?:TARGET_DEAD|SECURITY)$/),
      origin: 3,
    });
    expect((error as Error).message).not.toMatch(/node:fs|Error: no/);
    await context.finalize();
    await managed.manage({ action: 'delete-ta', ta: LOADER });
    expect(await attack(session, 'pollute')).toBe('kept');
  });
});

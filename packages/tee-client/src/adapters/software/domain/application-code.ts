import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import type { Tee, TrustedApplication, TrustedApplicationFactory } from '../../../spec/v1/internal/tee.ts';

const invalid = (reason: string) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_TA_INVALID', { detail: `reason=${reason}` });

/**
 * The default export of an application's code. Nothing of what it throws goes further.
 *
 * @throws {@link SmError} ERR_TEE_TA_INVALID
 */
export function applicationFactory(evaluate: () => unknown): TrustedApplicationFactory {
  let value: unknown;
  try {
    value = evaluate();
  } catch {
    throw invalid('evaluation');
  }
  if (typeof value !== 'function') throw invalid('export');
  return value as TrustedApplicationFactory;
}

/** The entry points, each looked up once: what the application changes later changes nothing. */
export interface EntryPoints {
  readonly create: () => unknown;
  readonly destroy: () => unknown;
  readonly open: TrustedApplication['TA_OpenSessionEntryPoint'];
  readonly close: (session: unknown) => unknown;
  readonly invoke: TrustedApplication['TA_InvokeCommandEntryPoint'];
}

/**
 * Calls the factory.
 *
 * @throws {@link SmError} ERR_TEE_TA_INVALID without the two entry points every application has
 */
export function entryPoints(factory: TrustedApplicationFactory, tee: Tee): EntryPoints {
  let found: ReadonlyMap<string, EntryPoint | undefined>;
  try {
    found = lookUp(factory(tee));
  } catch {
    throw invalid('factory');
  }
  const open = found.get('TA_OpenSessionEntryPoint');
  const invoke = found.get('TA_InvokeCommandEntryPoint');
  if (open === undefined || invoke === undefined) throw invalid('entry-points');
  return {
    create: found.get('TA_CreateEntryPoint') ?? nothing,
    destroy: found.get('TA_DestroyEntryPoint') ?? nothing,
    open,
    close: found.get('TA_CloseSessionEntryPoint') ?? nothing,
    invoke: invoke as EntryPoints['invoke'],
  };
}

type EntryPoint = (...args: readonly unknown[]) => unknown;

const nothing = (): undefined => undefined;

const NAMES = ['Create', 'Destroy', 'OpenSession', 'CloseSession', 'InvokeCommand'];

function lookUp(application: unknown): ReadonlyMap<string, EntryPoint | undefined> {
  const found = new Map<string, EntryPoint | undefined>();
  if (typeof application !== 'object' || application === null) return found;
  for (const part of NAMES) {
    const name = `TA_${part}EntryPoint`;
    const run = (application as Readonly<Record<string, unknown>>)[name];
    if (typeof run !== 'function') continue;
    found.set(name, (...args) => Reflect.apply(run as EntryPoint, application, args));
  }
  return found;
}

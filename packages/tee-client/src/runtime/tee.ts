import { TeeError } from '../spec/v1/internal/error.ts';
import type { Tee } from '../spec/v1/internal/tee.ts';
import type { TaApi } from '../spec/v1/manifest.ts';
import { TEEC_RESULTS, type TeecResultName } from '../spec/v1/results.ts';
import { createArithmetic } from './arithmetic/index.ts';
import { createControl } from './basics/control.ts';
import { createInternalClient } from './basics/internal-client.ts';
import { createMemory } from './basics/memory.ts';
import { createPlatform } from './basics/platform.ts';
import { createProperties } from './basics/properties.ts';
import type { RuntimeServices } from './basics/services.ts';
import { createTime } from './basics/time.ts';
import { type GuardOptions, guard } from './boundary.ts';
import { PANIC_BAD_PARAMETERS, type RuntimeContext } from './context.ts';
import { createCryptographyGroup } from './crypto/cryptography.ts';
import { createObjects } from './crypto/objects.ts';
import { checkAlive, type Life, panic } from './life.ts';
import { createStorage } from './storage/storage.ts';

/** The API of one instance and the end of it. */
export interface TeeRuntime {
  readonly tee: Tee;
  /** Closes every handle and zeroes what the runtime holds for the instance. */
  closeAll(): void;
}

/** Functions whose result is the application's own memory or value. */
const RAW: ReadonlySet<string> = new Set([
  'TEE_Malloc',
  'TEE_Realloc',
  'TEE_GetInstanceData',
  'TEE_InitRefAttribute',
  'CSSI_GetSecureMemory',
]);
/** Functions that write into the parameters they are given. */
const IN_PLACE: ReadonlySet<string> = new Set(['TEE_OpenTASession', 'TEE_InvokeTACommand']);

/**
 * The internal API of one instance: every group behind the boundary, undeclared groups refused, in
 * one frozen object without a prototype.
 */
export function createTee(context: RuntimeContext, life: Life, services: RuntimeServices): TeeRuntime {
  const { apis } = context.manifest;
  const gate = (api: TaApi, others: readonly TaApi[] = []): GuardOptions['require'] =>
    [api, ...others].some((one) => apis.includes(one)) ? undefined : (name) => context.require(api, name);

  const objects = createObjects(context);
  const cryptography = createCryptographyGroup(context, objects.table);
  const properties = createProperties(context, services);
  const memory = createMemory(context, services);
  const client = createInternalClient(context, services);
  const platform = createPlatform(context, services);
  const { store } = services;

  const functions: { [name: string]: unknown; error?: unknown } = Object.create(null);
  const add = (group: object, require?: GuardOptions['require']): void => {
    for (const [name, run] of Object.entries(group)) {
      const options = { require, raw: RAW.has(name), inPlace: IN_PLACE.has(name) };
      functions[name] = guard(life, name, run as (...args: readonly unknown[]) => unknown, options);
    }
  };
  add(properties.api);
  add(createControl(context, services));
  add(memory.api);
  add(client.api, gate('internal-client'));
  // Persistent objects are objects too.
  add(objects.api, gate('crypto', ['storage']));
  add(cryptography.api, gate('crypto'));
  add(createStorage(context, objects.table, store), gate('storage'));
  add(createTime(context, services), gate('time'));
  add(createArithmetic(context), gate('arithmetic'));
  add(platform.api);
  functions.error = Object.freeze((result: unknown, required: unknown) => {
    checkAlive(life);
    return errorOf(life, result, required);
  });

  return {
    tee: Object.freeze(functions) as unknown as Tee,
    closeAll(): void {
      for (const close of [
        client.closeAll,
        platform.closeAll,
        cryptography.closeAll,
        () => objects.table.closeAll(),
        memory.closeAll,
        properties.closeAll,
      ]) {
        try {
          close();
        } catch {
          // One that fails must not keep the others from their secrets.
        }
      }
    },
  };
}

/** @throws TeePanic for a result that GlobalPlatform has no name for, and for success */
function errorOf(life: Life, result: unknown, required: unknown): TeeError {
  const options = typeof required === 'number' ? { required } : {};
  if (typeof result === 'number' && result >>> 0 === result && result !== 0) {
    return new TeeError(result, options);
  }
  if (typeof result === 'string' && Object.hasOwn(TEEC_RESULTS, result) && result !== 'SUCCESS') {
    return new TeeError(result as Exclude<TeecResultName, 'SUCCESS'>, options);
  }
  return panic(life, PANIC_BAD_PARAMETERS, 'error: not a result');
}

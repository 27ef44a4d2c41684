import {
  ERROR_BLOCKS,
  type ErrorDefinition,
  type ErrorLayer,
  type ErrorTable,
  fromBase64,
  type RandomSource,
  randomBytes,
  sm3,
  toBase64,
} from '@cssi/sm-core';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import type { SessionService } from '../sessions.ts';
import { isRetryable } from '../spec/v1/errors.ts';
import { API_VERSION } from '../spec/v1/operation.ts';
import type { hashOperation, randomOperation } from '../spec/v1/operations-crypto.ts';
import type {
  errorsListOperation,
  sessionChallengeOperation,
  sessionCloseOperation,
  sessionOpenOperation,
  versionOperation,
} from '../spec/v1/operations-session.ts';
import type { OperationHandler } from '../spec/v1/service.ts';
import { chooseVersion } from '../spec/v1/version.ts';

/** A layer's error table with the name of the layer: what `defineErrors` returns has both. */
export interface NamedErrorTable {
  readonly layer: ErrorLayer;
  readonly table: ErrorTable;
}

/** What {@link serviceHandlers} works with. */
export interface ServiceHandlerDeps {
  /** Tables of all layers of the server, for the catalogue. */
  readonly errorTables: readonly NamedErrorTable[];
  /** Major versions served; `['1']` when left out. */
  readonly versions?: readonly string[];
}

/** Handlers of `version` and `errors.list`. */
export function serviceHandlers(deps: ServiceHandlerDeps): {
  readonly version: OperationHandler<typeof versionOperation>;
  readonly 'errors.list': OperationHandler<typeof errorsListOperation>;
} {
  const supported = deps.versions ?? [API_VERSION];
  const errors = deps.errorTables.flatMap(({ layer, table }) =>
    Object.entries<ErrorDefinition>(table).map(([code, { n, category, en, zh }]) => ({
      code,
      status: ERROR_BLOCKS[layer] + n,
      layer,
      category,
      message: en,
      messageZh: zh,
      retryable: isRetryable(code, category),
    })),
  );
  return {
    version: async (params, context) => {
      const chosen = chooseVersion(params.versions, supported);
      if (chosen === undefined) {
        throw SECURITY_SERVICE_ERRORS.create('ERR_API_VERSION_UNSUPPORTED', {
          detail: `supported=${supported.join(',')}`,
        });
      }
      return { chosen, supported: [...supported], serverTime: context.time.toISOString() };
    },
    'errors.list': async () => ({ errors }),
  };
}

/** Handlers of `session.challenge`, `session.open` and `session.close`. */
export function sessionHandlers(sessions: SessionService): {
  readonly 'session.challenge': OperationHandler<typeof sessionChallengeOperation>;
  readonly 'session.open': OperationHandler<typeof sessionOpenOperation>;
  readonly 'session.close': OperationHandler<typeof sessionCloseOperation>;
} {
  return {
    'session.challenge': async (_params, context) => sessions.challenge(context),
    'session.open': (params, context) => sessions.open(params, context),
    'session.close': async (_params, context) => {
      context.note({ object: `session/${context.sessionId}` });
      return { closed: await sessions.close(context.sessionId!) };
    },
  };
}

/** Handlers of `hash` and `random`. */
export function primitiveHandlers(random?: RandomSource): {
  readonly hash: OperationHandler<typeof hashOperation>;
  readonly random: OperationHandler<typeof randomOperation>;
} {
  return {
    hash: async (params) => ({ digest: toBase64(sm3(fromBase64(params.data))) }),
    random: async (params, context) => {
      context.note({ detail: { length: params.length } });
      return { bytes: toBase64(randomBytes(params.length, random)) };
    },
  };
}

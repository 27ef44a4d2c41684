import type { TeeClient, TeecContext, TeecSession } from '../../../src/spec/v1/client.ts';
import { CONFORMANCE_COMMANDS, CONFORMANCE_TAS } from '../../../src/spec/v1/conformance-ta.ts';
import { TeecError } from '../../../src/spec/v1/error.ts';
import type { TeecOperation } from '../../../src/spec/v1/operation.ts';
import { TEEC_ORIGINS, TEEC_RESULTS, type TeecResultName } from '../../../src/spec/v1/results.ts';
import { bind, type Fault, faulty } from './kit.ts';

const { VALUES } = CONFORMANCE_COMMANDS;
const failed = (error: unknown, name: TeecResultName): error is TeecError =>
  error instanceof TeecError && error.result === TEEC_RESULTS[name];

const outside = (name: string, plant: (client: TeeClient) => TeeClient): Fault => ({ name, outside: plant });
/** Opening passes through `change`. */
const opens = (
  name: string,
  change: (open: TeecContext['openSession'], context: TeecContext) => TeecContext['openSession'],
): Fault =>
  outside(name, (client) =>
    bind(client, {
      initializeContext: async (tee) => {
        const context = await client.initializeContext(tee);
        return bind(context, { openSession: change((d, o) => context.openSession(d, o), context) });
      },
    }),
  );
const raise = (result: TeecResultName, origin: keyof typeof TEEC_ORIGINS): never => {
  throw new TeecError(TEEC_RESULTS[result], TEEC_ORIGINS[origin]);
};
const later = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
const empty: TeecOperation = { params: [] };
const ignored = (operation: TeecOperation | undefined): TeecOperation => operation ?? empty;

/** Defects of clients, modules and instances. */
export const clientFaults: readonly Fault[] = [
  outside('any TEE name is this TEE', (client) =>
    bind(client, { initializeContext: () => client.initializeContext() }),
  ),
  outside('finalizing does nothing', (client) =>
    faulty(client, { context: () => ({ finalize: async () => {} }) }),
  ),
  outside('a context is finalized once', (client) =>
    faulty(client, {
      context: (context) => {
        let ended = false;
        return {
          finalize: async () => {
            if (ended) raise('BAD_STATE', 'API');
            ended = true;
            await context.finalize();
          },
        };
      },
    }),
  ),
  outside('finalizing leaves the sessions', (client) => {
    const late: TeecContext[] = [];
    return faulty(client, {
      context: (context) => ({
        finalize: async () => {
          late.push(context);
          await later(0);
          if (late.length > 3) await late.shift()?.finalize();
        },
      }),
    });
  }),
  outside('sessions stay usable after close', (client) =>
    faulty(client, { session: () => ({ close: async () => {} }) }),
  ),
  outside('a session is closed once', (client) =>
    faulty(client, {
      session: (session) => {
        let closed = false;
        return {
          close: async () => {
            if (closed) raise('BAD_STATE', 'API');
            closed = true;
            await session.close();
          },
        };
      },
    }),
  ),
  outside('closing one session closes all', (client) => {
    const open = new Set<TeecSession>();
    return faulty(client, {
      session: (session) => {
        open.add(session);
        return {
          close: async () => {
            await Promise.all([...open].map((item) => item.close()));
            open.clear();
          },
        };
      },
    });
  }),
  outside('closing does not wait for calls', (client) =>
    faulty(client, {
      session: (session) => {
        let closed = false;
        return {
          close: async () => {
            closed = true;
            await session.close();
          },
          invokeCommand: async (command, operation) => {
            const answer = await session.invokeCommand(command, operation);
            if (closed && command === VALUES) raise('BAD_STATE', 'API');
            return answer;
          },
        };
      },
    }),
  ),
  opens(
    'every application exists',
    (open) => (to, options) => open(to, options).catch(() => ({}) as TeecSession),
  ),
  opens(
    'a missing application is the client’s fault',
    (open) => (to, options) =>
      open(to, options).catch((error: TeecError) => {
        if (failed(error, 'ITEM_NOT_FOUND')) raise('ITEM_NOT_FOUND', 'API');
        throw error;
      }),
  ),
  opens(
    'logins are not looked at',
    (open) => (to, options) => open(to, { ...(options?.operation ? { operation: options.operation } : {}) }),
  ),
  opens(
    'unknown logins are public',
    (open) => (to, options) =>
      open(to, [3, 0xf0000000].includes(options?.connectionMethod ?? 0) ? {} : options),
  ),
  opens('data of a login are not looked at', (open) => (to, options) => {
    const { connectionData, ...rest } = options ?? {};
    return open(to, (rest.connectionMethod ?? 0) % 4 === 2 && connectionData !== undefined ? options : rest);
  }),
  opens('groups are not checked', (open) => async (to, options) => {
    try {
      return await open(to, options);
    } catch (error) {
      if ((options?.connectionMethod ?? 0) % 4 !== 2) throw error;
      return open(to);
    }
  }),
  opens(
    'user and application are one identity',
    (open) => (to, options) =>
      open(to, (options?.connectionMethod ?? 0) === 4 ? { ...options, connectionMethod: 1 } : options),
  ),
  opens(
    'the user does not count in an application',
    (open) => (to, options) =>
      open(to, (options?.connectionMethod ?? 0) === 5 ? { ...options, connectionMethod: 4 } : options),
  ),
  opens('parameters of a session do not come back', (open) => async (to, options) => {
    const session = await open(to, options);
    return bind(session, { operation: ignored(options?.operation) });
  }),
  opens(
    'refused sessions are open',
    (open) => (to, options) =>
      open(to, options).catch((error) => {
        if (!options?.operation) throw error;
        return open(to);
      }),
  ),
  opens(
    'refusals of an application come from the TEE',
    (open) => (to, options) =>
      open(to, options).catch((error: TeecError) => {
        throw error instanceof TeecError ? new TeecError(error.result, 3, {}) : error;
      }),
  ),
  opens('a refused session stays', (open) => {
    return async (to, options) => {
      try {
        return await open(to, options);
      } catch (error) {
        if (to === CONFORMANCE_TAS.singleSession && options?.operation) await open(to);
        throw error;
      }
    };
  }),
  opens('one session serves all', (open) => {
    const known = new Map<string, Promise<TeecSession>>();
    return (to, options) => {
      if (options !== undefined) return open(to, options);
      const session = known.get(to) ?? open(to);
      known.set(to, session);
      session.catch(() => known.delete(to));
      return session;
    };
  }),
  opens('a context has eight sessions', (open) => {
    let sessions = 0;
    return async (to, options) => (++sessions > 8 ? raise('BUSY', 'TEE') : open(to, options));
  }),
  opens(
    'sessions of single-session applications queue up',
    (open) => (to, options) =>
      open(to, options).catch((error) => {
        if (to !== CONFORMANCE_TAS.singleSession) throw error;
        return open(CONFORMANCE_TAS.second);
      }),
  ),
  opens('a single-session application serves once', (open) => {
    let served = 0;
    return async (to, options) =>
      to === CONFORMANCE_TAS.singleSession && served++ > 1 ? raise('BUSY', 'TEE') : open(to, options);
  }),
  opens(
    'keep-alive is not kept',
    (open) => (to, options) => open(to === CONFORMANCE_TAS.keepAlive ? CONFORMANCE_TAS.second : to, options),
  ),
  opens(
    'every instance is kept alive',
    (open) => (to, options) => open(to === CONFORMANCE_TAS.second ? CONFORMANCE_TAS.keepAlive : to, options),
  ),
  opens(
    'multiple instances are one',
    (open) => (to, options) =>
      open(to === CONFORMANCE_TAS.multiInstance ? CONFORMANCE_TAS.second : to, options),
  ),
  opens('a single instance is several', (open) => {
    let opened = 0;
    return (to, options) =>
      open(to === CONFORMANCE_TAS.main && opened++ > 0 ? CONFORMANCE_TAS.multiInstance : to, options);
  }),
  opens(
    'two applications are one',
    (open) => (to, options) => open(to === CONFORMANCE_TAS.second ? CONFORMANCE_TAS.main : to, options),
  ),
  opens(
    'applications for applications serve clients',
    (open) => (to, options) => open(to === CONFORMANCE_TAS.trustedOnly ? CONFORMANCE_TAS.main : to, options),
  ),
  opens(
    'what is not declared is allowed',
    (open) => (to, options) => open(to === CONFORMANCE_TAS.limited ? CONFORMANCE_TAS.main : to, options),
  ),
  opens('after a panic an application is gone', (open) => {
    const gone = new Set<string>();
    return async (to, options) => {
      if (gone.has(to)) raise('TARGET_DEAD', 'TEE');
      const session = await open(to, options);
      return bind(session, {
        invokeCommand: async (command: number, operation?: TeecOperation) => {
          try {
            return await session.invokeCommand(command, operation);
          } catch (error) {
            if (failed(error, 'TARGET_DEAD')) gone.add(to);
            throw error;
          }
        },
      });
    };
  }),
];

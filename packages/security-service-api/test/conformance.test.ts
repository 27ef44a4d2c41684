import { SmError, toHex, utf8 } from '@cssi/sm-core';
import { runSuite } from '@cssi/sm-core/conformance';
import { describe, expect, it } from 'vitest';
import { inProcessTransport } from '../src/adapters/in-process.ts';
import { memorySessionStore } from '../src/adapters/memory-sessions.ts';
import { serviceBindingSuite } from '../src/conformance/index.ts';
import type { AuthenticatedCall, Dispatcher, SessionStore } from '../src/index.ts';
import { HEADERS } from '../src/index.ts';
import { sessionIdOf } from '../src/internal/check-request.ts';
import { FAULT_TEXT, type Fixture, makeFixture, START } from './support/fixture.ts';

const CAPABILITIES = ['clock', 'address', 'fault'];

async function run(fixture: Fixture, name = 'in-process') {
  const report = await runSuite(
    serviceBindingSuite,
    { name, subject: fixture, capabilities: CAPABILITIES },
    { now: START },
  );
  const failed = report.results.filter(({ outcome }) => outcome === 'fail');
  return { report, failed: failed.map(({ id }) => id), details: failed };
}

/** A fixture whose transports go to a dispatcher that `breaks` has changed. */
function behind(fixture: Fixture, breaks: (dispatcher: Dispatcher) => Dispatcher): Fixture {
  const dispatcher = breaks(fixture.dispatcher);
  return {
    ...fixture,
    transport: async (address = 'first') =>
      inProcessTransport(dispatcher, { remoteAddress: address === 'first' ? '192.0.2.1' : '192.0.2.2' }),
  };
}

describe('service binding suite', () => {
  it('has unique ids and more negative than positive cases', () => {
    const ids = serviceBindingSuite.cases.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(70);
  });

  it('passes on the in-process binding [TCCIA-053, TCCIA-129, TCCIA-130, TCCIA-131] [part of TCCIA-125, TCCIA-136]', async () => {
    const { report, details } = await run(await makeFixture());
    expect(details).toEqual([]);
    expect(report.skipped).toBe(0);
  });

  it('fails a service that ignores signatures [TCCIA-131]', async () => {
    const store = memorySessionStore();
    const fixture = await makeFixture({
      sessionDeps: (deps) => ({ ...deps, store }),
      deps: (deps) => ({
        ...deps,
        sessions: {
          authenticate: async (request): Promise<AuthenticatedCall> => {
            const sessionId = sessionIdOf(request.headers[HEADERS.session] ?? '');
            const session = await store.find(sessionId);
            if (session === undefined) return deps.sessions.authenticate(request, deps.clock());
            return {
              principal: session.principal,
              sessionId,
              signing: session.signing,
              responseMac: () => toHex(new Uint8Array(32)),
            };
          },
        },
      }),
    });
    const { failed } = await run(fixture);
    expect(failed).toEqual(
      expect.arrayContaining([
        'api.signing.body',
        'api.signing.signature',
        'api.signing.old-date',
        'api.signing.other-session',
        'api.signing.response-mac',
      ]),
    );
  });

  it('fails a service that accepts replays [TCCIA-131]', async () => {
    const fixture = await makeFixture({
      sessionDeps: (deps) => {
        const careless: SessionStore = { ...deps.store, accept: async () => true };
        return { ...deps, store: careless };
      },
    });
    const { failed } = await run(fixture);
    expect(failed).toEqual(expect.arrayContaining(['api.signing.replay', 'api.signing.replay-at-once']));
    expect(failed).not.toContain('api.signing.signature');
  });

  it('fails a service whose sessions never end [TCCIA-129, TCCIA-130]', async () => {
    const fixture = await makeFixture({
      sessionDeps: (deps) => ({
        ...deps,
        store: {
          ...deps.store,
          find: async (id) => {
            const session = await deps.store.find(id);
            const never = Number.MAX_SAFE_INTEGER;
            return session === undefined ? undefined : { ...session, lastUsedAt: never, expiresAt: never };
          },
        },
      }),
    });
    const { failed } = await run(fixture);
    expect(failed).toEqual(expect.arrayContaining(['api.session.idle', 'api.session.absolute']));
  });

  it('fails a service that does not bind sessions to an address [TCCIA-053]', async () => {
    const base = await makeFixture();
    const broken = behind(base, (dispatcher) => ({
      ...dispatcher,
      handle: (request) => dispatcher.handle({ ...request, remoteAddress: '192.0.2.9' }),
    }));
    const { failed } = await run(broken);
    expect(failed.sort()).toEqual(['api.session.address', 'api.session.one-address']);
  });

  it('fails a service that tells inner errors [part of TCCIA-118]', async () => {
    const fixture = await makeFixture({
      handlers: {
        'test.fault': async () => {
          throw new SmError('ERR_INNER', 0x0fff, {
            n: 0xff,
            category: 'unavailable',
            en: FAULT_TEXT,
            zh: '错',
          });
        },
      },
    });
    expect((await run(fixture)).failed).toEqual(['api.internal.no-leak']);
  });

  it('fails a service that skips the audit log', async () => {
    const fixture = await makeFixture({
      deps: (deps) => ({
        ...deps,
        audit: { append: async (event) => ({ ...event, v: 1, sequence: 0, time: '', hash: '' }) },
      }),
    });
    expect((await run(fixture)).failed.sort()).toEqual([
      'api.audit.denied',
      'api.audit.login',
      'api.audit.success',
      'api.audit.unauthenticated',
    ]);
  });

  it('fails a service that permits everything [TCCIA-050]', async () => {
    const fixture = await makeFixture({ deps: (deps) => ({ ...deps, access: { permits: () => true } }) });
    expect((await run(fixture)).failed.sort()).toEqual([
      'api.access.auditor-reads-only',
      'api.access.no-role',
      'api.access.tenant-user-no-audit',
      'api.audit.denied',
    ]);
  });

  it('fails a service that takes a challenge twice', async () => {
    const base = await makeFixture();
    const broken = behind(base, (dispatcher) => ({
      ...dispatcher,
      handle: async (request) => {
        const response = await dispatcher.handle(request);
        if (request.path !== '/v1/session/open' || response.status !== 401) return response;
        // To the client it looks as if the challenge had been taken again.
        const body = JSON.parse(Buffer.from(response.body).toString()) as object;
        return { ...response, body: utf8(JSON.stringify({ ...body, code: 'ERR_API_LOGIN_FAILED' })) };
      },
    }));
    expect((await run(broken)).failed).toContain('api.login.used-challenge');
  });
});

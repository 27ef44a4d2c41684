import { type ConformanceCase, ConformanceFailure, expectTrue } from '@cssi/sm-core/conformance';
import { type Credentials, createClient, type ServiceClient } from '../client/client.ts';
import { RemoteError } from '../client/remote-error.ts';
import type { Operation } from '../spec/v1/operation.ts';
import type { SigningMode } from '../spec/v1/request-signing.ts';
import type { ServiceResponse, Transport, TransportRequest } from '../spec/v1/service.ts';

/** Users that the service under test must know (or, where said, must not). */
export interface HarnessUsers {
  /** Holds `tenant-user` in a tenant. */
  readonly tenantUser: Credentials;
  /** Another user with the same role. */
  readonly otherTenantUser: Credentials;
  /** Holds `auditor` on the platform. */
  readonly auditor: Credentials;
  /** Enrolled and active, without any role. */
  readonly withoutRole: Credentials;
  /** Certificate of the platform CA that belongs to no user. */
  readonly unknown: Credentials;
  /** Certificate of another CA. */
  readonly foreign: Credentials;
}

/**
 * A service with one binding, ready to be tested. It must serve at least `version`,
 * `errors.list`, `session.*`, `hash`, `random` and `audit.read`.
 */
export interface ServiceHarness {
  readonly operations: readonly Operation[];
  readonly users: HarnessUsers;
  /** Clock of the service. */
  now(): Date;
  /**
   * A new way to the service. Capability `address`: calls with different addresses arrive
   * from different addresses.
   */
  transport(address?: 'first' | 'second'): Promise<Transport>;
  /** Capability `clock`: moves the clock of the service forward. */
  advance?(seconds: number): void;
  /** Capability `fault`: an operation with `auth: 'none'` and no parameters whose handler throws `text`. */
  readonly fault?: { readonly operation: Operation; readonly text: string };
}

/** Capabilities of a {@link ServiceHarness}. */
export type HarnessCapability = 'clock' | 'address' | 'fault';

/** A case of the suite. */
export type ServiceCase = ConformanceCase<ServiceHarness>;

/** A transport that shows, keeps and may change what passes. */
export interface Wire extends Transport {
  /** Changes the next requests until set back to `undefined`. */
  change: ((request: TransportRequest) => TransportRequest) | undefined;
  /** Changes the next answers until set back to `undefined`. */
  answer: ((response: ServiceResponse) => ServiceResponse) | undefined;
  /** Sends the next requests another way until set back to `undefined`. */
  detour: Transport | undefined;
  readonly sent: TransportRequest[];
  readonly received: ServiceResponse[];
}

/** Puts a {@link Wire} around a transport. */
function wireAround(transport: Transport): Wire {
  const wire: Wire = {
    name: transport.name,
    host: transport.host,
    change: undefined,
    answer: undefined,
    detour: undefined,
    sent: [],
    received: [],
    async send(request) {
      const actual = wire.change === undefined ? request : wire.change(request);
      wire.sent.push(actual);
      const response = await (wire.detour ?? transport).send(actual);
      wire.received.push(response);
      return wire.answer === undefined ? response : wire.answer(response);
    },
    close: () => transport.close(),
  };
  return wire;
}

/** One logged-in client with its wire and a clock of its own. */
export interface Visit {
  readonly client: ServiceClient;
  readonly wire: Wire;
  /** Seconds by which the client's clock is wrong from now on. */
  skew: number;
}

/** Runs `act` with a client that is logged in as `user`, and logs out whatever happens. */
export async function visit<T>(
  harness: ServiceHarness,
  user: Credentials,
  act: (visit: Visit) => Promise<T>,
  options: { readonly signing?: SigningMode; readonly address?: 'first' | 'second' } = {},
): Promise<T> {
  const wire = wireAround(await harness.transport(options.address));
  const state = { wire, skew: 0 };
  const clock = () => new Date(harness.now().getTime() + state.skew * 1000);
  const client = createClient(wire, { clock });
  const current: Visit = Object.assign(state, { client });
  try {
    await client.login({ ...user, ...(options.signing === undefined ? {} : { signing: options.signing }) });
    return await act(current);
  } finally {
    wire.change = undefined;
    wire.answer = undefined;
    wire.detour = undefined;
    current.skew = 0;
    await client.close();
  }
}

/** Runs `act` with a client that is not logged in. */
export async function anonymous<T>(
  harness: ServiceHarness,
  act: (client: ServiceClient, wire: Wire) => Promise<T>,
): Promise<T> {
  const wire = wireAround(await harness.transport());
  const client = createClient(wire, { clock: () => harness.now() });
  try {
    return await act(client, wire);
  } finally {
    await client.close();
  }
}

/** Fails the case unless the service itself refuses with one of `codes`. */
export async function expectRefusal(
  action: () => Promise<unknown>,
  codes: readonly string[],
  what: string,
): Promise<RemoteError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof RemoteError && codes.includes(error.code)) return error;
    const got =
      error instanceof Error
        ? `${error.name} ${(error as { code?: string }).code ?? error.message}`
        : String(error);
    throw new ConformanceFailure(`${what}: got ${got}, expected ${codes.join(' or ')}`);
  }
  throw new ConformanceFailure(`${what}: was accepted, expected ${codes.join(' or ')}`);
}

/** The operation of the harness with this name. */
export function operationOf(harness: ServiceHarness, name: string): Operation {
  const found = harness.operations.find((operation) => operation.name === name);
  expectTrue(found !== undefined, `the service offers ${name}`);
  return found;
}

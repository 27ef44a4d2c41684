import type { CertificateSigner } from '@cssi/pki';
import {
  fromBase64,
  type JsonValue,
  type RandomSource,
  Secret,
  sm2,
  sm3,
  toBase64,
  toHex,
  utf8,
} from '@cssi/sm-core';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import type { Role } from '../spec/v1/identity.ts';
import { API_VERSION, type Operation, type ParametersOf, type ResultOf } from '../spec/v1/operation.ts';
import {
  sessionChallengeOperation,
  sessionCloseOperation,
  sessionOpenOperation,
  versionOperation,
} from '../spec/v1/operations-session.ts';
import { encodeQuery } from '../spec/v1/query.ts';
import { HEADERS, SEQUENCE_WINDOW, type SigningMode } from '../spec/v1/request-signing.ts';
import type { Transport, TransportRequest } from '../spec/v1/service.ts';
import { SESSION_SECRET_BYTES } from '../spec/v1/session.ts';
import { encodeLoginStatement } from '../spec/v1/statements.ts';
import { readResponse } from './read-response.ts';
import { type RequestSigner, signRequest } from './sign-request.ts';

/** Settings of {@link createClient}. */
export interface ClientOptions {
  readonly clock?: () => Date;
  readonly random?: RandomSource;
  /** Largest answer in bytes; 8 MiB when left out. */
  readonly maxResponseBytes?: number;
  /** Most calls under way at once, at most 512; 128 when left out. Further calls wait. */
  readonly maxConcurrentCalls?: number;
}

/** What a user logs in with. */
export interface Credentials {
  /** DER */
  readonly certificate: Uint8Array;
  /** Holder of the certificate's private key. */
  readonly signer: CertificateSigner;
  /** `hmac-sm3` when left out. */
  readonly signing?: SigningMode;
}

/** Who is logged in. */
export interface LoginResult {
  readonly sessionId: string;
  readonly userId: string;
  readonly tenantId: string | null;
  readonly roles: readonly Role[];
  /** ISO 8601, UTC. */
  readonly expiresAt: string;
}

/** Extension members of one call. */
export interface CallExtras {
  /** Members whose names start with `x-`; a service that does not know them ignores them. */
  readonly extensions?: Readonly<Record<`x-${string}`, JsonValue>>;
  /** Names of members that the service must understand. */
  readonly critical?: readonly string[];
}

/**
 * A client of the service (SDK).
 *
 * Guarantee: a result is given only when the service authenticated it with the session key
 * for exactly this call. Failure is a {@link RemoteError} with the service's code or an
 * {@link SmError} of this package. Any number of calls at once; none is ever repeated.
 */
export interface ServiceClient {
  /** The open session, or `undefined`. */
  readonly session: LoginResult | undefined;
  /** @throws {@link RemoteError} ERR_API_VERSION_UNSUPPORTED */
  negotiate(versions?: readonly string[]): Promise<ResultOf<typeof versionOperation>>;
  /** Logs in; an open session is closed first. @throws {@link RemoteError} ERR_API_LOGIN_FAILED */
  login(credentials: Credentials): Promise<LoginResult>;
  /** @throws {@link SmError} ERR_API_NOT_LOGGED_IN, ERR_API_RESPONSE_MAC, ERR_API_RESPONSE_INVALID */
  call<O extends Operation>(
    operation: O,
    params: ParametersOf<O>,
    body?: Uint8Array,
    extras?: CallExtras,
  ): Promise<ResultOf<O>>;
  /** Closes the session and forgets its key, even when the service cannot be reached. */
  logout(): Promise<void>;
  /** Logs out and closes the transport. */
  close(): Promise<void>;
}

interface OpenSession extends RequestSigner {
  readonly login: LoginResult;
  sequence: number;
}

const NO_BYTES = new Uint8Array(0);

/**
 * A client over `transport`.
 *
 * @example
 * ```ts
 * const client = createClient(httpsTransport({ baseUrl: 'https://localhost:8443', ca: { file: 'ca.pem' } }));
 * await client.login({ certificate, signer });
 * const { digest } = await client.call(coreOperations.hash, { data: toBase64(utf8('abc')) });
 * await client.close();
 * ```
 */
export function createClient(transport: Transport, options: ClientOptions = {}): ServiceClient {
  const clock = options.clock ?? (() => new Date());
  const maxBytes = options.maxResponseBytes ?? 8 << 20;
  // Half the window: no call can fall out of it while others overtake it.
  const maxCalls = Math.min(options.maxConcurrentCalls ?? 128, SEQUENCE_WINDOW / 2);
  let session: OpenSession | undefined;
  let clockOffset = 0;
  let underWay = 0;
  const waiting: (() => void)[] = [];

  async function takeTurn(): Promise<void> {
    if (underWay < maxCalls) underWay += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  }
  function giveTurn(): void {
    const next = waiting.shift();
    if (next === undefined) underWay -= 1;
    else next();
  }

  function unsigned(
    operation: Operation,
    params: object,
    body: Uint8Array,
    extras: CallExtras,
  ): TransportRequest {
    const json = operation.body === 'json';
    const all = {
      ...params,
      ...extras.extensions,
      ...(extras.critical === undefined ? {} : { critical: extras.critical }),
    };
    return {
      method: 'POST',
      path: operation.path,
      query: json ? '' : encodeQuery(all),
      headers: {
        [HEADERS.host]: transport.host,
        [HEADERS.contentType]: json ? 'application/json' : 'application/octet-stream',
      },
      body: json ? utf8(JSON.stringify(all)) : body,
    };
  }

  async function exchange<O extends Operation>(
    operation: O,
    params: ParametersOf<O>,
    body: Uint8Array,
    extras: CallExtras,
    by: OpenSession | undefined,
  ): Promise<ResultOf<O>> {
    await takeTurn();
    try {
      const plain = unsigned(operation, params as object, body, extras);
      if (by === undefined) {
        const response = await transport.send(plain);
        return readResponse(response, { operation, maxBytes, signed: undefined }) as ResultOf<O>;
      }
      by.sequence += 1;
      const { sequence } = by;
      const key = by.key.use((bytes) => Secret.copy(bytes));
      try {
        const request = await signRequest(plain, sequence, new Date(clock().getTime() + clockOffset), by);
        const response = await transport.send(request);
        return readResponse(response, { operation, maxBytes, signed: { key, sequence } }) as ResultOf<O>;
      } finally {
        key.destroy();
      }
    } finally {
      giveTurn();
    }
  }

  const open = <O extends Operation>(operation: O, params: ParametersOf<O>): Promise<ResultOf<O>> =>
    exchange(operation, params, NO_BYTES, {}, undefined);

  const client: ServiceClient = {
    get session() {
      return session?.login;
    },

    negotiate: (versions = [API_VERSION]) => open(versionOperation, { versions: [...versions] }),

    async login({ certificate, signer, signing = 'hmac-sm3' }) {
      if (session !== undefined) await client.logout();
      const asked = clock().getTime();
      const given = await open(sessionChallengeOperation, {});
      // Half of the round trip is as close as one can get to the server's clock.
      clockOffset = Date.parse(given.serverTime) - Math.round((asked + clock().getTime()) / 2);
      const ephemeral = sm2.generateKeyPair(options.random);
      try {
        const statement = encodeLoginStatement({
          serverId: given.serverId,
          challenge: fromBase64(given.challenge),
          certificate,
          ephemeralPublicKey: ephemeral.publicKey,
          signing,
        });
        const opened = await open(sessionOpenOperation, {
          certificate: toBase64(certificate),
          challenge: given.challenge,
          ephemeralPublicKey: toBase64(ephemeral.publicKey),
          signing,
          signature: toBase64(await signer.sign(statement)),
        });
        const key = Secret.take(sm2.decrypt(ephemeral.privateKey, fromBase64(opened.sealedSessionKey)));
        if (key.length !== SESSION_SECRET_BYTES || opened.signing !== signing) {
          key.destroy();
          throw SECURITY_SERVICE_ERRORS.create('ERR_API_RESPONSE_INVALID', { detail: 'reason=session-key' });
        }
        const login: LoginResult = {
          sessionId: opened.sessionId,
          userId: opened.userId,
          tenantId: opened.tenantId,
          roles: opened.roles,
          expiresAt: opened.expiresAt,
        };
        session = {
          signing,
          credential: toHex(sm3(certificate)),
          region: given.region,
          token: opened.token,
          key,
          signer,
          login,
          sequence: 0,
        };
        return login;
      } finally {
        ephemeral.privateKey.destroy();
      }
    },

    async call(operation, params, body = NO_BYTES, extras = {}) {
      if (operation.auth === 'none') return exchange(operation, params, body, extras, undefined);
      if (session === undefined) throw SECURITY_SERVICE_ERRORS.create('ERR_API_NOT_LOGGED_IN');
      return exchange(operation, params, body, extras, session);
    },

    async logout() {
      const closing = session;
      session = undefined;
      if (closing === undefined) return;
      try {
        await exchange(sessionCloseOperation, {}, NO_BYTES, {}, closing);
      } catch {
        // The session then ends by its idle limit; the key is gone from here at once.
      } finally {
        closing.key.destroy();
      }
    },

    async close() {
      await client.logout();
      await transport.close();
    },
  };
  return client;
}

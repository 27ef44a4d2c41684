import type { Certificate } from '@cssi/pki';
import {
  fromBase64,
  hmacSm3,
  type RandomSource,
  randomBytes,
  Secret,
  SmError,
  sm2,
  toBase64,
  toHex,
} from '@cssi/sm-core';
import { SECURITY_SERVICE_ERRORS } from './errors.ts';
import { Challenges } from './internal/challenges.ts';
import { checkSignature, readSigningHeaders, sessionIdOf } from './internal/check-request.ts';
import { checkLoginCertificate } from './internal/login-certificate.ts';
import type { Principal } from './spec/v1/access.ts';
import type { IdentityStore, User } from './spec/v1/identity.ts';
import type { ParametersOf, ResultOf } from './spec/v1/operation.ts';
import type { sessionChallengeOperation, sessionOpenOperation } from './spec/v1/operations-session.ts';
import { responseMacInput } from './spec/v1/request-signing.ts';
import type { CallContext, ServiceRequest } from './spec/v1/service.ts';
import {
  type AuthenticatedCall,
  CHALLENGE_MAX_SECONDS,
  SESSION_MAX_IDLE_SECONDS,
  SESSION_MAX_SECONDS,
  SESSION_SECRET_BYTES,
  type Session,
  type SessionAuthenticator,
  type SessionStore,
} from './spec/v1/session.ts';
import { encodeLoginStatement } from './spec/v1/statements.ts';

/** Settings of {@link createSessionService}. Times in seconds. */
export interface SessionServiceOptions {
  /** Name of this server; a login signed for another one is refused. */
  readonly serverId: string;
  /** Region in the credential scope; `local` when left out. */
  readonly region?: string;
  /** At most 7,200; that when left out. */
  readonly idleSeconds?: number;
  /** At most 28,800; that when left out. */
  readonly absoluteSeconds?: number;
  /** 16 when left out. */
  readonly maxSessionsPerUser?: number;
  /** 10,000 when left out. */
  readonly maxSessions?: number;
  /** At most 60; that when left out. */
  readonly challengeSeconds?: number;
  /** 4,096 when left out. */
  readonly maxChallenges?: number;
  /** 64 when left out. */
  readonly maxChallengesPerAddress?: number;
  /** A change of roles or a disabled user takes effect in open sessions after this time; 30 when left out. */
  readonly principalSeconds?: number;
}

/** What {@link createSessionService} works with. */
export interface SessionServiceDeps {
  readonly identities: Pick<IdentityStore, 'findByCertificate'>;
  readonly store: SessionStore;
  /** Certificates of the platform CA. */
  readonly anchors: readonly Certificate[];
  readonly intermediates?: readonly Certificate[];
  readonly random?: RandomSource;
}

/**
 * Logins and sessions (会话管理).
 *
 * Guarantee: a session exists only for a user who proved, by an SM2 signature over a
 * one-time challenge, to hold the private key of a certificate that the platform CA issued
 * and the identity store knows; it ends by itself after the idle and the absolute limit.
 */
export interface SessionService extends SessionAuthenticator {
  challenge(context: CallContext): ResultOf<typeof sessionChallengeOperation>;
  /** @throws {@link SmError} ERR_API_CHALLENGE_INVALID, ERR_API_LOGIN_FAILED, ERR_API_SESSION_LIMIT */
  open(
    params: ParametersOf<typeof sessionOpenOperation>,
    context: CallContext,
  ): Promise<ResultOf<typeof sessionOpenOperation>>;
  close(sessionId: string): Promise<boolean>;
  /** Closes all sessions of a user at once, for a user who was disabled. */
  closeUser(userId: string): Promise<number>;
}

function within(name: string, value: number, max: number): number {
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new RangeError(`${name} must be a whole number from 1 to ${max}`);
  }
  return value;
}

const principalOf = (user: User, certificateFingerprint: string): Principal => ({
  userId: user.userId,
  tenantId: user.tenantId,
  roles: user.roles,
  certificateFingerprint,
});

/**
 * The session service.
 *
 * @throws RangeError when a limit is longer than the standard allows (a programmer's mistake).
 * @standard T/TCCIA 0002-2022 §6.3, §6.4, §7.8
 */
export function createSessionService(
  options: SessionServiceOptions,
  deps: SessionServiceDeps,
): SessionService {
  const { identities, store, anchors, intermediates = [], random } = deps;
  const { serverId, region = 'local' } = options;
  const idleSeconds = within(
    'idleSeconds',
    options.idleSeconds ?? SESSION_MAX_IDLE_SECONDS,
    SESSION_MAX_IDLE_SECONDS,
  );
  const absoluteSeconds = within(
    'absoluteSeconds',
    options.absoluteSeconds ?? SESSION_MAX_SECONDS,
    SESSION_MAX_SECONDS,
  );
  const lifetimeSeconds = within(
    'challengeSeconds',
    options.challengeSeconds ?? CHALLENGE_MAX_SECONDS,
    CHALLENGE_MAX_SECONDS,
  );
  const maxSessionsPerUser = within('maxSessionsPerUser', options.maxSessionsPerUser ?? 16, 1024);
  const maxSessions = within('maxSessions', options.maxSessions ?? 10_000, 1_000_000);
  const principalMilliseconds = within('principalSeconds', options.principalSeconds ?? 30, 300) * 1000;
  const challenges = new Challenges(
    {
      lifetimeSeconds,
      maxOutstanding: within('maxChallenges', options.maxChallenges ?? 4096, 65_536),
      maxPerAddress: within('maxChallengesPerAddress', options.maxChallengesPerAddress ?? 64, 65_536),
    },
    random,
  );

  /** Every reason has the same code, so that a login says nothing about who is known here. */
  const refused = (context: CallContext, reason: string): SmError => {
    context.note({ detail: { reason } });
    return SECURITY_SERVICE_ERRORS.create('ERR_API_LOGIN_FAILED');
  };

  async function freshPrincipal(session: Session, now: number): Promise<Principal> {
    if (now - session.principalReadAt < principalMilliseconds) return session.principal;
    const { certificateFingerprint, userId } = session.principal;
    const user = await identities.findByCertificate(certificateFingerprint);
    if (user === undefined || user.userId !== userId) {
      await store.close(session.sessionId);
      throw SECURITY_SERVICE_ERRORS.create('ERR_API_SESSION_INVALID');
    }
    const principal = principalOf(user, certificateFingerprint);
    await store.refresh(session.sessionId, principal, now);
    return principal;
  }

  async function liveSession(sessionId: string, remoteAddress: string, now: number): Promise<Session> {
    const session = await store.find(sessionId);
    if (session === undefined || session.key.destroyed) {
      throw SECURITY_SERVICE_ERRORS.create('ERR_API_SESSION_INVALID');
    }
    if (now >= session.expiresAt || now - session.lastUsedAt > idleSeconds * 1000) {
      await store.close(sessionId);
      throw SECURITY_SERVICE_ERRORS.create('ERR_API_SESSION_EXPIRED');
    }
    if (session.remoteAddress !== remoteAddress) {
      throw SECURITY_SERVICE_ERRORS.create('ERR_API_SESSION_ADDRESS');
    }
    return session;
  }

  return {
    challenge: (context) => ({
      challenge: toBase64(challenges.issue(context.remoteAddress, context.time.getTime())),
      serverId,
      region,
      serverTime: context.time.toISOString(),
      lifetimeSeconds,
    }),

    async open(params, context) {
      const now = context.time.getTime();
      const challenge = fromBase64(params.challenge);
      challenges.redeem(challenge, context.remoteAddress, now);
      const der = fromBase64(params.certificate);
      const ephemeralPublicKey = fromBase64(params.ephemeralPublicKey);
      const certificate = checkLoginCertificate(der, anchors, intermediates, context.time);
      if (typeof certificate === 'string') throw refused(context, `certificate-${certificate}`);
      context.note({ object: `certificate/${certificate.fingerprint}` });
      const { signing } = params;
      const statement = encodeLoginStatement({
        serverId,
        challenge,
        certificate: der,
        ephemeralPublicKey,
        signing,
      });
      const key = Secret.take(randomBytes(SESSION_SECRET_BYTES, random));
      let sealedSessionKey: Uint8Array;
      try {
        if (!sm2.verify(certificate.publicKey, statement, fromBase64(params.signature))) {
          throw refused(context, 'signature');
        }
        sealedSessionKey = key.use((bytes) => sm2.encrypt(ephemeralPublicKey, bytes));
      } catch (error) {
        key.destroy();
        if (error instanceof SmError && error.category === 'input') throw refused(context, 'malformed');
        throw error;
      }
      const user = await identities.findByCertificate(certificate.fingerprint);
      if (user === undefined) {
        key.destroy();
        throw refused(context, 'unknown-certificate');
      }
      context.note({ subject: user.userId, tenantId: user.tenantId });
      const token = toHex(randomBytes(SESSION_SECRET_BYTES, random));
      const session: Session = {
        sessionId: sessionIdOf(token),
        principal: principalOf(user, certificate.fingerprint),
        principalReadAt: now,
        publicKey: certificate.publicKey,
        signing,
        key,
        remoteAddress: context.remoteAddress,
        lastUsedAt: now,
        expiresAt: Math.min(now + absoluteSeconds * 1000, certificate.notAfter.getTime()),
      };
      const limits = { maxSessions, maxSessionsPerUser, idleMilliseconds: idleSeconds * 1000, now };
      const outcome = await store.open(session, limits);
      if (outcome !== 'opened') {
        key.destroy();
        context.note({ detail: { reason: outcome } });
        throw SECURITY_SERVICE_ERRORS.create('ERR_API_SESSION_LIMIT');
      }
      context.note({ object: `session/${session.sessionId}` });
      return {
        token,
        sessionId: session.sessionId,
        sealedSessionKey: toBase64(sealedSessionKey),
        signing,
        userId: user.userId,
        tenantId: user.tenantId,
        roles: [...user.roles],
        idleSeconds,
        expiresAt: new Date(session.expiresAt).toISOString(),
      };
    },

    async authenticate(request: ServiceRequest, time: Date): Promise<AuthenticatedCall> {
      const now = time.getTime();
      const headers = readSigningHeaders(request, region, time);
      const sessionId = sessionIdOf(headers.token);
      const session = await liveSession(sessionId, request.remoteAddress, now);
      if (headers.authorization.credential !== session.principal.certificateFingerprint) {
        throw SECURITY_SERVICE_ERRORS.create('ERR_API_SIGNATURE_WRONG');
      }
      checkSignature(request, headers, session);
      // The call that closes a session still gets its answer authenticated.
      const key = session.key.use((bytes) => Secret.copy(bytes));
      try {
        // Taken before anything else happens, so that of two equal calls only one goes on.
        if (!(await store.accept(sessionId, headers.sequence, now))) {
          throw SECURITY_SERVICE_ERRORS.create('ERR_API_REPLAY');
        }
        const principal = await freshPrincipal(session, now);
        return {
          principal,
          sessionId,
          signing: session.signing,
          responseMac: (requestId, status, body) => {
            const mac = toHex(hmacSm3(key, responseMacInput(requestId, headers.sequence, status, body)));
            key.destroy();
            return mac;
          },
        };
      } catch (error) {
        key.destroy();
        throw error;
      }
    },

    close: (sessionId) => store.close(sessionId),
    closeUser: (userId) => store.closeUser(userId),
  };
}

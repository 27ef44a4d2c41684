import type { Secret } from '@cssi/sm-core';
import type { Principal } from './access.ts';
import type { SigningMode } from './request-signing.ts';
import type { ServiceRequest } from './service.ts';

/** Longest time without a call in seconds: 2 hours. @standard T/TCCIA 0002-2022 §7.8 */
export const SESSION_MAX_IDLE_SECONDS = 7200;
/** Longest life of a session in seconds: 8 hours. @standard T/TCCIA 0002-2022 §7.8 */
export const SESSION_MAX_SECONDS = 28_800;
/** Longest life of a challenge in seconds. */
export const CHALLENGE_MAX_SECONDS = 60;
/** Bytes of a challenge, a token and a session key. */
export const SESSION_SECRET_BYTES = 32;

/** One open session (会话). Times are in milliseconds since 1970. */
export interface Session {
  /** SM3 of the token, hex. The token itself is nowhere kept. */
  readonly sessionId: string;
  readonly principal: Principal;
  /** When the principal was last read from the identity store. */
  readonly principalReadAt: number;
  /** SM2 public key of the login certificate, 04‖x‖y. */
  readonly publicKey: Uint8Array;
  readonly signing: SigningMode;
  /** Session key of 32 bytes; destroyed by the store when the session goes. */
  readonly key: Secret;
  readonly remoteAddress: string;
  readonly lastUsedAt: number;
  readonly expiresAt: number;
}

/** Limits that {@link SessionStore.open} enforces in one step with the insertion. */
export interface SessionLimits {
  readonly maxSessions: number;
  readonly maxSessionsPerUser: number;
  readonly idleMilliseconds: number;
  readonly now: number;
}

/**
 * Where open sessions are kept.
 *
 * Guarantee: each call is atomic. `open` first removes sessions that have ended, then every
 * session that the same user holds from another address, and only then counts. `accept`
 * answers `true` at most once for one sequence number of one session. The store owns the
 * keys given to it and destroys them when a session is removed.
 */
export interface SessionStore {
  readonly specVersion: '1';
  readonly name: string;
  open(session: Session, limits: SessionLimits): Promise<'opened' | 'user-limit' | 'store-limit'>;
  find(sessionId: string): Promise<Session | undefined>;
  /** Takes a sequence number of a verified call and notes the time of use; `false` = replay or session gone. */
  accept(sessionId: string, sequence: number, now: number): Promise<boolean>;
  /** Notes a freshly read principal. */
  refresh(sessionId: string, principal: Principal, now: number): Promise<void>;
  /** `false` when there was none. */
  close(sessionId: string): Promise<boolean>;
  /** Number of sessions closed. */
  closeUser(userId: string): Promise<number>;
}

/** A call whose session and signature were checked. */
export interface AuthenticatedCall {
  readonly principal: Principal;
  readonly sessionId: string;
  readonly signing: SigningMode;
  /** hex(HMAC-SM3) over the answer; can be asked for once. */
  responseMac(requestId: string, status: number, body: Uint8Array): string;
}

/**
 * Checks session and signature of calls.
 *
 * Guarantee: resolves only for a call that the holder of an open session signed over
 * exactly these bytes, within the allowed time and for the first time.
 */
export interface SessionAuthenticator {
  /** @throws {@link SmError} one of the codes in `SESSION_ERRORS` */
  authenticate(request: ServiceRequest, time: Date): Promise<AuthenticatedCall>;
}

/**
 * Sessions in the memory of one process.
 *
 * @packageDocumentation
 */
import { SequenceWindow } from '../internal/sequence-window.ts';
import type { Session, SessionLimits, SessionStore } from '../spec/v1/session.ts';

interface Entry {
  session: Session;
  readonly window: SequenceWindow;
}

/**
 * A session store in memory. Sessions live on one node and end with its process.
 *
 * @example
 * ```ts
 * const sessions = createSessionService(options, { store: memorySessionStore(), ...others });
 * ```
 */
export function memorySessionStore(): SessionStore {
  const sessions = new Map<string, Entry>();
  const byUser = new Map<string, Set<string>>();

  const remove = (sessionId: string): boolean => {
    const entry = sessions.get(sessionId);
    if (entry === undefined) return false;
    const { userId } = entry.session.principal;
    entry.session.key.destroy();
    sessions.delete(sessionId);
    const own = byUser.get(userId);
    own?.delete(sessionId);
    if (own?.size === 0) byUser.delete(userId);
    return true;
  };
  const ended = (session: Session, limits: SessionLimits): boolean =>
    limits.now >= session.expiresAt || limits.now - session.lastUsedAt > limits.idleMilliseconds;

  return {
    specVersion: '1',
    name: 'memory',
    async open(session, limits) {
      const { userId } = session.principal;
      for (const id of [...(byUser.get(userId) ?? [])]) {
        const other = sessions.get(id)!.session;
        if (ended(other, limits) || other.remoteAddress !== session.remoteAddress) remove(id);
      }
      if ((byUser.get(userId)?.size ?? 0) >= limits.maxSessionsPerUser) return 'user-limit';
      if (sessions.size >= limits.maxSessions) {
        for (const [id, entry] of sessions) if (ended(entry.session, limits)) remove(id);
        if (sessions.size >= limits.maxSessions) return 'store-limit';
      }
      sessions.set(session.sessionId, { session, window: new SequenceWindow() });
      byUser.set(userId, (byUser.get(userId) ?? new Set()).add(session.sessionId));
      return 'opened';
    },
    find: async (sessionId) => sessions.get(sessionId)?.session,
    async accept(sessionId, sequence, now) {
      const entry = sessions.get(sessionId);
      if (entry === undefined || !entry.window.accept(sequence)) return false;
      entry.session = { ...entry.session, lastUsedAt: Math.max(now, entry.session.lastUsedAt) };
      return true;
    },
    async refresh(sessionId, principal, now) {
      const entry = sessions.get(sessionId);
      if (entry !== undefined) entry.session = { ...entry.session, principal, principalReadAt: now };
    },
    close: async (sessionId) => remove(sessionId),
    async closeUser(userId) {
      const own = [...(byUser.get(userId) ?? [])];
      for (const id of own) remove(id);
      return own.length;
    },
  };
}

import { concatBytes, SmError, utf8 } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import type { ChannelOptions } from '../../../spec/v1/channel.ts';
import type { BootEvent } from '../../../spec/v1/evidence.ts';
import { MIGRATION_LIMITS } from '../../../spec/v1/migration.ts';
import { lengthPrefixed, partAt } from '../../../spec/v1/parts.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';
import type { AuditEntry } from './audit-log.ts';
import type { BootedCore } from './boot.ts';
import { coreEvidence, coreMeasurement, judgeCore } from './core-evidence.ts';
import type { EvidenceContext } from './evidence-maker.ts';
import type { Registry } from './registry.ts';
import type { Transfer } from './transfers.ts';

/** What a migration works with. */
export interface MigrationContext {
  readonly booted: BootedCore;
  readonly deviceId: string;
  readonly tcbVersion: number;
  readonly events: readonly BootEvent[];
  /** Time of the step. */
  readonly time: Date;
  /** As it stands now. */
  readonly registry: () => Registry;
  /** Makes a registry the state, with a record of why, before anything of it leaves the core. */
  readonly commit: (next: Registry, entry: Omit<AuditEntry, 'time'>) => void;
  /** Ends what runs of an application, as far as the core holds it. */
  readonly cutOff: (ta: TeecUuid) => void;
}

/** The message does not fit the state. */
export const stateError = (reason: string): SmError =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_MIGRATION_STATE', { detail: `reason=${reason}` });

/**
 * What a conversation was begun under. A command that changes any of it means the next message, too: the
 * evidence of the other side was judged by what held then. (A TCB floor above the own version stops this
 * side altogether.)
 */
export const rulesOf = ({ sd, peer, measurements }: Transfer): string =>
  [sd, peer, ...measurements].join(' ');

/** A record about a migration; the numbers are cut as everywhere in the log. */
export const noted = (event: string, { ta, sd, id, peer, role }: Transfer): Omit<AuditEntry, 'time'> => ({
  event,
  code: '',
  uuid: ta,
  domain: sd,
  detail: `role=${role} migration=${id.slice(0, 16)} peer=${peer.slice(0, 16)}`,
});

/**
 * How this core proves itself to the other and whom it takes: both by fresh evidence. The prologue
 * binds which application goes which way between which devices.
 *
 * @param now - what the step under way works with: a handshake takes several
 */
export function channelOptions(
  { ta, peer, measurements }: Transfer,
  source: string,
  target: string,
  now: () => MigrationContext,
): ChannelOptions {
  const own = (): EvidenceContext => {
    const { booted, tcbVersion, events, time, registry } = now();
    return { device: booted.device, tcbVersion, events, starts: registry().starts, time };
  };
  return {
    credential: { kind: 'evidence', attest: (reportData) => coreEvidence(own(), reportData) },
    accept: {
      evidence: (evidence, reportData) =>
        judgeCore(evidence, reportData, {
          device: peer,
          measurements: [coreMeasurement(own()), ...measurements],
          minimumTcb: now().registry().tcbFloor,
          time: now().time,
        }),
    },
    prologue: utf8(`cssi-tee migration 1 ${ta} ${source} ${target}`),
  };
}

/** What a message between two cores is, as whoever carries it sees it. */
export const OUTER = { HELLO: 1, ANSWER: 2, FINISH: 3, FRAME: 4 } as const;

/** `kind ‖ length, part …` */
export const outer = (kind: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  concatBytes(Uint8Array.of(kind), ...parts.map(lengthPrefixed));

/** @throws {@link SmError} ERR_TEE_CHANNEL */
export function readOuter(message: Uint8Array): {
  readonly kind: number;
  readonly parts: readonly Uint8Array[];
} {
  const broken = () => TEE_CLIENT_ERRORS.create('ERR_TEE_CHANNEL', { detail: 'reason=message' });
  const [kind = 0] = message;
  const count = kind === OUTER.FINISH ? 2 : 1;
  const parts: Uint8Array[] = [];
  let at = 1;
  if (message.length > MIGRATION_LIMITS.message) throw broken();
  for (let i = 0; i < count; i++) {
    const part = partAt(message, at, MIGRATION_LIMITS.message);
    if (part === undefined) throw broken();
    parts.push(part);
    at += 4 + part.length;
  }
  if (at !== message.length || kind < OUTER.HELLO || kind > OUTER.FRAME) throw broken();
  return { kind, parts };
}

/** The judgement of {@link judgeCore} in its own words, where a handshake ended with it. */
export function plainRefusal(error: unknown): unknown {
  const cause = error instanceof SmError ? error.cause : undefined;
  return cause instanceof SmError && cause.code === 'ERR_TEE_MIGRATION_REFUSED' ? cause : error;
}

import { type Sm2KeyPair, SmError, sm2 } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import { RECEIPT_FORMAT } from '../../../spec/v1/management.ts';
import {
  encodeSignedReceipt,
  parseSignedCommand,
  type SignedCommand,
} from '../../../spec/v1/management-codec.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';
import type { ManagementEffect } from '../domain-protocol.ts';
import type { ActionContext, ActionOutcome } from './action-outcome.ts';
import { authorise, checkTeeUnlocked } from './authority.ts';
import { auditEntry } from './boot.ts';
import type { CoreState } from './core-state.ts';
import { applyAction, checkPayload } from './management-actions.ts';
import { type Registry, withSequence } from './registry.ts';

/** What a command is executed with. */
export interface ExecutionContext extends ActionContext {
  readonly registry: Registry;
  readonly state: CoreState;
  readonly time: number;
  readonly deviceId: string;
  readonly attestation: Sm2KeyPair;
  /** Ends what runs of these applications, as far as the core holds it. */
  readonly cutOff: (uuids: readonly TeecUuid[]) => void;
}

/** What leaves the core after a command. */
export interface ExecutedCommand {
  readonly receipt: Uint8Array;
  readonly effect: ManagementEffect;
}

/** Records a refusal with the state as `registry` says, and throws it on. */
function refuse(
  error: unknown,
  registry: Registry,
  signed: SignedCommand | undefined,
  { state, time }: ExecutionContext,
): never {
  if (error instanceof SmError) {
    const { detail = '' } = error;
    const about =
      signed === undefined ? '' : `action=${signed.command.action} command=${signed.digest.slice(0, 16)} `;
    state.commit(
      registry,
      auditEntry({
        time,
        event: 'management-refused',
        code: error.code,
        domain: signed?.command.domain ?? '',
        uuid: signed !== undefined && 'ta' in signed.command ? signed.command.ta : '',
        detail: `${about}${detail}`.trim(),
      }),
    );
  }
  throw error;
}

/** Reads a command and finds out whether it may be given; nothing has changed when it may not. */
function admitCommand(command: Uint8Array, context: ExecutionContext): SignedCommand {
  let signed: SignedCommand | undefined;
  const { registry, tcbVersion, deviceId, payload } = context;
  try {
    signed = parseSignedCommand(command);
    if (tcbVersion < registry.tcbFloor) {
      throw TEE_CLIENT_ERRORS.create('ERR_TEE_TCB_OUTDATED', { detail: 'reason=floor' });
    }
    authorise(registry, deviceId, signed);
    checkPayload(signed.command, payload);
    return signed;
  } catch (error) {
    return refuse(error, registry, signed, context);
  }
}

/**
 * Executes a signed command. Once it is found authentic and fresh its sequence number is used up,
 * whether its action succeeds or does not fit the state: a refused command cannot lie in wait. The
 * number, the effect and the audit record are one write.
 *
 * @throws {@link SmError} ERR_TEE_MANAGEMENT_…, ERR_TEE_BUNDLE_…, ERR_TEE_TCB_OUTDATED, ERR_TEE_STORAGE
 */
export function executeCommand(bytes: Uint8Array, context: ExecutionContext): ExecutedCommand {
  const signed = admitCommand(bytes, context);
  const { command, digest } = signed;
  const { state, time } = context;
  let used = context.registry;
  let outcome: ActionOutcome;
  try {
    used = withSequence(used, command.domain, command.sequence);
    checkTeeUnlocked(used, command.action);
    outcome = applyAction(used, command, context);
  } catch (error) {
    return refuse(error, used, signed, context);
  }
  // Before the write: one that fails half-way may count, and what it stops must not run on then.
  context.cutOff(outcome.effect.stop);
  if (outcome.bundle !== undefined) state.writeBundle(outcome.bundle.digest, outcome.bundle.bytes);
  const audit = state.commit(
    outcome.registry,
    auditEntry({
      time,
      event: 'management',
      domain: command.domain,
      uuid: outcome.uuid ?? '',
      detail: `action=${command.action} sequence=${command.sequence} command=${digest.slice(0, 16)}`,
    }),
  );
  state.tidy();
  const receipt = encodeSignedReceipt(
    {
      format: RECEIPT_FORMAT,
      device: context.deviceId,
      command: digest,
      action: command.action,
      domain: command.domain,
      sequence: command.sequence,
      time,
      audit,
    },
    (input) => sm2.signWith(context.attestation, input, { format: 'raw' }),
  );
  return { receipt, effect: outcome.effect };
}

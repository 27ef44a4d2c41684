import { type TeecError, teecError } from '../spec/v1/error.ts';
import type {
  ModuleAnswer,
  ModuleCall,
  ModuleClient,
  ModuleParameter,
  SecurityModule,
} from '../spec/v1/module.ts';
import { TEEC_RESULTS } from '../spec/v1/results.ts';
import { normalizeUuid, type TeecUuid } from '../spec/v1/uuid.ts';
import { checkAnswer, isU32, malformedAnswer, moduleFailure } from './answer.ts';
import { ModuleSession } from './module-session.ts';

/** @throws {@link TeecError} BAD_PARAMETERS (origin API) when `destination` is no UUID */
export function destinationUuid(destination: TeecUuid): TeecUuid {
  try {
    return normalizeUuid(destination);
  } catch (cause) {
    throw teecError('BAD_PARAMETERS', 'API', { detail: 'parameter=destination', cause });
  }
}

/** @throws {@link TeecError} BAD_PARAMETERS (origin API) when `commandId` is no 32-bit number */
export function checkCommand(commandId: number): void {
  if (!isU32(commandId)) throw teecError('BAD_PARAMETERS', 'API', { detail: 'parameter=commandId' });
}

export const contextFinalized = (): TeecError =>
  teecError('BAD_STATE', 'API', { detail: 'reason=context-finalized' });

/** The answer of a module to an opened session, and the session where there is one. */
export interface OpenedSession {
  readonly answer: ModuleAnswer;
  readonly session: ModuleSession | undefined;
}

/** Opens a session of a module and checks the form of its answer. */
export async function openModuleSession(
  module: SecurityModule,
  uuid: TeecUuid,
  client: ModuleClient,
  params: readonly ModuleParameter[],
  cancellation: AbortSignal | undefined,
): Promise<OpenedSession> {
  const call: ModuleCall | undefined = cancellation === undefined ? undefined : { cancellation };
  let answer: ModuleAnswer;
  try {
    answer = await module.openSession(uuid, client, params, call);
  } catch (error) {
    throw moduleFailure(error);
  }
  checkAnswer(answer);
  const opened = answer.result === TEEC_RESULTS.SUCCESS;
  if (opened && !isU32(answer.session)) throw malformedAnswer('session');
  const session = opened ? new ModuleSession(module, answer.session as number) : undefined;
  if (!Array.isArray(answer.params)) {
    // Opened over there, unusable here: it must not stay behind.
    await session?.close();
    throw malformedAnswer('parameters');
  }
  return { answer, session };
}

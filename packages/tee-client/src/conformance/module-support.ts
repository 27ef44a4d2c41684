import { type CaseContext, type ConformanceCase, ConformanceFailure } from '@cssi/sm-core/conformance';
import { CONFORMANCE_COMMANDS, CONFORMANCE_TA_UUID } from '../spec/v1/conformance-ta.ts';
import type {
  ModuleAnswer,
  ModuleCall,
  ModuleCapability,
  ModuleClient,
  ModuleParameter,
  ModuleServiceAnswer,
  ModuleServiceRequest,
  SecurityModule,
} from '../spec/v1/module.ts';
import { TEEC_ORIGINS, TEEC_RESULTS, type TeecResultName, teecResultName } from '../spec/v1/results.ts';

/**
 * What the suite of the module-side interface runs on.
 *
 * @group Conformance
 */
export interface SecurityModuleSubject {
  /** The module under test; stays open. Its conformance TAs die and start again. */
  readonly module: SecurityModule;
  /** Another instance of the same kind, independent of `module`; the suite closes it. */
  open(): Promise<SecurityModule>;
}

export const PUBLIC: ModuleClient = { login: 0, uuid: '00000000-0000-0000-0000-000000000000' };
export const TA: ModuleCapability = 'conformance-ta';

/** How the interface is cited. */
const MODULE_CLAUSE = 'module interface v1 (CSSI-013)';

/** A case of the suite; it needs the conformance TAs unless `requires` says otherwise. */
export function moduleCase(
  id: string,
  clause: string,
  run: (subject: SecurityModuleSubject, context: CaseContext) => Promise<void>,
  requires: readonly ModuleCapability[] = [TA],
): ConformanceCase<SecurityModuleSubject> {
  return { id: `module.${id}`, clause: `${clause}; ${MODULE_CLAUSE}`, level: 'MUST', requires, run };
}

/** A case that only looks at the module itself. */
export const plainCase = (
  id: string,
  clause: string,
  run: (subject: SecurityModuleSubject, context: CaseContext) => Promise<void>,
): ConformanceCase<SecurityModuleSubject> => moduleCase(id, clause, run, []);

export const none = (): ModuleParameter => ({ type: 0 });
export const valueIn = (a: number, b = 0): ModuleParameter => ({ type: 1, a, b });
export const valueOut = (): ModuleParameter => ({ type: 2, a: 0, b: 0 });
export const valueInout = (a: number, b = 0): ModuleParameter => ({ type: 3, a, b });
/** A copy goes out: the module may keep or zero what it gets. */
export const memoryIn = (bytes: Uint8Array): ModuleParameter => ({
  type: 5,
  size: bytes.length,
  buffer: new Uint8Array(bytes),
});
export const memoryOut = (size: number): ModuleParameter => ({ type: 6, size, buffer: new Uint8Array(0) });
export const memoryInout = (bytes: Uint8Array): ModuleParameter => ({
  type: 7,
  size: bytes.length,
  buffer: new Uint8Array(bytes),
});

const name = (result: number): string => teecResultName(result) ?? result.toString(16);

interface Resulting {
  readonly result: number;
  readonly origin: number;
}

/** Fails the case unless the answer is a success. */
export function expectSuccess<Answer extends Resulting>(answer: Answer, what: string): Answer {
  if (answer.result !== TEEC_RESULTS.SUCCESS) {
    throw new ConformanceFailure(`${what}: ${name(answer.result)} from origin ${answer.origin}`);
  }
  return answer;
}

/** Fails the case unless the answer is one of `results`, from one of `origins`. */
export function expectRefused(
  answer: Resulting,
  results: readonly Exclude<TeecResultName, 'SUCCESS'>[],
  origins: readonly (keyof typeof TEEC_ORIGINS)[],
  what: string,
): void {
  if (!results.some((one) => TEEC_RESULTS[one] === answer.result)) {
    throw new ConformanceFailure(`${what}: ${name(answer.result)}, expected ${results.join(' or ')}`);
  }
  if (!origins.some((one) => TEEC_ORIGINS[one] === answer.origin)) {
    throw new ConformanceFailure(`${what}: origin ${answer.origin}, expected ${origins.join(' or ')}`);
  }
}

/** Origins a refusal may have that does not come from the application. */
export const NOT_THE_APPLICATION = ['API', 'COMMS', 'TEE'] as const;

/** A session of a conformance TA, opened. */
export class TestSession {
  readonly module: SecurityModule;
  readonly id: number;

  constructor(module: SecurityModule, id: number) {
    this.module = module;
    this.id = id;
  }

  invoke(command: number, params: readonly ModuleParameter[] = [], call?: ModuleCall): Promise<ModuleAnswer> {
    return this.module.invoke(this.id, command, params, call);
  }

  service(request: ModuleServiceRequest): Promise<ModuleServiceAnswer> {
    return this.module.service(this.id, request);
  }

  /** Calls COUNT. */
  async count(call?: ModuleCall): Promise<number> {
    const answer = expectSuccess(await this.invoke(CONFORMANCE_COMMANDS.COUNT, [valueOut()], call), 'COUNT');
    return numbersOf(answer, 0).a;
  }
}

/** The two numbers of a value in an answer. */
export function numbersOf(answer: ModuleAnswer, index: number): { readonly a: number; readonly b: number } {
  const parameter = answer.params[index];
  if (parameter === undefined || !('a' in parameter)) {
    throw new ConformanceFailure(`parameter ${index} of the answer is no value`);
  }
  return parameter;
}

/** Memory of an answer. */
export function memoryOf(
  answer: ModuleAnswer,
  index: number,
): { readonly size: number; readonly buffer: Uint8Array } {
  const parameter = answer.params[index];
  if (parameter === undefined || !('buffer' in parameter) || !(parameter.buffer instanceof Uint8Array)) {
    throw new ConformanceFailure(`parameter ${index} of the answer is no memory`);
  }
  return parameter;
}

/** Opens a session of a conformance TA and fails the case when that fails. */
export async function openTestSession(
  module: SecurityModule,
  uuid: string = CONFORMANCE_TA_UUID,
): Promise<TestSession> {
  const answer = expectSuccess(await module.openSession(uuid, PUBLIC, []), 'opening a session');
  if (typeof answer.session !== 'number' || answer.session >>> 0 !== answer.session) {
    throw new ConformanceFailure('an opened session has no number of 32 bits');
  }
  return new TestSession(module, answer.session);
}

/** Runs `use` with a session of the conformance TA and closes it whatever happens. */
export async function withTestSession<T>(
  module: SecurityModule,
  use: (session: TestSession) => Promise<T>,
  uuid: string = CONFORMANCE_TA_UUID,
): Promise<T> {
  const session = await openTestSession(module, uuid);
  try {
    return await use(session);
  } finally {
    await module.closeSession(session.id);
  }
}

/** Fails the case unless a service refuses its arguments. */
export async function expectBadService(
  session: TestSession,
  request: ModuleServiceRequest,
  what: string,
): Promise<void> {
  const answer = await session.service(request);
  expectRefused(answer, ['BAD_PARAMETERS', 'EXCESS_DATA'], ['API', 'TEE', 'TRUSTED_APP'], what);
}

/** A case of one service, in a session of the conformance TA. */
export const serviceCase = (
  id: string,
  capability: ModuleCapability,
  run: (session: TestSession, subject: SecurityModuleSubject) => Promise<void>,
): ConformanceCase<SecurityModuleSubject> =>
  moduleCase(
    `service.${id}`,
    'SecurityModule.service',
    (subject) => withTestSession(subject.module, (session) => run(session, subject)),
    [TA, capability],
  );

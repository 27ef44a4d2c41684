import { malformedAnswer, moduleFailure } from '../client/answer.ts';
import {
  MIGRATION_LIMITS,
  type MigrationFile,
  type MigrationState,
  type ModuleMigrationAnswer,
  type ModuleMigrationRequest,
} from '../spec/v1/migration.ts';
import type { SecurityModule } from '../spec/v1/module.ts';

const STATES: readonly MigrationState[] = [
  'none',
  'exporting',
  'departed',
  'expecting',
  'incoming',
  'activated',
];
const TRANSFER = /^(?:[0-9a-f]{32})?$/;
const DIGEST = /^[0-9a-f]{64}$/;
const NAME = /^[a-z0-9.]{1,32}$/;

function isFile(file: MigrationFile): boolean {
  return (
    file !== null &&
    typeof file === 'object' &&
    NAME.test(file.name) &&
    Number.isSafeInteger(file.size) &&
    file.size >= 0 &&
    file.size <= MIGRATION_LIMITS.fileBytes &&
    DIGEST.test(file.digest)
  );
}

/**
 * Has a module take a step, and checks the form of what it answers.
 *
 * @throws {@link TeecError} COMMUNICATION for a malformed answer; what the module refused with
 * @internal
 */
export async function takeStep(
  module: SecurityModule,
  request: ModuleMigrationRequest,
): Promise<ModuleMigrationAnswer> {
  let answer: ModuleMigrationAnswer;
  try {
    answer = await module.migrate(request);
  } catch (error) {
    throw moduleFailure(error);
  }
  if (answer === null || typeof answer !== 'object') throw malformedAnswer('migration');
  const { state, transfer, message, files } = answer;
  if (!STATES.includes(state)) throw malformedAnswer('state');
  if (typeof transfer !== 'string' || !TRANSFER.test(transfer)) throw malformedAnswer('transfer');
  if (!(message instanceof Uint8Array) || message.length > MIGRATION_LIMITS.message) {
    throw malformedAnswer('message');
  }
  if (!Array.isArray(files) || files.length > MIGRATION_LIMITS.files || !files.every(isFile)) {
    throw malformedAnswer('files');
  }
  return answer;
}

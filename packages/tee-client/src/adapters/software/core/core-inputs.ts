import { parseJson, sm2 } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import type { BootEvent, BootStage } from '../../../spec/v1/evidence.ts';
import { type JsonFields, strictJson } from '../../../spec/v1/strict-json.ts';
import type { TeecUuid } from '../../../spec/v1/uuid.ts';
import type { CoreMigrationStep } from '../domain-protocol.ts';

const MAX_JSON = 65_536;
const MAX_EVENTS = 63;
/** The last time a `Date` can be. */
const MAX_TIME = 8.64e15;
const STAGES: readonly BootStage[] = ['runtime', 'adapter', 'library', 'worker'];

const malformed = (reason: string, cause?: unknown) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_ANSWER_MALFORMED', { detail: `part=${reason}`, cause });
const json = strictJson(malformed);

/** What the core is booted with. */
export interface BootInput {
  readonly events: readonly BootEvent[];
  readonly time: number;
  /** Base64, or empty. */
  readonly managementKey: string;
  readonly conformanceTa: boolean;
}

function read(part: Uint8Array | undefined): unknown {
  if (part === undefined) throw malformed('missing');
  try {
    return parseJson(part, MAX_JSON);
  } catch (cause) {
    throw malformed('json', cause);
  }
}

const timeOf = (value: unknown): number => json.integer(value, 'time', 0, MAX_TIME);

function managementKeyOf(value: unknown): string {
  if (value === undefined) return '';
  const point = json.bytes(value, 'managementKey', 65, 65);
  try {
    sm2.publicKey(point);
  } catch (cause) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', { detail: 'option=managementKey', cause });
  }
  return value as string;
}

/** @throws {@link SmError} ERR_TEE_ANSWER_MALFORMED, ERR_TEE_OPTION_INVALID */
export function bootInput(part: Uint8Array | undefined): BootInput {
  const value = read(part) as Readonly<Record<string, unknown>> | null;
  const optional = ['managementKey', 'conformanceTa'].filter(
    (name) => value !== null && typeof value === 'object' && Object.hasOwn(value, name),
  );
  const fields: JsonFields = json.fields(value, ['events', 'time', ...optional]);
  return {
    time: timeOf(fields.time),
    managementKey: managementKeyOf(fields.managementKey),
    conformanceTa:
      fields.conformanceTa === undefined ? false : json.flag(fields.conformanceTa, 'conformanceTa'),
    events: json.list(fields.events, 'events', MAX_EVENTS).map((item): BootEvent => {
      const event = json.fields(item, ['stage', 'name', 'digest']);
      return {
        stage: json.oneOf(event.stage, 'stage', STAGES),
        name: json.text(event.name, 'name', 128),
        digest: json.digest(event.digest, 'digest'),
      };
    }),
  };
}

export function launchInput(part: Uint8Array | undefined): {
  readonly uuid: TeecUuid;
  readonly time: number;
} {
  const fields = json.fields(read(part), ['uuid', 'time']);
  return { uuid: json.uuid(fields.uuid, 'uuid'), time: timeOf(fields.time) };
}

export function instanceInput(part: Uint8Array | undefined, names: readonly string[]): readonly string[] {
  const fields = json.fields(read(part), names);
  return names.map((name) => json.text(fields[name], name, 64));
}

export function timedInstanceInput(part: Uint8Array | undefined): {
  readonly instance: string;
  readonly time: number;
} {
  const fields = json.fields(read(part), ['instance', 'time']);
  return { instance: json.text(fields.instance, 'instance', 64), time: timeOf(fields.time) };
}

export const timeInput = (part: Uint8Array | undefined): number =>
  timeOf(json.fields(read(part), ['time']).time);

const MIGRATION_STEPS = ['status', 'open', 'message', 'staged', 'storage-grant', 'storage'] as const;

export function migrationInput(part: Uint8Array | undefined): CoreMigrationStep & { readonly time: number } {
  const fields = json.fields(read(part), ['step', 'ta', 'role', 'time']);
  return {
    step: json.oneOf(fields.step, 'step', MIGRATION_STEPS),
    ta: json.uuid(fields.ta, 'ta'),
    role: json.oneOf(fields.role, 'role', ['source', 'target'] as const),
    time: timeOf(fields.time),
  };
}

export function rangeInput(part: Uint8Array | undefined): { readonly from: number; readonly max: number } {
  const fields = json.fields(read(part), ['from', 'max']);
  const count = (name: string) => json.integer(fields[name], name, 0, Number.MAX_SAFE_INTEGER);
  return { from: count('from'), max: count('max') };
}

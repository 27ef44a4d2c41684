import type { DeviationPolicy, Sm2SignerId } from '@cssi/pki';
import type { JsonValue } from '@cssi/sm-core';
import { toHex } from '@cssi/sm-core';
import type { ObjectKind } from './detect.ts';
import type { Entry, Label } from './entry.ts';
import { type Privacy, personal } from './names.ts';

/** How objects are shown. */
export interface InspectContext extends Privacy {
  /** What validity is counted from. */
  readonly now: Date;
  /** Most entries of a list that are shown. */
  readonly entries: number;
  readonly policy: DeviationPolicy;
  /** Opens containers; without it they stay shut. */
  readonly passphrase: string | undefined;
  /** What signatures may have been made with; the default ID when left out. */
  readonly signerIds?: readonly Sm2SignerId[];
}

/** One object as it is shown. */
export interface Inspected {
  readonly kind: ObjectKind;
  readonly title: Label;
  readonly entries: readonly Entry[];
  readonly json: Readonly<Record<string, JsonValue>>;
  /** It could not be read. */
  readonly failed?: boolean;
}

/** JSON of what was read: times as ISO 8601, bytes as hex, numbers of identity cards masked unless asked for. */
export function toJson(value: unknown, privacy: Privacy): JsonValue {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return personal(value, privacy);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return toHex(value);
  if (value instanceof Set || Array.isArray(value)) return [...value].map((item) => toJson(item, privacy));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toJson(item, privacy)]));
}

/** Entries of deviations from a standard that were accepted. */
export const findingEntries = (
  findings: readonly {
    readonly code: string;
    readonly where: string;
    readonly en: string;
    readonly zh: string;
  }[],
): Entry[] =>
  findings.length === 0
    ? []
    : [
        {
          label: { zh: '偏差', en: 'Deviations' },
          below: findings.map(({ code, where, en, zh }) => ({
            label: code,
            value: { zh, en, after: ` [${where}]` },
          })),
        },
      ];

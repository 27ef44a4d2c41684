import type { JsonValue } from '@cssi/sm-core';
import { EVENT_TYPES, eventTypeName } from './event-types.ts';
import type { EventLogReplay } from './types.ts';

/** Most events that are listed one by one in claims. */
const LISTED = 256;
const TEXT = 512;
const TEXT_TYPES: ReadonlySet<number> = new Set([
  EVENT_TYPES.EV_IPL,
  EVENT_TYPES.EV_ACTION,
  EVENT_TYPES.EV_EFI_ACTION,
]);

/** Printable ASCII up to the first NUL; undefined for anything else. */
function textOf(data: Uint8Array): string | undefined {
  const end = data.indexOf(0);
  const text = data.subarray(0, Math.min(TEXT, end < 0 ? data.length : end));
  if (text.length === 0 || !text.every((byte) => byte >= 0x20 && byte < 0x7f)) return undefined;
  return String.fromCharCode(...text);
}

/**
 * A log as facts for `claims.details`. Of events that nothing covers only their kind is listed: their text is
 * a remark anybody can have changed. Beside signed registers that goes for events of all others too: anybody can have
 * added them.
 *
 * @param bound - registers that were signed; left out for a log that comes alone
 * @internal
 */
export function eventLogDetails(
  { log, coverage }: EventLogReplay,
  bound?: readonly number[],
): Readonly<Record<string, JsonValue>> {
  const signed = new Set(bound);
  return {
    format: log.format,
    algorithms: [...log.algorithms],
    events: log.events.length,
    boundRegisters: [...signed],
    unboundEvents: log.events.filter((event) => event.extends && !signed.has(event.register)).length,
    uncoveredEvents: coverage.filter((one, i) => one === 'nothing' && log.events[i]?.extends === true).length,
    list: log.events.slice(0, LISTED).map((event, i): JsonValue => {
      const covered = coverage[i] ?? 'nothing';
      const vouched =
        (covered === 'data' || covered === 'value') && (bound === undefined || signed.has(event.register));
      const readable = vouched && TEXT_TYPES.has(event.type);
      const text = readable ? textOf(event.data) : undefined;
      return {
        register: event.register,
        type: eventTypeName(event.type),
        covered,
        ...(text === undefined ? {} : { text }),
      };
    }),
  };
}

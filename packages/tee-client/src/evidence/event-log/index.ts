export { EVENT_TYPES } from './event-types.ts';
export { MAX_EVENT_LOG_BYTES, MAX_EVENT_LOG_EVENTS, parseEventLog } from './parse.ts';
export { replayEventLog } from './replay.ts';
export {
  type EventCoverage,
  type EventLog,
  type EventLogReplay,
  LOG_ALGORITHMS,
  type LogAlgorithm,
  type LogDigest,
  type LogEvent,
  type LogRegister,
} from './types.ts';
export { eventLogVerifier } from './verifier.ts';

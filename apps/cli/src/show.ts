import { isAccepted, type JsonValue, type Verdict } from '@cssi/sm-core';
import { EXIT, type Outcome } from './command.ts';

/** A verdict as plain JSON. */
function verdictJson({ integrity, trust, time }: Verdict): JsonValue {
  return JSON.parse(JSON.stringify({ integrity, trust, time })) as JsonValue;
}

/** A verdict in lines for people: each aspect, and under it the reasons in both languages. */
function verdictLines({ integrity, trust, time }: Verdict): string[] {
  return Object.entries({ integrity, trust, time }).flatMap(([name, aspect]) => [
    `${name}: ${aspect.status}`,
    ...aspect.reasons.map((reason) => `  ${reason.code}: ${reason.en} ${reason.zh}`),
  ]);
}

/** The outcome of a verification: exit code 0 only when every aspect passed. */
export function verdictOutcome(verdict: Verdict, extra: Readonly<Record<string, JsonValue>> = {}): Outcome {
  const accepted = isAccepted(verdict);
  return {
    exitCode: accepted ? EXIT.done : EXIT.negative,
    json: { accepted, verdict: verdictJson(verdict), ...extra },
    lines: [accepted ? 'accepted' : 'not accepted', ...verdictLines(verdict)],
  };
}

import type { FindingLog } from '../internal/finding-log.ts';
import { oidText } from '../internal/oids.ts';
import { DerProblem, expectTag, readAll, type Tlv } from '../internal/tlv.ts';
import { NULL, oid, sequence } from '../internal/write.ts';
import type { AlgorithmRef } from '../spec/v1/algorithm.ts';
import { type AlgorithmName, algorithmByName, algorithmByOid } from './table.ts';

/** How {@link readAlgorithm} reads. */
export interface ReadAlgorithmOptions {
  /** Names the place in findings, for example `signatureAlgorithm`. */
  readonly where: string;
  /** Algorithms that can stand here: their aliases are resolved, and only theirs. */
  readonly expected: readonly AlgorithmName[];
  readonly log: FindingLog;
}

/** The algorithm that an OID stands for at a place, and the alias it was. */
function resolve(text: string, { where, expected, log }: ReadAlgorithmOptions): AlgorithmName | undefined {
  const exact = expected.find((name) => algorithmByName(name).oid === text);
  if (exact !== undefined) return exact;
  for (const name of expected) {
    const alias = algorithmByName(name).aliases?.find(({ oid: other }) => other === text);
    if (alias !== undefined) {
      log.note(alias.finding, where);
      return name;
    }
  }
  return algorithmByOid(text);
}

function checkParameters(
  name: AlgorithmName,
  parameters: Tlv | undefined,
  { where, log }: ReadAlgorithmOptions,
): void {
  const rule = algorithmByName(name).parameters;
  if (rule === 'own') return;
  if (parameters === undefined) {
    if (rule === 'null') log.note('ALGORITHM_PARAMETERS_ABSENT', where);
    return;
  }
  if (parameters.tag !== 0x05 || parameters.value.length > 0) throw new DerProblem(where);
  if (rule === 'absent') log.note('ALGORITHM_PARAMETERS_NULL', where);
}

/**
 * Reads an AlgorithmIdentifier (算法标识). An alias, and parameters that should not be there,
 * go to the log; an algorithm that no table has keeps its OID as name.
 *
 * @standard GB/T 33560-2017, RFC 5280 §4.1.1.2
 */
export function readAlgorithm(element: Tlv | undefined, options: ReadAlgorithmOptions): AlgorithmRef {
  const { where } = options;
  const [algorithm, parameters, ...rest] = readAll(expectTag(element, 0x30, where).value);
  const text = oidText(expectTag(algorithm, 0x06, where).value);
  if (rest.length > 0) throw new DerProblem(where);
  const name = resolve(text, options);
  if (name !== undefined) checkParameters(name, parameters, options);
  return { name: name ?? text, oid: text, parameters };
}

/** An AlgorithmIdentifier as its standard writes it; `parameters` is DER. */
export function encodeAlgorithm(name: AlgorithmName, parameters?: Uint8Array): Uint8Array {
  const entry = algorithmByName(name);
  const written = parameters ?? (entry.parameters === 'null' ? NULL : undefined);
  return written === undefined ? sequence(oid(entry.oid)) : sequence(oid(entry.oid), written);
}

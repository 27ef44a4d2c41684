import { equalBytes, fromHex } from '@cssi/sm-core';
import { LOG_ALGORITHMS } from '../event-log/types.ts';
import { digestOf } from './algorithms.ts';
import type { TpmPublicArea } from './public-area.ts';

/** Where a key's line of ancestors begins. @group Attestation */
export type TpmHierarchy = 'owner' | 'null' | 'endorsement' | 'platform';

/** The Name of a hierarchy is its handle. @standard TCG TPM 2.0 Library Part 2 §7.4 TPM_RH */
const HANDLES: Readonly<Record<TpmHierarchy, Uint8Array>> = {
  endorsement: fromHex('4000000b'),
  owner: fromHex('40000001'),
  platform: fromHex('4000000c'),
  null: fromHex('40000007'),
};
const HIERARCHIES: readonly TpmHierarchy[] = ['endorsement', 'owner', 'platform', 'null'];

const withId = ({ nameHash }: TpmPublicArea, digest: Uint8Array): Uint8Array => {
  const { id } = LOG_ALGORITHMS[nameHash];
  return Uint8Array.of(id >> 8, id & 0xff, ...digest);
};

/** nameAlg ‖ H(TPMT_PUBLIC). @standard TCG TPM 2.0 Library Part 1 §16 @internal */
export const keyName = (area: TpmPublicArea): Uint8Array => withId(area, digestOf(area.nameHash, area.raw));

/** Qualified Name of a key below its ancestors, nearest first. @standard TCG TPM 2.0 Library Part 1 §16 @internal */
export function qualifiedName(
  key: TpmPublicArea,
  parents: readonly TpmPublicArea[],
  hierarchy: TpmHierarchy,
): Uint8Array {
  let name = HANDLES[hierarchy];
  for (const area of [...parents].reverse()) {
    name = withId(area, digestOf(area.nameHash, name, keyName(area)));
  }
  return withId(key, digestOf(key.nameHash, name, keyName(key)));
}

/** The hierarchy under which the key has this qualified Name. @internal */
export function hierarchyOf(
  key: TpmPublicArea,
  parents: readonly TpmPublicArea[],
  qualifiedSigner: Uint8Array,
): TpmHierarchy | undefined {
  return HIERARCHIES.find((hierarchy) => equalBytes(qualifiedName(key, parents, hierarchy), qualifiedSigner));
}

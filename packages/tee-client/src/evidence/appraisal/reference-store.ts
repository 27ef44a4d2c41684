import { canonicalJson, sm3, toHex } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import type { EvidenceType } from '../../spec/v1/attestation.ts';
import { isDigestText } from '../../spec/v1/evidence.ts';
import { type IssuerKey, issuerKey } from './issuer-keys.ts';
import type { DigestText, MeasurementRule } from './policy.ts';
import { decodeReferenceValues, issuerId, referenceError } from './reference-codec.ts';
import type {
  ReferenceLookup,
  ReferenceSequence,
  ReferenceStore,
  ReferenceStoreOptions,
  ReferenceValues,
  ReferenceVersion,
} from './reference-values.ts';

const MAX_ISSUERS = 64;

const optionInvalid = (option: string) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', { detail: `option=${option}` });

class Store implements ReferenceStore {
  readonly specVersion = '1';
  readonly #keys: ReadonlyMap<string, IssuerKey>;
  readonly #sequences: Map<string, ReferenceSequence>;
  readonly #sets = new Map<
    string,
    { readonly values: ReferenceValues; readonly digest: string; readonly revoked: ReadonlySet<DigestText> }
  >();

  constructor(keys: ReadonlyMap<string, IssuerKey>, sequences: Map<string, ReferenceSequence>) {
    this.#keys = keys;
    this.#sequences = sequences;
  }

  get id(): string {
    const sets = [...this.#sets].map(([issuer, { digest }]) => [issuer, digest] as const);
    return toHex(sm3(canonicalJson(Object.fromEntries(sets))));
  }

  get sequences(): readonly ReferenceSequence[] {
    return [...this.#sequences.values()];
  }

  add(signed: Uint8Array, time: Date): ReferenceValues {
    if (!(time instanceof Date) || Number.isNaN(time.getTime())) throw optionInvalid('time');
    const { values, algorithm, signingInput, signature } = decodeReferenceValues(signed);
    const key = this.#keys.get(values.issuer);
    if (key === undefined) throw referenceError('issuer-unknown');
    // The key says which algorithm it is for; the set may not choose.
    if (key.algorithm !== algorithm) throw referenceError('algorithm');
    if (!key.verify(signingInput, signature)) throw referenceError('signature');
    if (time.getTime() < Date.parse(values.notBefore)) throw referenceError('not-yet-valid');
    if (time.getTime() > Date.parse(values.notAfter)) throw referenceError('expired');
    const digest = toHex(sm3(signingInput));
    const { issuer, sequence } = values;
    const seen = this.#sequences.get(issuer);
    if (seen !== undefined && sequence < seen.sequence) throw referenceError('rollback');
    // Two sets of one number would let somebody choose between them.
    if (seen?.sequence === sequence && seen.digest !== digest) throw referenceError('sequence-reused');
    this.#sequences.set(issuer, { issuer, sequence, digest });
    this.#sets.set(issuer, { values, digest, revoked: new Set(values.revoked) });
    return values;
  }

  measurement(type: EvidenceType, by: 'name' | 'role', of: string, time: Date): ReferenceLookup {
    const at = time.getTime();
    const revoked = new Set<DigestText>();
    const values = new Set<DigestText>();
    let outdated = false;
    for (const { values: set } of this.#sets.values()) {
      for (const value of set.revoked) revoked.add(value);
      const inForce = at >= Date.parse(set.notBefore) && at <= Date.parse(set.notAfter);
      for (const entry of set.measurements) {
        if (entry.type !== type || entry.by !== by || entry.of !== of) continue;
        if (inForce) for (const value of entry.values) values.add(value);
        else outdated = true;
      }
    }
    return { values: [...values].filter((value) => !revoked.has(value)), outdated };
  }

  rules(type: EvidenceType): readonly MeasurementRule[] {
    const rules = new Map<string, MeasurementRule>();
    for (const { values } of this.#sets.values()) {
      for (const { type: of, by, of: name } of values.measurements) {
        if (of === type) rules.set(`${by}:${name}`, { by, of: name, accept: null });
      }
    }
    return [...rules.values()];
  }

  versions(type: EvidenceType): readonly ReferenceVersion[] {
    const highest = new Map<string, number>();
    for (const { values } of this.#sets.values()) {
      for (const entry of values.versions) {
        if (entry.type !== type) continue;
        highest.set(entry.component, Math.max(entry.minimum, highest.get(entry.component) ?? 0));
      }
    }
    return [...highest].map(([component, minimum]) => ({ type, component, minimum }));
  }

  isRevoked(value: DigestText): boolean {
    for (const { revoked } of this.#sets.values()) if (revoked.has(value)) return true;
    return false;
  }
}

/**
 * Opens a store that takes reference values of these issuers and of nobody else. Keep what
 * {@link ReferenceStore.sequences} gives and pass it at the next start: a set older than one seen
 * is then refused after a restart too.
 *
 * @example
 * ```ts
 * const store = openReferenceStore({ issuers: [{ publicKeyInfo }] });
 * store.add(signed, new Date());
 * ```
 * @throws {@link SmError} ERR_TEE_OPTION_INVALID
 * @group Attestation
 */
export function openReferenceStore({ issuers, sequences = [] }: ReferenceStoreOptions): ReferenceStore {
  if (!Array.isArray(issuers) || issuers.length > MAX_ISSUERS) throw optionInvalid('issuers');
  const keys = new Map<string, IssuerKey>();
  for (const { publicKeyInfo } of issuers as ReferenceStoreOptions['issuers']) {
    const key = publicKeyInfo instanceof Uint8Array ? issuerKey(Uint8Array.from(publicKeyInfo)) : undefined;
    if (key === undefined) throw optionInvalid('issuers');
    keys.set(issuerId(key.publicKeyInfo), key);
  }
  const floors = new Map<string, ReferenceSequence>();
  for (const { issuer, sequence, digest } of sequences) {
    const right = Number.isSafeInteger(sequence) && sequence > 0 && isDigestText(digest);
    if (!right || !isDigestText(issuer) || floors.has(issuer)) throw optionInvalid('sequences');
    floors.set(issuer, { issuer, sequence, digest });
  }
  return new Store(keys, floors);
}

import { CONFIDENTIAL_QUERY_LIMITS as LIMITS } from '../../spec/v1/confidential-query.ts';
import type { DataSetDeclaration, Policy, QueryAnswer } from '../../spec/v1/query-types.ts';
import type { TEE_Identity, Tee } from '../../ta/index.ts';
import type { Json } from '../../ta/json.ts';
import { exactCells } from './aggregate.ts';
import { addNoise, answerBound } from './answer.ts';
import type { Catalogue } from './catalogue.ts';
import { decodeRows } from './data-set.ts';
import { accountOf } from './declaration.ts';
import type { Ledger } from './ledger.ts';
import { PolicyReader } from './policy.ts';
import { QueryReader, type ReadQuery } from './query.ts';
import { documentReader, ID, readDocument, refuse } from './refusal.ts';
import { releaseRows } from './release.ts';
import { Sampler } from './sampling.ts';

/** Answers queries: policy, then budget, then data, then noise. */
export class QueryCommands {
  readonly #tee: Tee;
  readonly #catalogue: Catalogue;
  readonly #ledger: Ledger;

  constructor(tee: Tee, catalogue: Catalogue, ledger: Ledger) {
    this.#tee = tee;
    this.#catalogue = catalogue;
    this.#ledger = ledger;
  }

  /** `room` refuses when an answer of so many bytes does not fit; nothing is charged then. */
  answer(body: Uint8Array, client: TEE_Identity, room: (bytes: number) => void): QueryAnswer {
    const value = readDocument(this.#tee, body, LIMITS.document);
    const { policy, sets } = this.#policyFor(value, client);
    const reader = new PolicyReader(this.#tee, sets);
    const query = new QueryReader(this.#tee, policy, reader).read(value);
    if (query.kind === 'release') {
      const rows = releaseRows(policy, this.#load(policy, sets), (reference) => reader.column(reference));
      if (rows === undefined) throw this.#tee.error('EXCESS_DATA');
      if (rows.length === 0) throw refuse(this.#tee, 'GROUP');
      return { kind: 'rows', rows };
    }
    return this.#aggregate(query, policy, sets, reader, room);
  }

  /** A policy in force that `client` may use, with its declarations. */
  #policyFor(value: Json, client: TEE_Identity): { policy: Policy; sets: readonly DataSetDeclaration[] } {
    const json = documentReader(this.#tee);
    const id = json.text((value as { readonly policy?: Json } | null)?.policy, ID);
    const record = this.#catalogue.policy(id);
    if (record === undefined) throw refuse(this.#tee, 'UNKNOWN');
    const { policy, approvals, revoked } = record;
    const sets = policy.dataSets.map((one) => this.#catalogue.dataSet(one));
    const allowed =
      !revoked &&
      sets.every(({ owner }) => approvals.includes(owner)) &&
      (policy.clients?.some(({ login, uuid }) => login === client.login && uuid === client.uuid) ?? true);
    if (!allowed) throw refuse(this.#tee, 'POLICY');
    return { policy, sets };
  }

  #load(policy: Policy, sets: readonly DataSetDeclaration[]) {
    return sets.map((declaration, i) => {
      const data = this.#catalogue.rows(policy.dataSets[i] ?? '');
      try {
        return decodeRows(declaration, data);
      } finally {
        data.fill(0);
      }
    });
  }

  #aggregate(
    query: Extract<ReadQuery, { kind: 'aggregate' }>,
    policy: Policy,
    sets: readonly DataSetDeclaration[],
    reader: PolicyReader,
    room: (bytes: number) => void,
  ): QueryAnswer {
    const { aggregate, groupBy, filters, mechanism, cost } = query;
    const task = {
      aggregate,
      groupBy,
      filters,
      contributionLimit: policy.contributionLimit,
      column: (reference: string) => reader.column(reference),
    };
    // Tried without data first, so that what has no answer costs nothing.
    const empty = exactCells({ ...task, sets: [] });
    if (empty === undefined) throw refuse(this.#tee, 'MALFORMED');
    room(answerBound(empty, aggregate));
    // From here on the budget is gone, whatever happens: it is in storage before data are looked at.
    this.#ledger.charge(sets.map(accountOf), cost);
    const exact = exactCells({ ...task, sets: this.#load(policy, sets) });
    if (exact === undefined) throw refuse(this.#tee, 'MALFORMED');
    const sampler = new Sampler((size) => this.#tee.TEE_GenerateRandom(size));
    const { threshold, cells } = addNoise(exact, aggregate, mechanism, cost, policy.minimumGroup, sampler);
    if (cells.every(({ value }) => value === null)) throw refuse(this.#tee, 'GROUP');
    return { kind: 'aggregate', mechanism, charged: cost, threshold, cells };
  }
}

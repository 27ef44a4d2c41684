import { CONFIDENTIAL_QUERY_LIMITS as LIMITS } from '../../spec/v1/confidential-query.ts';
import {
  type Aggregate,
  type ColumnDeclaration,
  type DataSetDeclaration,
  type Dimension,
  POLICY_FORMAT,
  type Policy,
} from '../../spec/v1/query-types.ts';
import type { Tee } from '../../ta/index.ts';
import type { Json, JsonReader } from '../../ta/json.ts';
import { readBudget } from './declaration.ts';
import { groupingOf } from './dimensions.ts';
import { readRelease } from './policy-release.ts';
import { documentReader, ID, NAME, refuse } from './refusal.ts';

const REFERENCE = /^([0-3])\.([a-z0-9][a-z0-9_-]{0,31})$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ITEMS = 64;
const EDGES = 257;

/** A column of the join: the number of its data set and of itself there, and what is declared. */
export interface ColumnAt {
  readonly dataSet: number;
  readonly index: number;
  readonly declaration: ColumnDeclaration;
}

/** Reads policies and parts of queries against the declarations of their data sets. */
export class PolicyReader {
  readonly #tee: Tee;
  readonly #json: JsonReader;
  readonly #sets: readonly DataSetDeclaration[];

  constructor(tee: Tee, sets: readonly DataSetDeclaration[]) {
    this.#tee = tee;
    this.#json = documentReader(tee);
    this.#sets = sets;
  }

  /** @throws {@link TeeError} COLUMN when nobody declared it */
  column(value: Json | undefined): ColumnAt {
    const found = REFERENCE.exec(this.#json.text(value, REFERENCE));
    const dataSet = Number(found?.[1]);
    const columns = this.#sets[dataSet]?.columns ?? [];
    const index = columns.findIndex(({ name }) => name === found?.[2]);
    const declaration = columns[index];
    if (declaration === undefined) throw refuse(this.#tee, 'COLUMN');
    return { dataSet, index, declaration };
  }

  /** A column that may be in an aggregate. */
  #inAggregate(value: Json | undefined): string {
    const { declaration } = this.column(value);
    if (declaration.class === 'identifier') throw refuse(this.#tee, 'POLICY');
    return value as string;
  }

  #numeric(value: Json | undefined): string {
    const reference = this.#inAggregate(value);
    const { type } = this.column(value).declaration;
    if (type !== 'int' && type !== 'decimal') throw this.#json.fail();
    return reference;
  }

  #edges(value: Json | undefined): readonly number[] {
    const edges = this.#json
      .list(value, 2, EDGES)
      .map((item) => this.#json.integer(item, -LIMITS.value, LIMITS.value));
    if (edges.some((edge, i) => i > 0 && edge <= (edges[i - 1] ?? edge))) throw this.#json.fail();
    return edges;
  }

  aggregate(value: Json): Aggregate {
    const json = this.#json;
    const kind = json.oneOf((value as { kind?: Json } | null)?.kind, [
      'count',
      'sum',
      'mean',
      'histogram',
      'quantile',
    ]);
    switch (kind) {
      case 'count':
        json.object(value, ['kind']);
        return { kind };
      case 'sum':
      case 'mean': {
        const fields = json.object(value, ['kind', 'column', 'min', 'max']);
        const min = json.integer(fields.min, -LIMITS.value, LIMITS.value);
        const max = json.integer(fields.max, min, LIMITS.value);
        return { kind, column: this.#numeric(fields.column), min, max };
      }
      case 'histogram': {
        const fields = json.object(value, ['kind', 'column', 'edges']);
        return { kind, column: this.#numeric(fields.column), edges: this.#edges(fields.edges) };
      }
      case 'quantile': {
        const fields = json.object(value, ['kind', 'column', 'edges', 'quantiles']);
        const quantiles = json.list(fields.quantiles, 1, 99).map((item) => json.integer(item, 1, 999));
        if (quantiles.some((one, i) => i > 0 && one <= (quantiles[i - 1] ?? one))) throw json.fail();
        return { kind, column: this.#numeric(fields.column), edges: this.#edges(fields.edges), quantiles };
      }
    }
  }

  dimension(value: Json): Dimension {
    const json = this.#json;
    const by = json.oneOf((value as { by?: Json } | null)?.by, ['value', 'edges', 'month', 'year', 'grid']);
    const more = by === 'edges' ? ['edges'] : by === 'grid' ? ['step'] : [];
    const fields = json.object<string>(value, ['column', 'by', ...more]);
    const column = this.#inAggregate(fields.column);
    let dimension: Dimension;
    if (by === 'edges') dimension = { column, by, edges: this.#edges(fields.edges) };
    else if (by === 'grid') dimension = { column, by, step: json.integer(fields.step, 1, 1e8) };
    else dimension = { column, by };
    if (groupingOf(dimension, this.column(column).declaration, LIMITS.cells) === undefined) throw json.fail();
    return dimension;
  }

  /** A whole policy for the data sets this reader was made for. */
  policy(value: Json): Policy {
    const json = this.#json;
    const fields = json.object(value, [
      'format',
      'name',
      'dataSets',
      'clients',
      'aggregates',
      'groupBy',
      'filters',
      'release',
      'contributionLimit',
      'minimumGroup',
      'perQuery',
    ]);
    const strictest = Math.max(1, ...this.#sets.map(({ minimumGroup }) => minimumGroup));
    const combinations = this.#sets.reduce((product, set) => product * set.maxRowsPerPerson, 1);
    if (combinations > LIMITS.combinations) throw json.fail();
    return {
      format: json.oneOf(fields.format, [POLICY_FORMAT]),
      name: json.text(fields.name, NAME),
      dataSets: json.distinct(fields.dataSets, 1, LIMITS.joined, (item) => json.text(item, ID)),
      clients:
        fields.clients === null
          ? null
          : json.list(fields.clients, 1, ITEMS).map((item) => {
              const { login, uuid } = json.object(item, ['login', 'uuid']);
              return { login: json.integer(login, 0, 0xffffffff), uuid: json.text(uuid, UUID) };
            }),
      aggregates: json.list(fields.aggregates, 0, ITEMS).map((item) => this.aggregate(item)),
      groupBy: json.list(fields.groupBy, 0, ITEMS).map((item) => this.dimension(item)),
      filters: json.distinct(fields.filters, 0, ITEMS, (item) => this.#inAggregate(item)),
      release: json.list(fields.release, 0, LIMITS.columns).map((item) => readRelease(this.#tee, this, item)),
      contributionLimit: json.integer(fields.contributionLimit, 1, combinations),
      minimumGroup: json.integer(fields.minimumGroup, strictest, LIMITS.rows),
      perQuery: readBudget(json, fields.perQuery, 1),
    };
  }
}

import { CONFIDENTIAL_QUERY_LIMITS as LIMITS } from '../../spec/v1/confidential-query.ts';
import type {
  Aggregate,
  Dimension,
  Filter,
  Mechanism,
  Policy,
  PrivacyBudget,
} from '../../spec/v1/query-types.ts';
import { toHex } from '../../ta/bytes.ts';
import type { Tee } from '../../ta/index.ts';
import { encodeJson, type Json } from '../../ta/json.ts';
import { parseDate } from './dates.ts';
import { LABEL, readBudget } from './declaration.ts';
import type { PolicyReader } from './policy.ts';
import { documentReader, refuse } from './refusal.ts';

const MAX_DIMENSIONS = 4;

/** A filter with its values as they are kept: numbers to be in, or a range of them. */
export interface ReadFilter {
  readonly dataSet: number;
  readonly index: number;
  readonly values: ReadonlySet<number> | undefined;
  readonly from: number;
  readonly to: number;
}

/** A query a policy allows. */
export type ReadQuery =
  | {
      readonly kind: 'aggregate';
      readonly aggregate: Aggregate;
      readonly groupBy: readonly Dimension[];
      readonly filters: readonly ReadFilter[];
      readonly mechanism: Mechanism;
      readonly cost: PrivacyBudget;
    }
  | { readonly kind: 'release' };

const same = (a: unknown, b: unknown): boolean =>
  toHex(encodeJson(a as Json)) === toHex(encodeJson(b as Json));

/** Reads a query and holds it against its policy. */
export class QueryReader {
  readonly #tee: Tee;
  readonly #policy: Policy;
  readonly #reader: PolicyReader;

  constructor(tee: Tee, policy: Policy, reader: PolicyReader) {
    this.#tee = tee;
    this.#policy = policy;
    this.#reader = reader;
  }

  read(value: Json): ReadQuery {
    const json = documentReader(this.#tee);
    if (typeof value === 'object' && value !== null && 'release' in value) {
      const fields = json.object(value, ['policy', 'release']);
      const columns = json.distinct(fields.release, 1, LIMITS.columns, (item) => {
        this.#reader.column(item);
        return item as string;
      });
      const approved = this.#policy.release.map(({ column }) => column);
      // All or none: two answers with other columns would tell by their difference who was suppressed.
      if (columns.length !== approved.length || !columns.every((one) => approved.includes(one))) {
        throw refuse(this.#tee, 'POLICY');
      }
      return { kind: 'release' };
    }
    const fields = json.object(value, [
      'policy',
      'aggregate',
      'groupBy',
      'filters',
      'mechanism',
      'epsilon',
      'delta',
    ]);
    const aggregate = this.#reader.aggregate(fields.aggregate);
    const groupBy = json.list(fields.groupBy, 0, MAX_DIMENSIONS).map((item) => this.#reader.dimension(item));
    const filters = json.list(fields.filters, 0, MAX_DIMENSIONS).map((item) => this.#filter(item));
    const mechanism = json.oneOf(fields.mechanism, ['laplace', 'gaussian']);
    // Two parts of the budget, each at least one unit.
    const cost = readBudget(json, { epsilon: fields.epsilon, delta: fields.delta }, 2);
    if ((mechanism === 'laplace') !== (cost.delta === 0) || cost.delta === 1) throw json.fail();
    const { aggregates, groupBy: dimensions, perQuery } = this.#policy;
    const allowed =
      aggregates.some((one) => same(one, aggregate)) &&
      groupBy.every((dimension) => dimensions.some((one) => same(one, dimension))) &&
      cost.epsilon <= perQuery.epsilon &&
      cost.delta <= perQuery.delta;
    if (!allowed) throw refuse(this.#tee, 'POLICY');
    return { kind: 'aggregate', aggregate, groupBy, filters, mechanism, cost };
  }

  #filter(value: Json): ReadFilter {
    const json = documentReader(this.#tee);
    const listed = typeof value === 'object' && value !== null && 'in' in value;
    const fields = json.object<string>(value, listed ? ['column', 'in'] : ['column', 'from', 'to']);
    const { dataSet, index, declaration } = this.#reader.column(fields.column);
    const filter = fields as unknown as Filter;
    if (!this.#policy.filters.includes(filter.column)) throw refuse(this.#tee, 'POLICY');
    if (listed) {
      if (declaration.type !== 'category') throw json.fail();
      const values = json.distinct(fields.in, 1, LIMITS.categories, (item) => {
        const found = declaration.values.indexOf(json.text(item, LABEL));
        if (found < 0) throw json.fail();
        return found;
      });
      return { dataSet, index, values: new Set(values), from: 0, to: 0 };
    }
    const bound = (one: Json | undefined): number => {
      if (declaration.type === 'date') return parseDate(json.text(one, /^.{10}$/)) ?? fail();
      if (declaration.type !== 'int' && declaration.type !== 'decimal') return fail();
      return json.integer(one, -LIMITS.value, LIMITS.value);
    };
    const fail = (): never => {
      throw json.fail();
    };
    return { dataSet, index, values: undefined, from: bound(fields.from), to: bound(fields.to) };
  }
}

/** Documents of the confidential query service: declarations, policies, queries, answers. */
import type { TeecUuid } from './uuid.ts';

/** @group Confidential query */
export const DATA_SET_FORMAT = 'cssi-data-set/1';
/** @group Confidential query */
export const POLICY_FORMAT = 'cssi-query-policy/1';

/**
 * How sensitive a column is. `identifier`: in no aggregate and never out; `sensitive`: only in
 * aggregates; `internal`: also masked; `public`: also in clear, by policy.
 *
 * @group Confidential query
 */
export const SENSITIVITY_CLASSES = ['public', 'internal', 'sensitive', 'identifier'] as const;
/** @group Confidential query */
export type SensitivityClass = (typeof SENSITIVITY_CLASSES)[number];

/**
 * A column. Bounds are declared, not found in the data; a value outside them is refused at upload.
 * Values in rows: int a number; decimal a text such as "-12.30" with up to `scale` digits after the
 * point, bounds in units of the last; category one of `values`; date "YYYY-MM-DD"; geo
 * `[latitude, longitude]` in millionths of a degree; text up to `maxLength` characters.
 *
 * @group Confidential query
 */
export type ColumnDeclaration = { readonly name: string; readonly class: SensitivityClass } & (
  | { readonly type: 'int'; readonly min: number; readonly max: number }
  | { readonly type: 'decimal'; readonly scale: number; readonly min: number; readonly max: number }
  | { readonly type: 'category'; readonly values: readonly string[] }
  | { readonly type: 'date'; readonly min: string; readonly max: string }
  | {
      readonly type: 'geo';
      readonly south: number;
      readonly west: number;
      readonly north: number;
      readonly east: number;
    }
  | { readonly type: 'text'; readonly maxLength: number }
);

/** Epsilon in millionths, delta in units of 10^-12. @group Confidential query */
export interface PrivacyBudget {
  readonly epsilon: number;
  readonly delta: number;
}

/** What an owner declares and signs. @group Confidential query */
export interface DataSetDeclaration {
  readonly format: typeof DATA_SET_FORMAT;
  readonly owner: string;
  /** `[a-z0-9-]{1,32}`; one ledger for all data sets an owner ever gives this name. */
  readonly name: string;
  readonly columns: readonly ColumnDeclaration[];
  readonly rows: number;
  /** Bytes and SM3 (hex) of the content: a line of JSON per row, `[person, value, …]`, each ended by 0a. */
  readonly bytes: number;
  readonly digest: string;
  /** No person has more rows; an upload where one has is refused. */
  readonly maxRowsPerPerson: number;
  /** For the life of the name; a later declaration can only lower it. */
  readonly budget: PrivacyBudget;
  /** Least number of persons behind anything released. */
  readonly minimumGroup: number;
}

/** @group Confidential query */
export type RowValue = number | string | readonly [number, number];

/** A data set as a program gives it. Rows: the identifier of the person, then a value per column. @group Confidential query */
export interface DataSetInput
  extends Omit<DataSetDeclaration, 'format' | 'owner' | 'rows' | 'bytes' | 'digest'> {
  readonly rows: readonly (readonly [person: string, ...values: RowValue[]])[];
}

/** A column of the join: number of the data set in the policy, point, name; for example "0.age". @group Confidential query */
export type ColumnReference = string;

/**
 * An aggregate (聚合). Persons are counted, rows are added up; values are clamped to `min` and `max`.
 * Edges ascend; a bin has its lower edge and not its upper one; what is outside is not counted.
 *
 * @group Confidential query
 */
export type Aggregate =
  | { readonly kind: 'count' }
  | { readonly kind: 'sum'; readonly column: ColumnReference; readonly min: number; readonly max: number }
  | { readonly kind: 'mean'; readonly column: ColumnReference; readonly min: number; readonly max: number }
  | { readonly kind: 'histogram'; readonly column: ColumnReference; readonly edges: readonly number[] }
  | {
      readonly kind: 'quantile';
      readonly column: ColumnReference;
      readonly edges: readonly number[];
      /** Thousandths, 1 to 999, ascending. */
      readonly quantiles: readonly number[];
    };

/** What groups are made of; all groups the declared bounds allow are in the answer. @group Confidential query */
export type Dimension =
  | { readonly column: ColumnReference; readonly by: 'value' }
  | { readonly column: ColumnReference; readonly by: 'edges'; readonly edges: readonly number[] }
  | { readonly column: ColumnReference; readonly by: 'month' | 'year' }
  /** Squares of `step` millionths of a degree, from the south-western corner of the bounds. */
  | { readonly column: ColumnReference; readonly by: 'grid'; readonly step: number };

/**
 * How a column leaves (脱敏): `mask` keeps some characters at each end and stars the rest; `round` goes
 * down to a multiple of `step`; `generalise` gives the label of the group a value is in.
 *
 * @group Confidential query
 */
export type Release = { readonly column: ColumnReference } & (
  | { readonly transform: 'clear' | 'month' | 'year' }
  | { readonly transform: 'mask'; readonly keepStart: number; readonly keepEnd: number }
  | { readonly transform: 'round' | 'grid'; readonly step: number }
  | {
      readonly transform: 'generalise';
      readonly groups: readonly { readonly label: string; readonly values: readonly string[] }[];
    }
);

/** What all owners of its data sets approve. @group Confidential query */
export interface Policy {
  readonly format: typeof POLICY_FORMAT;
  readonly name: string;
  readonly dataSets: readonly string[];
  /** Who may query: login and UUID; `null` allows every client. */
  readonly clients: readonly { readonly login: number; readonly uuid: TeecUuid }[] | null;
  readonly aggregates: readonly Aggregate[];
  readonly groupBy: readonly Dimension[];
  readonly filters: readonly ColumnReference[];
  /** Columns of rows that may leave, all together; empty where none may. */
  readonly release: readonly Release[];
  /** Joined rows of one person that count; the others are left out. */
  readonly contributionLimit: number;
  readonly minimumGroup: number;
  /** Most one query may take. */
  readonly perQuery: PrivacyBudget;
}

/** Categories, dates or numbers that pass. @group Confidential query */
export type Filter =
  | { readonly column: ColumnReference; readonly in: readonly string[] }
  | { readonly column: ColumnReference; readonly from: number | string; readonly to: number | string };

/** @group Confidential query */
export type Mechanism = 'laplace' | 'gaussian';

/** @group Confidential query */
export type Query =
  | {
      readonly policy: string;
      readonly aggregate: Aggregate;
      readonly groupBy: readonly Dimension[];
      readonly filters: readonly Filter[];
      readonly mechanism: Mechanism;
      readonly epsilon: number;
      /** 0 for `laplace`. */
      readonly delta: number;
    }
  /** Names every column the policy releases. */
  | { readonly policy: string; readonly release: readonly ColumnReference[] };

/** A query as a program writes it. @group Confidential query */
export type QueryInput =
  | {
      readonly policy: string;
      readonly aggregate: Aggregate;
      readonly groupBy?: readonly Dimension[];
      readonly filters?: readonly Filter[];
      readonly mechanism?: Mechanism;
      readonly epsilon: number;
      readonly delta?: number;
    }
  | { readonly policy: string; readonly release: readonly ColumnReference[] };

/** A cell of an answer; `value` is `null` where too few persons are in it. @group Confidential query */
export interface AnswerCell {
  /** Labels of the groups, in the order of `groupBy`. */
  readonly group: readonly string[];
  /**
   * count: persons; sum: in units of the column's last digit; mean: in thousandths of those; histogram:
   * persons per bin, `null` in a bin with too few; quantile: lower edge of the bin per quantile.
   */
  readonly value: number | readonly (number | null)[] | null;
}

/** @group Confidential query */
export type QueryAnswer =
  | {
      readonly kind: 'aggregate';
      readonly mechanism: Mechanism;
      readonly charged: PrivacyBudget;
      /** Noisy counts below it are suppressed. */
      readonly threshold: number;
      /** Persons in a cell, with noise, decide; cells in the order of their labels' declaration. */
      readonly cells: readonly AnswerCell[];
    }
  | { readonly kind: 'rows'; readonly rows: readonly (readonly (string | number)[])[] };

/** Account of a data set's name. @group Confidential query */
export interface LedgerEntry {
  readonly total: PrivacyBudget;
  readonly spent: PrivacyBudget;
  readonly queries: number;
}

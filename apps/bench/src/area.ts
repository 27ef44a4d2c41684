/** One contender in one row: does the operation once. May return a promise. */
export type Operation = () => unknown;

/**
 * What we ask of ourselves, beyond what a requirement asks: a value of the row, or with
 * `peer` how many times that peer's value.
 */
export interface Aim {
  readonly peer?: string;
  readonly value: number;
}

/** What every row has. */
interface RowHead {
  /** Stable, for example `sm2.sign`. */
  readonly id: string;
  readonly unit: 'ops/s' | 'Mbit/s' | 'ms' | 'µs' | 'MB/s' | 'MiB' | 'times' | '|t|';
  readonly better: 'higher' | 'lower';
  /** Value that a requirement asks for. */
  readonly goal?: number;
  /** Ids of the requirements that the goal comes from. */
  readonly requirements?: readonly string[];
  readonly aims?: readonly Aim[];
}

/** One row of an area: the same work by us and by each peer that can do it. */
export interface BenchRow extends RowHead {
  readonly unit: 'ops/s' | 'Mbit/s';
  /** How much of the unit one operation is: 1 for `ops/s`, millions of bits for `Mbit/s`. */
  readonly perOperation: number;
  readonly ours: Operation;
  readonly peers: Readonly<Record<string, Operation>>;
}

/** Values of one row in its unit, one for each slice; peers have as many. */
export interface Measured {
  readonly ours: readonly number[];
  readonly peers: Readonly<Record<string, readonly number[]>>;
}

/** A row that measures itself: a latency, a memory size, a whole process. */
export interface DirectRow extends RowHead {
  /** Takes about `seconds` where the row can choose. */
  measure(seconds: number): Promise<Measured>;
}

/** A group of rows that is run and recorded together. */
export interface BenchArea {
  readonly name: string;
  readonly summary: string;
  /** Needs the registry; tests leave it out. */
  readonly fetches?: true;
  /**
   * Makes the inputs and checks that all contenders of a row agree, so that no row
   * compares different work; throws where they do not. Lets go of what it opened in `close`.
   */
  prepare(): Promise<PreparedArea>;
}

/** Rows ready to run. */
export interface PreparedArea {
  readonly rows: readonly (BenchRow | DirectRow)[];
  close?(): Promise<void>;
}

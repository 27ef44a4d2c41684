/** One contender in one row: does the operation once. May return a promise. */
export type Operation = () => unknown;

/** One row of an area: the same work by us and by each peer that can do it. */
export interface BenchRow {
  /** Stable, for example `sm2.sign`. */
  readonly id: string;
  readonly unit: 'ops/s' | 'Mbit/s';
  readonly better: 'higher' | 'lower';
  /** How much of the unit one operation is: 1 for `ops/s`, millions of bits for `Mbit/s`. */
  readonly perOperation: number;
  /** Value that a requirement asks for. */
  readonly goal?: number;
  /** Ids of the requirements that the goal comes from. */
  readonly requirements?: readonly string[];
  readonly ours: Operation;
  readonly peers: Readonly<Record<string, Operation>>;
}

/** A group of rows that is run and recorded together. */
export interface BenchArea {
  readonly name: string;
  readonly summary: string;
  /**
   * Makes the inputs and checks that all contenders of a row agree, so that no row
   * compares different work; throws where they do not. Lets go of what it opened in `close`.
   */
  prepare(): Promise<PreparedArea>;
}

/** Rows ready to run. */
export interface PreparedArea {
  readonly rows: readonly BenchRow[];
  close?(): Promise<void>;
}

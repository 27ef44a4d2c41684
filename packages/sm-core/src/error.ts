/**
 * The one error family of every `@cssi/*` package.
 *
 * Each layer owns one block of 0x100 status numbers and one table of codes; the
 * blocks are fixed here so that no two layers can collide.
 */

/** Block of `status` numbers per layer. A code's status is its block plus its `n`. */
export const ERROR_BLOCKS = {
  'sm-core': 0x0100,
  pki: 0x0200,
  tls: 0x0300,
  'tee-client': 0x0400,
  'security-service-api': 0x0500,
  kms: 0x0600,
  seal: 0x0700,
  'model-transfer': 0x0800,
  apps: 0x0900,
} as const;

/** A layer that owns a block of error codes. */
export type ErrorLayer = keyof typeof ERROR_BLOCKS;

/**
 * What kind of failure a code stands for; transports map it to their own status
 * (an HTTP status, an exit code).
 */
export type ErrorCategory =
  | 'input'
  | 'unauthenticated'
  | 'denied'
  | 'not-found'
  | 'conflict'
  | 'limit'
  | 'integrity'
  | 'unsupported'
  | 'unavailable'
  | 'internal';

/** One row of a layer's error table. */
export interface ErrorDefinition {
  /** Number inside the layer's block, 0x00–0xff. */
  readonly n: number;
  readonly category: ErrorCategory;
  /** English text. Never holds data of the call. */
  readonly en: string;
  /** Chinese text (中文说明). */
  readonly zh: string;
}

/** A layer's table of codes. */
export type ErrorTable<C extends string = string> = Readonly<Record<C, ErrorDefinition>>;

/** Extra facts of one failure. */
export interface ErrorOptions {
  /** Neutral facts such as `field=nonce length=11 expected=12`. Never secret or personal data. */
  readonly detail?: string;
  readonly cause?: unknown;
}

/** Base of every error that data from outside can cause. */
export class SmError<C extends string = string> extends Error {
  override readonly name: string = 'SmError';
  readonly code: C;
  /** Number from the one registry: block of the layer plus number of the code. */
  readonly status: number;
  readonly category: ErrorCategory;
  readonly messageZh: string;
  readonly detail: string | undefined;

  constructor(code: C, status: number, definition: ErrorDefinition, options: ErrorOptions = {}) {
    const suffix = options.detail === undefined ? '' : ` (${options.detail})`;
    super(definition.en + suffix, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = status;
    this.category = definition.category;
    this.messageZh = definition.zh + suffix;
    this.detail = options.detail;
  }
}

/** A layer's errors: the table and the only way to make one. */
export interface LayerErrors<C extends string> {
  readonly layer: ErrorLayer;
  readonly table: ErrorTable<C>;
  /** Makes (does not throw) the error of a code. */
  create(code: C, options?: ErrorOptions): SmError<C>;
  /** True when `error` is one of this layer's. */
  is(error: unknown): error is SmError<C>;
}

/**
 * Declares a layer's error codes.
 *
 * @throws RangeError when a number leaves the block or is used twice (a programmer's mistake).
 */
export function defineErrors<const C extends string>(
  layer: ErrorLayer,
  table: ErrorTable<C>,
): LayerErrors<C> {
  const seen = new Set<number>();
  for (const code of Object.keys(table) as C[]) {
    const { n } = table[code];
    if (!Number.isInteger(n) || n < 0 || n > 0xff || seen.has(n)) {
      throw new RangeError(`error table ${layer}: number ${n} of ${code} is out of range or used twice`);
    }
    seen.add(n);
  }
  const block = ERROR_BLOCKS[layer];
  return {
    layer,
    table,
    create: (code, options) => new SmError(code, block + table[code].n, table[code], options),
    is: (error): error is SmError<C> => error instanceof SmError && Object.hasOwn(table, error.code),
  };
}

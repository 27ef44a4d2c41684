import { TEEC_LOGIN, TEEC_MEM, TEEC_PARAM } from '../spec/v1/constants.ts';
import { TEEC_ORIGINS, TEEC_RESULTS } from '../spec/v1/results.ts';

/** What the names of the C header begin with there and not in the tables of this package. */
type Prefixed<Prefix extends string, Table> = {
  readonly [Name in keyof Table & string as `${Prefix}${Name}`]: Table[Name];
};

function prefixed<Prefix extends string, Table extends Readonly<Record<string, number>>>(
  prefix: Prefix,
  table: Table,
): Prefixed<Prefix, Table> {
  return Object.fromEntries(
    Object.entries(table).map(([name, value]) => [`${prefix}${name}`, value]),
  ) as Prefixed<Prefix, Table>;
}

type Errors = Omit<typeof TEEC_RESULTS, 'SUCCESS'>;

/**
 * All constants of the C header by their names there.
 *
 * @group Client in the shape of C
 */
export type TeecConstants = { readonly TEEC_SUCCESS: 0 } & Prefixed<'TEEC_ERROR_', Errors> &
  Prefixed<'TEEC_ORIGIN_', typeof TEEC_ORIGINS> &
  Prefixed<'TEEC_LOGIN_', typeof TEEC_LOGIN> &
  Prefixed<'TEEC_MEM_', typeof TEEC_MEM> &
  Prefixed<'TEEC_', typeof TEEC_PARAM>;

const { SUCCESS, ...ERRORS } = TEEC_RESULTS;

/**
 * TEEC_SUCCESS, TEEC_ERROR_…, TEEC_ORIGIN_…, TEEC_LOGIN_…, TEEC_MEM_… and the parameter types
 * (TEEC_NONE, TEEC_VALUE_…, TEEC_MEMREF_…).
 *
 * @standard GPD_SPE_007 v1.0 §4.4
 * @group Client in the shape of C
 */
export const TEEC_CONSTANTS: TeecConstants = Object.freeze({
  TEEC_SUCCESS: SUCCESS,
  ...prefixed('TEEC_ERROR_', ERRORS),
  ...prefixed('TEEC_ORIGIN_', TEEC_ORIGINS),
  ...prefixed('TEEC_LOGIN_', TEEC_LOGIN),
  ...prefixed('TEEC_MEM_', TEEC_MEM),
  ...prefixed('TEEC_', TEEC_PARAM),
});

import { hkdfSm3, kdfSm3, pbkdf2Sm3 } from '@cssi/sm-core';
import {
  TEE_ALG,
  TEE_ATTR,
  TEE_MODE,
  TEE_OPERATION_CLASS,
  TEE_TYPE,
} from '../../../spec/v1/internal/constants.ts';
import { TeeError } from '../../../spec/v1/internal/error.ts';
import type { TeeCryptography } from '../../../spec/v1/internal/tee.ts';
import { PANIC_BAD_PARAMETERS, PANIC_BAD_STATE, type RuntimeContext } from '../../context.ts';
import { type AttributeMap, bytesAttribute, readAttributes, valueAttribute } from '../attributes.ts';
import type { OperationKit } from '../cryptography.ts';
import { isInitialized, type ObjectState } from '../object-table.ts';
import type { OperationKey } from '../operation-key.ts';
import { keyed } from '../operation-table.ts';
import { initialized } from '../populate.ts';
import { deriveExchanged } from './derive-exchange.ts';

/** What a derivation works with. */
export interface Derivation {
  readonly context: RuntimeContext;
  readonly keys: readonly OperationKey[];
  readonly params: AttributeMap;
  /** Most bytes the derived object holds. */
  readonly maxBytes: number;
}

/** The derived bytes, and what is to be written once the key is in its object. */
export interface Derived {
  readonly bytes: Uint8Array;
  readonly commit?: () => void;
}

const NAME = 'TEE_DeriveKey';
const NO_BYTES: Uint8Array = new Uint8Array(0);
/** What a derivation may cost: some seconds of work. */
const MAX_ITERATIONS = 10_000_000;
/** @standard RFC 5869 §2.3 */
const HKDF_MAX_BYTES = 255 * 32;

/** Parameters of each algorithm: those that have to be there, and others. */
const PARAMETERS: ReadonlyMap<number, { required: readonly number[]; optional: readonly number[] }> = new Map(
  [
    [
      TEE_ALG.HKDF_SM3,
      { required: [TEE_ATTR.HKDF_OKM_LENGTH], optional: [TEE_ATTR.HKDF_SALT, TEE_ATTR.HKDF_INFO] },
    ],
    [
      TEE_ALG.PBKDF2_HMAC_SM3,
      {
        required: [TEE_ATTR.PBKDF2_ITERATION_COUNT, TEE_ATTR.PBKDF2_DKM_LENGTH],
        optional: [TEE_ATTR.PBKDF2_SALT],
      },
    ],
    [TEE_ALG.SM3_KDF, { required: [], optional: [] }],
    [
      TEE_ALG.SM2_KEP,
      {
        required: [
          TEE_ATTR.ECC_PUBLIC_VALUE_X,
          TEE_ATTR.ECC_PUBLIC_VALUE_Y,
          TEE_ATTR.ECC_EPHEMERAL_PUBLIC_VALUE_X,
          TEE_ATTR.ECC_EPHEMERAL_PUBLIC_VALUE_Y,
          TEE_ATTR.SM2_KEP_USER,
          TEE_ATTR.SM2_ID_INITIATOR,
          TEE_ATTR.SM2_ID_RESPONDER,
        ],
        optional: [TEE_ATTR.SM2_KEP_CONFIRMATION_IN, TEE_ATTR.SM2_KEP_CONFIRMATION_OUT],
      },
    ],
  ],
);

function checkParameters(context: RuntimeContext, algorithm: number, params: AttributeMap): void {
  const { required, optional } = PARAMETERS.get(algorithm) ?? { required: [], optional: [] };
  if (required.some((id) => !params.has(id))) {
    context.panic(PANIC_BAD_PARAMETERS, `${NAME}: a parameter is missing`);
  }
  for (const id of params.keys()) {
    if (!required.includes(id) && !optional.includes(id)) {
      context.panic(PANIC_BAD_PARAMETERS, `${NAME}: a parameter the algorithm does not have`);
    }
  }
}

/** A wanted length in bytes. @throws TeeError BAD_PARAMETERS */
function lengthOf({ params, maxBytes }: Derivation, id: number, limit: number): number {
  const bytes = valueAttribute(params, id) ?? 0;
  if (bytes === 0 || bytes > maxBytes || bytes > limit) throw new TeeError('BAD_PARAMETERS');
  return bytes;
}

function deriveHkdf(derivation: Derivation): Derived {
  const { keys, params } = derivation;
  const length = lengthOf(derivation, TEE_ATTR.HKDF_OKM_LENGTH, HKDF_MAX_BYTES);
  const salt = bytesAttribute(params, TEE_ATTR.HKDF_SALT) ?? NO_BYTES;
  const info = bytesAttribute(params, TEE_ATTR.HKDF_INFO) ?? NO_BYTES;
  return { bytes: hkdfSm3((keys[0] as OperationKey).secret, salt, info, length) };
}

function derivePbkdf2(derivation: Derivation): Derived {
  const { keys, params, maxBytes } = derivation;
  const length = lengthOf(derivation, TEE_ATTR.PBKDF2_DKM_LENGTH, maxBytes);
  const salt = bytesAttribute(params, TEE_ATTR.PBKDF2_SALT) ?? NO_BYTES;
  const iterations = valueAttribute(params, TEE_ATTR.PBKDF2_ITERATION_COUNT) ?? 0;
  if (iterations === 0 || iterations > MAX_ITERATIONS) throw new TeeError('BAD_PARAMETERS');
  return { bytes: pbkdf2Sm3((keys[0] as OperationKey).secret, salt, iterations, length) };
}

/** KDF(Z, klen), klen being the size of the derived object. @standard GB/T 32918.4-2016 §5.4.3 */
const deriveSm3Kdf = ({ keys, maxBytes }: Derivation): Derived => ({
  bytes: kdfSm3((keys[0] as OperationKey).secret, maxBytes),
});

const DERIVATIONS: ReadonlyMap<number, (derivation: Derivation) => Derived> = new Map([
  [TEE_ALG.HKDF_SM3, deriveHkdf],
  [TEE_ALG.PBKDF2_HMAC_SM3, derivePbkdf2],
  [TEE_ALG.SM3_KDF, deriveSm3Kdf],
  [TEE_ALG.SM2_KEP, deriveExchanged],
]);

/** The object that gets the derived key: a secret without a key yet. */
function emptySecret(context: RuntimeContext, state: ObjectState): ObjectState {
  if (state.objectType !== TEE_TYPE.GENERIC_SECRET) {
    return context.panic(PANIC_BAD_PARAMETERS, `${NAME}: the derived object is not a generic secret`);
  }
  return isInitialized(state)
    ? context.panic(PANIC_BAD_STATE, `${NAME}: the derived object is initialized`)
    : state;
}

/**
 * Derives a secret. What comes from another party and is wrong is an answer, where C has only a panic:
 * BAD_PARAMETERS for a point off the curve, MAC_INVALID for a confirmation that does not match.
 *
 * @standard GPD_SPE_010 v1.3.1 §6.8
 */
export function createDerivation({
  context,
  objects,
  operations,
}: OperationKit): Pick<TeeCryptography, 'TEE_DeriveKey'> {
  return {
    TEE_DeriveKey(operation, params, derivedKey) {
      const read = readAttributes(context, NAME, params);
      const state = operations.getOf(NAME, operation, TEE_OPERATION_CLASS.KEY_DERIVATION, TEE_MODE.DERIVE);
      const { keys, algorithm } = keyed(context, NAME, state);
      const target = emptySecret(context, objects.getTransient(NAME, derivedKey));
      checkParameters(context, algorithm.id, read);
      const derive = DERIVATIONS.get(algorithm.id) as (derivation: Derivation) => Derived;
      const { bytes, commit } = derive({ context, keys, params: read, maxBytes: target.maxObjectSize >> 3 });
      target.attributes.set(TEE_ATTR.SECRET_VALUE, bytes);
      initialized(target, bytes.length * 8);
      commit?.();
    },
  };
}

import { defaultEngine, equalBytes, Secret, SM_CORE_ERRORS, sm2 } from '@cssi/sm-core';
import { TEE_ATTR, TEE_ECC_CURVE_SM2, TEE_HANDLE_FLAG } from '../../spec/v1/internal/constants.ts';
import { TeeError } from '../../spec/v1/internal/error.ts';
import { PANIC_BAD_PARAMETERS, type RuntimeContext } from '../context.ts';
import { type AttributeMap, bytesAttribute, valueAttribute } from './attributes.ts';
import type { ObjectState } from './object-table.ts';
import { isSizeOf, OBJECT_TYPES, type ObjectType, secretAttribute } from './object-types.ts';

/** Bytes of a coordinate and of a private key. */
export const FIELD_BYTES = 32;
const NAME = 'TEE_PopulateTransientObject';

const badParameters = (): TeeError => new TeeError('BAD_PARAMETERS');

/** The type of an object; a state in the table has one. */
export const typeOf = (state: ObjectState): ObjectType => OBJECT_TYPES.get(state.objectType) as ObjectType;

/** A big-endian number in 32 bytes, or nothing where it is longer. */
function fieldBytes(number: Uint8Array): Uint8Array | undefined {
  if (number.length === 0 || number.length > FIELD_BYTES) return undefined;
  const out = new Uint8Array(FIELD_BYTES);
  out.set(number, FIELD_BYTES - number.length);
  return out;
}

/** 04‖x‖y when it is a point of the curve. @standard GB/T 32918.1-2016 §6.2 */
export function pointOf(x: Uint8Array | undefined, y: Uint8Array | undefined): Uint8Array | undefined {
  const [fx, fy] = [x && fieldBytes(x), y && fieldBytes(y)];
  if (fx === undefined || fy === undefined) return undefined;
  const point = new Uint8Array(1 + 2 * FIELD_BYTES);
  point[0] = 4;
  point.set(fx, 1);
  point.set(fy, 1 + FIELD_BYTES);
  return defaultEngine.sm2IsPublicKey(point) ? point : undefined;
}

/** Writes a public key into an object. */
export function setPoint(state: ObjectState, point: Uint8Array): void {
  state.attributes.set(TEE_ATTR.ECC_PUBLIC_VALUE_X, point.slice(1, 1 + FIELD_BYTES));
  state.attributes.set(TEE_ATTR.ECC_PUBLIC_VALUE_Y, point.slice(1 + FIELD_BYTES));
  state.attributes.set(TEE_ATTR.ECC_CURVE, { a: TEE_ECC_CURVE_SM2, b: 0 });
}

/** Marks an object as holding a key of `bits`. */
export function initialized(state: ObjectState, bits: number): void {
  state.objectSize = bits;
  state.handleFlags |= TEE_HANDLE_FLAG.INITIALIZED;
}

/** The public key of `d`, or nothing where `d` is not a private key. @standard GB/T 32918.1-2016 §6.1 */
function publicKeyOf(d: Uint8Array): Uint8Array | undefined {
  const secret = Secret.copy(d);
  try {
    return sm2.keyPair(secret).publicKey;
  } catch (error) {
    if (SM_CORE_ERRORS.is(error) && error.code === 'ERR_SM2_PRIVATE_KEY_INVALID') return undefined;
    throw error;
  } finally {
    secret.destroy();
  }
}

/** @throws TeeError BAD_PARAMETERS for another curve than that of SM2 */
export function checkCurve(attributes: AttributeMap): void {
  if ((valueAttribute(attributes, TEE_ATTR.ECC_CURVE) ?? TEE_ECC_CURVE_SM2) !== TEE_ECC_CURVE_SM2) {
    throw badParameters();
  }
}

function populateKey(state: ObjectState, type: ObjectType, attributes: AttributeMap): void {
  checkCurve(attributes);
  const point = pointOf(
    bytesAttribute(attributes, TEE_ATTR.ECC_PUBLIC_VALUE_X),
    bytesAttribute(attributes, TEE_ATTR.ECC_PUBLIC_VALUE_Y),
  );
  if (point === undefined) throw badParameters();
  if (type.kind === 'key-pair') {
    const d = fieldBytes(attributes.get(TEE_ATTR.ECC_PRIVATE_VALUE) as Uint8Array);
    const own = d && publicKeyOf(d);
    // A pair whose halves do not belong together would sign what nobody can verify, or worse.
    if (d === undefined || own === undefined || !equalBytes(own, point)) {
      d?.fill(0);
      throw badParameters();
    }
    state.attributes.set(TEE_ATTR.ECC_PRIVATE_VALUE, d);
  }
  setPoint(state, point);
  initialized(state, type.maxBits);
}

function populateSecret(state: ObjectState, type: ObjectType, attributes: AttributeMap): void {
  const id = secretAttribute(type);
  const bytes = attributes.get(id) as Uint8Array;
  const bits = bytes.length * 8;
  if (!isSizeOf(type, bits)) throw badParameters();
  state.attributes.set(id, Uint8Array.from(bytes));
  initialized(state, bits);
}

/**
 * Gives an object its attributes. An attribute that is missing, undefined for the type or too large is
 * a panic (xtest 4010); a value that is wrong, such as a point off the curve (xtest 4019), is not.
 *
 * @standard GPD_SPE_010 v1.3.1 §5.6.4
 * @throws TeeError BAD_PARAMETERS; the object is as it was then
 */
export function populate(context: RuntimeContext, state: ObjectState, attributes: AttributeMap): void {
  const type = typeOf(state);
  for (const [id, content] of attributes) {
    if (!type.required.includes(id) && !type.optional.includes(id)) {
      context.panic(PANIC_BAD_PARAMETERS, `${NAME}: an attribute the type does not have`);
    }
    if (content instanceof Uint8Array && content.length * 8 > state.maxObjectSize) {
      context.panic(PANIC_BAD_PARAMETERS, `${NAME}: larger than the object`);
    }
  }
  if (type.required.some((id) => !attributes.has(id))) {
    context.panic(PANIC_BAD_PARAMETERS, `${NAME}: an attribute is missing`);
  }
  if (type.kind === 'secret') populateSecret(state, type, attributes);
  else populateKey(state, type, attributes);
}

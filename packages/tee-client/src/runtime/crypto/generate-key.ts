import { randomBytes, sm2 } from '@cssi/sm-core';
import { TEE_ATTR } from '../../spec/v1/internal/constants.ts';
import { PANIC_BAD_PARAMETERS, type RuntimeContext } from '../context.ts';
import type { AttributeMap } from './attributes.ts';
import type { ObjectState } from './object-table.ts';
import { isSizeOf, secretAttribute } from './object-types.ts';
import { checkCurve, initialized, setPoint, typeOf } from './populate.ts';

const NAME = 'TEE_GenerateKey';

function generatePair(state: ObjectState): void {
  const pair = sm2.generateKeyPair();
  try {
    state.attributes.set(
      TEE_ATTR.ECC_PRIVATE_VALUE,
      pair.privateKey.use((d) => Uint8Array.from(d)),
    );
    setPoint(state, pair.publicKey);
  } finally {
    pair.privateKey.destroy();
  }
}

/**
 * Draws a key: random bytes for a secret, a key pair for SM2. A size the type does not have, a type
 * without keys to draw and an attribute that is no parameter of it are panics.
 *
 * @standard GPD_SPE_010 v1.3.1 §5.6.10
 * @throws TeeError BAD_PARAMETERS for another curve
 */
export function generateKey(
  context: RuntimeContext,
  state: ObjectState,
  bits: number,
  params: AttributeMap,
): void {
  const type = typeOf(state);
  if (bits > state.maxObjectSize || !isSizeOf(type, bits)) {
    context.panic(PANIC_BAD_PARAMETERS, `${NAME}: not a size of the object`);
  }
  if (type.kind === 'public-key') {
    context.panic(PANIC_BAD_PARAMETERS, `${NAME}: a public key is not generated`);
  }
  for (const id of params.keys()) {
    if (id !== TEE_ATTR.ECC_CURVE || type.kind !== 'key-pair') {
      context.panic(PANIC_BAD_PARAMETERS, `${NAME}: an attribute the type does not have`);
    }
  }
  if (type.kind === 'key-pair') {
    checkCurve(params);
    generatePair(state);
  } else {
    state.attributes.set(secretAttribute(type), randomBytes(bits / 8));
  }
  initialized(state, bits);
}

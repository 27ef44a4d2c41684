import { SM2_MAX_ID_BYTES } from '@cssi/sm-core';
import { TEE_ATTR } from '../../../spec/v1/internal/constants.ts';
import { TeeError } from '../../../spec/v1/internal/error.ts';
import { PANIC_BAD_PARAMETERS } from '../../context.ts';
import { bytesAttribute, valueAttribute } from '../attributes.ts';
import type { OperationKey } from '../operation-key.ts';
import { pointOf } from '../populate.ts';
import { agree } from '../sm2-key-exchange.ts';
import type { Derivation, Derived } from './derive.ts';

const CONFIRMATION_BYTES = 32;

/** An ID that was given. @throws TeeError BAD_PARAMETERS */
function idOf({ params }: Derivation, attribute: number): Uint8Array {
  const id = bytesAttribute(params, attribute) as Uint8Array;
  if (id.length > SM2_MAX_ID_BYTES) throw new TeeError('BAD_PARAMETERS');
  return id;
}

/**
 * SM2 key exchange on the keys of the operation: the first is static, the second ephemeral. KEP_USER 0
 * is the initiator. The key is as long as the derived object. Without CONFIRMATION_IN the other side has
 * not shown that it has the same key: that is the application's to decide.
 *
 * @standard GPD_SPE_010 v1.3.1 §6.8.1; GB/T 32918.3-2016 §6.1
 * @throws TeeError BAD_PARAMETERS for a point off the curve or infinity, MAC_INVALID for a confirmation
 */
export function deriveExchanged(derivation: Derivation): Derived {
  const { context, keys, params, maxBytes } = derivation;
  const out = bytesAttribute(params, TEE_ATTR.SM2_KEP_CONFIRMATION_OUT);
  if (out !== undefined && out.length < CONFIRMATION_BYTES) {
    return context.panic(PANIC_BAD_PARAMETERS, 'TEE_DeriveKey: no room for the confirmation');
  }
  const peer = pointOf(
    bytesAttribute(params, TEE_ATTR.ECC_PUBLIC_VALUE_X),
    bytesAttribute(params, TEE_ATTR.ECC_PUBLIC_VALUE_Y),
  );
  const peerEphemeral = pointOf(
    bytesAttribute(params, TEE_ATTR.ECC_EPHEMERAL_PUBLIC_VALUE_X),
    bytesAttribute(params, TEE_ATTR.ECC_EPHEMERAL_PUBLIC_VALUE_Y),
  );
  if (peer === undefined || peerEphemeral === undefined) throw new TeeError('BAD_PARAMETERS');
  const result = agree({
    initiator: valueAttribute(params, TEE_ATTR.SM2_KEP_USER) === 0,
    own: keys[0] as OperationKey,
    ownEphemeral: keys[1] as OperationKey,
    peer,
    peerEphemeral,
    initiatorId: idOf(derivation, TEE_ATTR.SM2_ID_INITIATOR),
    responderId: idOf(derivation, TEE_ATTR.SM2_ID_RESPONDER),
    keyBytes: maxBytes,
    received: bytesAttribute(params, TEE_ATTR.SM2_KEP_CONFIRMATION_IN),
  });
  if (result === 'infinity') throw new TeeError('BAD_PARAMETERS');
  if (result === 'unconfirmed') throw new TeeError('MAC_INVALID');
  return { bytes: result.key, commit: () => out?.set(result.confirmation) };
}

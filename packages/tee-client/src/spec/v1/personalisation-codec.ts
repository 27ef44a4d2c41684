import { canonicalJson, concatBytes, toHex, utf8 } from '@cssi/sm-core';
import type { TaEnvelope } from './bundle.ts';
import { ENVELOPE_OVERHEAD, MAX_ENVELOPE_BYTES, parseEnvelope } from './envelope.ts';
import { TEE_CLIENT_ERRORS } from './errors.ts';
import { MANAGEMENT_LIMITS } from './management-codec.ts';
import { lengthPrefixed, partAt } from './parts.ts';
import { strictJson } from './strict-json.ts';
import { type TeecUuid, uuidToOctets } from './uuid.ts';

const malformed = (reason: string, cause?: unknown) =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_MANAGEMENT_MALFORMED', { detail: `reason=${reason}`, cause });
const json = strictJson(malformed);

const PERSONALISATION_MAGIC = /* @__PURE__ */ utf8('CSTP');

/** Personalisation data on their way to a TEE. @group Management */
export interface PersonalisationPayload {
  readonly envelope: TaEnvelope | undefined;
  readonly payload: Uint8Array;
}

/**
 * The associated data of encrypted personalisation data: they open for one application of one security
 * domain only. Another domain that installs the same uuid gets nothing out of them.
 *
 * @group Management
 */
export function personalisationAssociatedData(ta: TeecUuid, sd: TeecUuid): Uint8Array {
  return concatBytes(
    utf8('cssi-tee-personalisation/1'),
    Uint8Array.of(0),
    uuidToOctets(ta),
    uuidToOctets(sd),
  );
}

/**
 * Writes `"CSTP" ‖ 01 ‖ u32 m ‖ envelope ‖ u32 k ‖ payload`; m = 0: data in clear.
 *
 * @group Management
 */
export function encodePersonalisation({ envelope, payload }: PersonalisationPayload): Uint8Array {
  return concatBytes(
    PERSONALISATION_MAGIC,
    Uint8Array.of(1),
    lengthPrefixed(envelope === undefined ? new Uint8Array(0) : canonicalJson({ ...envelope })),
    lengthPrefixed(payload),
  );
}

/**
 * Reads what {@link encodePersonalisation} wrote.
 *
 * @throws {@link SmError} ERR_TEE_MANAGEMENT_MALFORMED
 * @group Management
 */
export function parsePersonalisation(input: Uint8Array): PersonalisationPayload {
  const start = PERSONALISATION_MAGIC.length + 1;
  if (
    !(input instanceof Uint8Array) ||
    input.length < start ||
    toHex(input.subarray(0, start)) !== `${toHex(PERSONALISATION_MAGIC)}01`
  ) {
    throw malformed('personalisation');
  }
  const envelopeBytes = partAt(input, start, MAX_ENVELOPE_BYTES);
  if (envelopeBytes === undefined) throw malformed('personalisation');
  const at = start + 4 + envelopeBytes.length;
  const encrypted = envelopeBytes.length > 0;
  const max = MANAGEMENT_LIMITS.personalisation + (encrypted ? ENVELOPE_OVERHEAD : 0);
  const payload = partAt(input, at, max);
  if (payload === undefined || at + 4 + payload.length !== input.length) throw malformed('personalisation');
  return {
    envelope: encrypted
      ? parseEnvelope(json, json.canonical(envelopeBytes, 'envelope', MAX_ENVELOPE_BYTES))
      : undefined,
    payload,
  };
}

import { concatBytes } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import { lengthPrefixed, partAt, u32 } from '../../../spec/v1/parts.ts';

const EVIDENCE = 1;
const ADOPTED = 2;
const MAX_INPUT = 65_536;
const MAX_PART = 1 << 20;
const MAX_PARTS = 16;

const malformed = () => TEE_CLIENT_ERRORS.create('ERR_TEE_CHANNEL', { detail: 'reason=request' });

/** Asks for evidence of the application. */
export interface EvidenceRequest {
  readonly kind: 'evidence';
  readonly nonce: Uint8Array;
  readonly userData: Uint8Array;
}

/**
 * What an application's domain asks of the core, inside a frame of its launch link. `adopted`: storage
 * that came from another device is marked as this one's.
 */
export type TaRequest = EvidenceRequest | { readonly kind: 'adopted' };

/** The core's answer: a GlobalPlatform result and, with SUCCESS, the report and the certificates. */
export interface TaRequestAnswer {
  readonly result: number;
  readonly parts: readonly Uint8Array[];
}

export function encodeTaRequest(request: TaRequest): Uint8Array {
  if (request.kind === 'adopted') return Uint8Array.of(ADOPTED);
  return concatBytes(
    Uint8Array.of(EVIDENCE),
    lengthPrefixed(request.nonce),
    lengthPrefixed(request.userData),
  );
}

/** Takes `count` or fewer parts until the end of `input`. */
function parts(input: Uint8Array, from: number, count: number, max: number): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (let at = from; at < input.length; ) {
    const part = out.length === count ? undefined : partAt(input, at, max);
    if (part === undefined) throw malformed();
    out.push(part);
    at += 4 + part.length;
  }
  return out;
}

/** @throws {@link SmError} ERR_TEE_CHANNEL */
export function decodeTaRequest(input: Uint8Array): TaRequest {
  if (input.length === 1 && input[0] === ADOPTED) return { kind: 'adopted' };
  const [nonce, userData] = parts(input, 1, 2, MAX_INPUT);
  if (input[0] !== EVIDENCE || nonce === undefined || userData === undefined) throw malformed();
  return { kind: 'evidence', nonce, userData };
}

export function encodeTaRequestAnswer(answer: TaRequestAnswer): Uint8Array {
  return concatBytes(u32(answer.result), ...answer.parts.map(lengthPrefixed));
}

/** @throws {@link SmError} ERR_TEE_CHANNEL */
export function decodeTaRequestAnswer(input: Uint8Array): TaRequestAnswer {
  if (input.length < 4) throw malformed();
  const result = new DataView(input.buffer, input.byteOffset, input.byteLength).getUint32(0);
  return { result, parts: parts(input, 4, MAX_PARTS, MAX_PART) };
}

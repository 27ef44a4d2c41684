/**
 * What frames of a channel into an enclave carry. Numbers are big-endian; every length stands before its
 * bytes; there is one encoding of everything.
 */
import { concatBytes } from '@cssi/sm-core';
import { TEEC_CONFIG_PAYLOAD_REF_COUNT } from './constants.ts';
import { partAt, u32 } from './parts.ts';
import { TEEC_ORIGINS } from './results.ts';

/**
 * A call, as a client seals it.
 *
 * @group Secure channel
 */
export interface ChannelRequest {
  readonly command: number;
  /** Memory inputs, parameters 0, 1, …; at most four. */
  readonly inputs: readonly Uint8Array[];
  /** Size of the memory output after them; undefined for none. */
  readonly maxOutput: number | undefined;
}

/**
 * The answer to a call, as the enclave seals it.
 *
 * @group Secure channel
 */
export interface ChannelAnswer {
  /** GlobalPlatform's value. */
  readonly result: number;
  readonly origin: number;
  /** What was written to the output, or is required. */
  readonly size: number;
  readonly output: Uint8Array;
}

const HEADER_BYTES = 6;
const ANSWER_BYTES = 9;

const u32At = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at);

/**
 * `command (4) ‖ has output (1) ‖ number of inputs (1) ‖ size of the output (4), where there is one ‖ inputs,
 * each after its length (4)`.
 *
 * @group Secure channel
 */
export function encodeChannelRequest({ command, inputs, maxOutput }: ChannelRequest): Uint8Array {
  // One block, and no copies of the inputs besides: the caller zeroes what it gets.
  return concatBytes(
    u32(command),
    Uint8Array.of(maxOutput === undefined ? 0 : 1, inputs.length),
    ...(maxOutput === undefined ? [] : [u32(maxOutput)]),
    ...inputs.flatMap((input) => [u32(input.length), input]),
  );
}

/**
 * Reads a call; undefined for what is none.
 *
 * @group Secure channel
 */
export function decodeChannelRequest(bytes: Uint8Array): ChannelRequest | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const [hasOutput = 2, count = 0] = bytes.subarray(4, HEADER_BYTES);
  if (hasOutput > 1 || hasOutput + count > TEEC_CONFIG_PAYLOAD_REF_COUNT) return undefined;
  let at = HEADER_BYTES + 4 * hasOutput;
  if (at > bytes.length) return undefined;
  const maxOutput = hasOutput === 1 ? u32At(bytes, HEADER_BYTES) : undefined;
  const inputs: Uint8Array[] = [];
  while (inputs.length < count) {
    const input = partAt(bytes, at, bytes.length);
    if (input === undefined) return undefined;
    inputs.push(input);
    at += 4 + input.length;
  }
  return at === bytes.length ? { command: u32At(bytes, 0), inputs, maxOutput } : undefined;
}

/**
 * `result (4) ‖ origin (1) ‖ size (4) ‖ output`.
 *
 * @group Secure channel
 */
export const encodeChannelAnswer = ({ result, origin, size, output }: ChannelAnswer): Uint8Array =>
  concatBytes(u32(result), Uint8Array.of(origin), u32(size), output);

/**
 * Reads an answer; undefined for what is none.
 *
 * @group Secure channel
 */
export function decodeChannelAnswer(bytes: Uint8Array): ChannelAnswer | undefined {
  const origin = bytes[4];
  if (bytes.length < ANSWER_BYTES || origin === undefined) return undefined;
  if (origin < TEEC_ORIGINS.API || origin > TEEC_ORIGINS.TRUSTED_APP) return undefined;
  // A copy, not slice(): of a Buffer that would be a view.
  const output = Uint8Array.from(bytes.subarray(ANSWER_BYTES));
  return { result: u32At(bytes, 0), origin, size: u32At(bytes, 5), output };
}

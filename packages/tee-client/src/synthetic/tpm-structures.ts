import { concatBytes } from '@cssi/sm-core';
import { LOG_ALGORITHMS, type LogAlgorithm } from '../evidence/event-log/types.ts';
import { TPM_ALG, TPM_CURVE } from '../evidence/tpm/algorithms.ts';
import { ATTEST_QUOTE, TPM_GENERATED, type TpmPcrSelection, type TpmQuote } from '../evidence/tpm/attest.ts';
import type { TpmEccPublic, TpmKeyScheme, TpmRsaPublic } from '../evidence/tpm/public-area.ts';
import type { TpmSignature } from '../evidence/tpm/signature.ts';

const SELECT_BYTES = 3;

function integer(bytes: number, value: bigint | number): Uint8Array {
  const out = new Uint8Array(bytes);
  let left = BigInt(value);
  for (let at = bytes - 1; at >= 0; at--, left >>= 8n) out[at] = Number(left & 0xffn);
  return out;
}
const u8 = (value: number): Uint8Array => integer(1, value);
const u16 = (value: number): Uint8Array => integer(2, value);
const u32 = (value: number): Uint8Array => integer(4, value);
const u64 = (value: bigint): Uint8Array => integer(8, value);
const sized = (bytes: Uint8Array): Uint8Array => concatBytes(u16(bytes.length), bytes);
const hashId = (hash: LogAlgorithm): Uint8Array => u16(LOG_ALGORITHMS[hash].id);

function selection({ bank, indexes }: TpmPcrSelection): Uint8Array {
  const bits = new Uint8Array(SELECT_BYTES);
  for (const index of indexes) bits[index >> 3] = bits[index >> 3]! | (1 << (index & 7));
  return concatBytes(hashId(bank), u8(SELECT_BYTES), bits);
}

/** TPMS_ATTEST of a quote. @standard TCG TPM 2.0 Library Part 2 §10.12.8 @internal */
export function encodeTpmQuote(quote: TpmQuote): Uint8Array {
  return concatBytes(
    u32(TPM_GENERATED),
    u16(ATTEST_QUOTE),
    sized(quote.qualifiedSigner),
    sized(quote.extraData),
    u64(quote.clock),
    u32(quote.resetCount),
    u32(quote.restartCount),
    u8(quote.safe ? 1 : 0),
    u64(quote.firmwareVersion),
    u32(quote.selections.length),
    ...quote.selections.map(selection),
    sized(quote.pcrDigest),
  );
}

/** TPMT_SIGNATURE. @standard TCG TPM 2.0 Library Part 2 §11.3.4 @internal */
export function encodeTpmSignature(signature: TpmSignature): Uint8Array {
  const head = concatBytes(u16(TPM_ALG[signature.scheme]), hashId(signature.hash));
  return 'value' in signature
    ? concatBytes(head, sized(signature.value))
    : concatBytes(head, sized(signature.r), sized(signature.s));
}

/** What {@link encodeTpmPublicArea} writes. @internal */
export interface PublicAreaSpec {
  readonly nameHash: LogAlgorithm;
  readonly attributes: number;
  readonly scheme?: TpmKeyScheme;
  /** Key length of the cipher a storage key protects its children with. */
  readonly symmetric?: 'aes' | 'sm4';
  readonly key: TpmRsaPublic | TpmEccPublic;
}

const AES = 0x0006;
const CFB = 0x0043;

/** TPMT_PUBLIC. @standard TCG TPM 2.0 Library Part 2 §12.2.4 @internal */
export function encodeTpmPublicArea({
  nameHash,
  attributes,
  scheme,
  symmetric,
  key,
}: PublicAreaSpec): Uint8Array {
  const none = u16(TPM_ALG.null);
  const common = concatBytes(
    u16(TPM_ALG[key.type]),
    hashId(nameHash),
    u32(attributes),
    sized(new Uint8Array()),
    symmetric === undefined
      ? none
      : concatBytes(u16(symmetric === 'sm4' ? TPM_ALG.sm4 : AES), u16(128), u16(CFB)),
    scheme === undefined ? none : concatBytes(u16(TPM_ALG[scheme.scheme]), hashId(scheme.hash)),
  );
  if (key.type === 'rsa') {
    // Exponent 0 stands for 65537.
    return concatBytes(common, u16(key.modulus.length * 8), u32(0), sized(key.modulus));
  }
  return concatBytes(common, u16(TPM_CURVE[key.curve]), none, sized(key.x), sized(key.y));
}

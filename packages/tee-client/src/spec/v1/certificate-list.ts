import { concatBytes } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from './errors.ts';

const MAX_CERTIFICATES = 8;

const malformed = () =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_ANSWER_MALFORMED', { detail: 'reason=certificates' });

/**
 * Packs certificates as the EVIDENCE command gives them: each a length of four bytes
 * (big-endian) and its DER.
 *
 * @group Root key service
 */
export function packCertificates(certificates: readonly Uint8Array[]): Uint8Array {
  return concatBytes(
    ...certificates.flatMap((der) => {
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, der.length);
      return [length, der];
    }),
  );
}

/**
 * Takes a list of one to eight certificates apart.
 *
 * @throws {@link SmError} ERR_TEE_ANSWER_MALFORMED
 * @group Root key service
 */
export function unpackCertificates(list: Uint8Array): Uint8Array[] {
  const out: Uint8Array[] = [];
  const view = new DataView(list.buffer, list.byteOffset, list.length);
  for (let at = 0; at < list.length; ) {
    if (at + 4 > list.length || out.length === MAX_CERTIFICATES) throw malformed();
    const length = view.getUint32(at);
    if (length === 0 || at + 4 + length > list.length) throw malformed();
    // Not slice(): of a Buffer that would be a view.
    out.push(Uint8Array.from(list.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  if (out.length === 0) throw malformed();
  return out;
}

import { concatBytes, randomBytes, Secret, SM4_BLOCK_BYTES, sm4 } from '@cssi/sm-core';
import { encodeAlgorithm } from '../../algorithms/index.ts';
import { octets, oid } from '../../internal/write.ts';
import { CONTENT_KEY_BYTES } from '../content-cipher.ts';
import { contentTypeOf, dataType } from '../content-types.ts';
import type { EncryptedMessageSpec } from '../encrypt-message.ts';
import { checkSyntax, optionProblem } from '../options.ts';
import { checkRecipients, encodeRecipients, envelopedVersion } from '../recipients.ts';
import { close, octetPieces, open } from './ber-write.ts';
import { blocksOf } from './blocks.ts';

/**
 * Encrypts content that comes in pieces and is never held as a whole: envelopedData with SM4-CBC,
 * BER with indefinite lengths. Not authenticated, and open to whoever alters it and sees the answers of
 * a receiver; a signature inside does not help. `encryptMessage` with `sm4-gcm` has no stream.
 *
 * @standard GB/T 35275-2017 (GM/T 0010), RFC 5652 §6
 * @throws {@link SmError} ERR_PKI_MESSAGE_OPTIONS
 */
export async function* encryptMessageStream(
  content: AsyncIterable<Uint8Array>,
  spec: EncryptedMessageSpec,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { syntax, recipients, cipher: mode = 'sm4-cbc' } = spec;
  checkSyntax(syntax);
  // Who asks for authentication must not get a message without.
  if (mode !== 'sm4-cbc') throw optionProblem('cipher');
  checkRecipients(recipients, syntax);
  const key = Secret.random(CONTENT_KEY_BYTES);
  const iv = randomBytes(SM4_BLOCK_BYTES);
  const cipher = sm4.encryptor('cbc', key, iv);
  try {
    const infos = encodeRecipients(recipients, syntax, key);
    const outer = oid(contentTypeOf(syntax, 'envelopedData')!);
    const layers = [open(0x30), outer, open(0xa0), open(0x30), envelopedVersion(recipients, syntax), infos];
    const algorithm = encodeAlgorithm('sm4-cbc', octets(iv));
    yield concatBytes(...layers, open(0x30), oid(dataType(syntax)), algorithm, open(0xa0));
    for await (const piece of blocksOf(content)) {
      const ciphertext = cipher.update(piece);
      piece.fill(0);
      if (ciphertext.length > 0) yield octetPieces(ciphertext);
    }
    yield concatBytes(octetPieces(cipher.final()), close(5));
  } finally {
    cipher.destroy();
    key.destroy();
  }
}

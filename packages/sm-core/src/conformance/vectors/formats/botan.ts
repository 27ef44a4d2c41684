import { utf8 } from '../../../encoding/bytes.ts';
import type { JsonValue } from '../../../encoding/json.ts';
import { Secret } from '../../../secret.ts';
import { hex, hexOrNothing, optional, type Row, row, rows, text } from '../fields.ts';
import { check, expectEqual, fail, oneNonce, skip, type VectorCase } from '../vector-case.ts';
import { isOurCurve } from './sm2.ts';
import { botanAeadCase } from './sm4-aead.ts';

function* sm2Signature(fields: Row, id: string): Iterable<VectorCase> {
  const [message, signature] = [hex(fields, 'Msg'), hex(fields, 'Signature')];
  const signerId = utf8(text(fields, 'Ident'));
  const pair = () => Secret.take(hex(fields, 'x'));
  yield check(id, ['sm3', 'sm2.keygen', 'sm2.verify'], ({ sm2 }) => {
    const { publicKey } = sm2.keyPair(pair());
    if (!sm2.verify(publicKey, message, signature, { id: signerId, format: 'raw' })) fail('does not verify');
  });
  yield check(`${id} signing`, ['sm3', 'sm2.keygen', 'sm2.sign', 'sm2.random'], ({ sm2 }) => {
    const random = oneNonce(hex(fields, 'Nonce'));
    expectEqual(sm2.sign(pair(), message, { id: signerId, format: 'raw', random }), signature, 'signature');
  });
}

function* sm2Ciphertext(fields: Row, id: string): Iterable<VectorCase> {
  const key = () => Secret.take(hex(fields, 'x'));
  yield check(id, ['sm2.decrypt'], ({ sm2 }) => {
    expectEqual(sm2.decrypt(key(), hex(fields, 'Ciphertext')), hex(fields, 'Msg'), 'message');
  });
  yield check(`${id} encrypting`, ['sm2.keygen', 'sm2.encrypt', 'sm2.random'], ({ sm2 }) => {
    const random = oneNonce(hex(fields, 'Nonce'));
    const ciphertext = sm2.encrypt(sm2.keyPair(key()).publicKey, hex(fields, 'Msg'), { random });
    expectEqual(ciphertext, hex(fields, 'Ciphertext'), 'ciphertext');
  });
}

/** An entry without a message only names the curve of the entries after it. */
function* sm2Case(fields: Row, id: string): Iterable<VectorCase> {
  if (optional(fields, 'Msg') === undefined) return;
  if (!isOurCurve(text(fields, 'P'))) yield skip(id, 'curve.other');
  else if ((optional(fields, 'Hash') ?? 'SM3') !== 'SM3') yield skip(id, 'digest.other');
  else if (optional(fields, 'Signature') !== undefined) yield* sm2Signature(fields, id);
  else yield* sm2Ciphertext(fields, id);
}

function* symmetricCase(section: string, fields: Row, id: string): Iterable<VectorCase> {
  const [input, output] = [hexOrNothing(fields, 'In'), hex(fields, 'Out')];
  if (section === 'SM3') {
    yield check(id, ['sm3'], ({ sm3 }) => expectEqual(sm3.sm3(input), output, 'digest'));
  } else if (section === 'SM4') {
    yield check(id, ['sm4.blocks'], ({ sm4 }) => {
      const key = () => Secret.take(hex(fields, 'Key'));
      expectEqual(sm4.ecbEncryptBlocks(key(), input), output, 'ciphertext');
      expectEqual(sm4.ecbDecryptBlocks(key(), output), input, 'plaintext');
    });
  } else if (section === 'SM4/GCM') yield botanAeadCase('gcm', fields, id);
  else if (section === 'SM4/CCM(16,3)') yield botanAeadCase('ccm', fields, id);
  else yield skip(id, 'unknown-file');
}

/** Groups of Botan's `.vec` files. */
export function* botanCases(content: JsonValue): Iterable<VectorCase> {
  for (const [name, entries] of Object.entries(row(row(content, 'file').files, 'files'))) {
    for (const [i, entry] of rows(entries, name).entries()) {
      const id = `${name} ${i + 1}`;
      const fields = row(entry.fields, 'fields');
      const section = optional(entry, 'section');
      if (name.startsWith('pubkey/')) yield* sm2Case(fields, id);
      else if (section === undefined) yield skip(id, 'unknown-file');
      else yield* symmetricCase(section, fields, id);
    }
  }
}

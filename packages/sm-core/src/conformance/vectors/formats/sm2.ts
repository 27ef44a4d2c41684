import { equalBytes } from '../../../encoding/bytes.ts';
import type { JsonValue } from '../../../encoding/json.ts';
import { Secret } from '../../../secret.ts';
import { caseId, casesOf, expectation, hex, optional, type Row, row, text } from '../fields.ts';
import {
  check,
  expectEqual,
  fail,
  judge,
  oneNonce,
  skip,
  type VectorCase,
  type VectorReader,
} from '../vector-case.ts';
import { exchangeCases } from './sm2-exchange.ts';

export { sm2ExchangeCases } from './sm2-exchange.ts';

/** sm2p256v1 by its p. @standard GB/T 32918.5-2017 §2 */
export const isOurCurve = (p: string): boolean =>
  p.toLowerCase().replace(/^0x/, '') === 'fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff';

const secret = (item: Row, name = 'd'): Secret => Secret.take(hex(item, name));

/** A signature with its intermediate values; signing again where the nonce is given. */
function* signatureCases(item: Row, id: string): Iterable<VectorCase> {
  yield check(id, ['sm3', 'sm2.verify'], ({ sm2, sm3 }) => {
    const [publicKey, signerId, message] = [hex(item, 'pub'), hex(item, 'id'), hex(item, 'msg')];
    expectEqual(sm2.z(publicKey, signerId), hex(item, 'za'), 'Z_A');
    const e = sm3.sm3Hash().update(hex(item, 'za')).update(message).digest();
    expectEqual(e, hex(item, 'e'), 'e');
    const raw = hex({ rs: text(item, 'r') + text(item, 's') }, 'rs');
    if (!sm2.verify(publicKey, message, raw, { id: signerId, format: 'raw' })) fail('r‖s does not verify');
    if (optional(item, 'sig_der') === undefined) return;
    if (!sm2.verify(publicKey, message, hex(item, 'sig_der'), { id: signerId })) fail('DER does not verify');
  });
  if (optional(item, 'd') !== undefined) {
    yield check(`${id} public key`, ['sm2.keygen'], ({ sm2 }) => {
      expectEqual(sm2.keyPair(secret(item)).publicKey, hex(item, 'pub'), 'public key');
    });
  }
  if (optional(item, 'k') !== undefined) {
    yield check(`${id} signing`, ['sm3', 'sm2.keygen', 'sm2.sign', 'sm2.random'], ({ sm2 }) => {
      const signature = sm2.sign(secret(item), hex(item, 'msg'), {
        id: hex(item, 'id'),
        format: 'raw',
        random: oneNonce(hex(item, 'k')),
      });
      expectEqual(signature, hex({ rs: text(item, 'r') + text(item, 's') }, 'rs'), 'signature');
    });
  }
}

/** A ciphertext in its encodings; encrypting again where the nonce is given. */
function* encryptionCases(item: Row, id: string): Iterable<VectorCase> {
  const formats = ['c1c3c2', 'c1c2c3', 'der'] as const;
  yield check(id, ['sm2.decrypt'], ({ sm2 }) => {
    for (const format of formats) {
      if (optional(item, format) === undefined) continue;
      expectEqual(sm2.decrypt(secret(item), hex(item, format), { format }), hex(item, 'msg'), format);
    }
  });
  if (optional(item, 'k') !== undefined) {
    yield check(`${id} encrypting`, ['sm2.encrypt', 'sm2.random'], ({ sm2 }) => {
      for (const format of formats) {
        if (optional(item, format) === undefined) continue;
        const random = oneNonce(hex(item, 'k'));
        const ciphertext = sm2.encrypt(hex(item, 'pub'), hex(item, 'msg'), { format, random });
        expectEqual(ciphertext, hex(item, format), format);
      }
    });
  }
}

/** `annex/sm2_standard`: signature, encryption and key exchange for each curve. */
export function* sm2AnnexCases(content: JsonValue): Iterable<VectorCase> {
  for (const [i, item] of casesOf(content).entries()) {
    const curve = `curve ${i + 1}`;
    const ours = isOurCurve(text(row(item.curve_params, 'curve_params'), 'p'));
    for (const part of ['signature', 'encryption', 'key_exchange'] as const) {
      if (item[part] === undefined) continue;
      const id = `${curve} ${part}`;
      if (!ours) yield skip(id, 'curve.other');
      else if (part === 'signature') yield* signatureCases(row(item[part], part), id);
      else if (part === 'encryption') yield* encryptionCases(row(item[part], part), id);
      else yield* exchangeCases(row(item[part], part), id);
    }
  }
}

/** `generated/sm2_sign`. */
export function* sm2SignCases(content: JsonValue): Iterable<VectorCase> {
  for (const [i, item] of casesOf(content).entries()) yield* signatureCases(item, caseId(item, i));
}

/** `generated/sm2_encrypt`. */
export function* sm2EncryptCases(content: JsonValue): Iterable<VectorCase> {
  for (const [i, item] of casesOf(content).entries()) yield* encryptionCases(item, caseId(item, i));
}

function oneOf<const T extends string>(item: Row, name: string, allowed: readonly T[]): T {
  const value = text(item, name);
  return allowed.find((name) => name === value) ?? fail(`field ${name} has an unknown value`);
}

/** `negative/sm2_verify`. */
export const sm2VerifyCases: VectorReader = (content) =>
  casesOf(content).map((item, i) =>
    check(caseId(item, i), ['sm3', 'sm2.verify'], ({ sm2 }) => {
      const format = oneOf(item, 'encoding', ['der', 'raw']);
      judge(expectation(item), () =>
        sm2.verify(hex(item, 'pub'), hex(item, 'msg'), hex(item, 'sig'), { id: hex(item, 'id'), format }),
      );
    }),
  );

/** `negative/sm2_decrypt`. */
export const sm2DecryptCases: VectorReader = (content) =>
  casesOf(content).map((item, i) =>
    check(caseId(item, i), ['sm2.decrypt'], ({ sm2 }) => {
      const format = oneOf(item, 'format', ['der', 'c1c3c2', 'c1c2c3']);
      const expected = expectation(item);
      const message = expected === 'invalid' ? undefined : hex(item, 'msg');
      judge(expected, () => sm2.decrypt(secret(item), hex(item, 'ct'), { format }), message);
    }),
  );

/** `negative/sm2_keys`: imports of public and of private keys. */
export const sm2KeyCases: VectorReader = (content) =>
  casesOf(content).map((item, i) => {
    const id = caseId(item, i);
    const encoded = hex(item, 'encoded');
    if (oneOf(item, 'kind', ['public', 'private']) === 'private') {
      return check(id, ['sm2.keygen'], ({ sm2 }) => {
        const expected = expectation(item);
        const publicKey = expected === 'valid' ? hex(item, 'pub') : undefined;
        judge(expected, () => sm2.keyPair(Secret.copy(encoded)).publicKey, publicKey);
      });
    }
    const compressed = encoded.length === 33 && (encoded[0] === 2 || encoded[0] === 3);
    return check(id, [compressed ? 'sm2.decompress' : 'sm2.verify'], ({ sm2 }) => {
      judge(expectation(item), () => {
        const point = sm2.publicKey(encoded);
        if (optional(item, 'x') === undefined) return true;
        return equalBytes(point.subarray(1), hex({ xy: text(item, 'x') + text(item, 'y') }, 'xy'));
      });
    });
  });

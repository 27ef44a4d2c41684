import { equalBytes, fromBase64, fromHex, utf8 } from '../../../encoding/bytes.ts';
import { DerReader } from '../../../encoding/der.ts';
import type { JsonValue } from '../../../encoding/json.ts';
import { Secret } from '../../../secret.ts';
import type { ZucFrame } from '../../../zuc.ts';
import { hex, optional, type Row, row, rows, text } from '../fields.ts';
import { check, expectEqual, fail, skip, type VectorCase } from '../vector-case.ts';
import { modeCase } from './sm4.ts';

/** A stanza as its first line and its fields; control lines are kept apart because they repeat. */
interface Stanza {
  readonly kind: string;
  readonly fields: Row;
  readonly controls: readonly string[];
}

function stanzaOf(item: Row): Stanza {
  const fields: Record<string, string> = {};
  const controls: string[] = [];
  const pairs = item.fields;
  if (!Array.isArray(pairs)) return fail('fields is not a list');
  for (const pair of pairs as readonly JsonValue[]) {
    const [name, value] = Array.isArray(pair) ? (pair as readonly JsonValue[]) : [];
    if (typeof name !== 'string' || typeof value !== 'string') return fail('a field is not a pair of texts');
    if (name === 'Ctrl') controls.push(value);
    else fields[name] = value;
  }
  // "Availablein" only says which provider of OpenSSL has the algorithm.
  const kind = Object.keys(fields).find((name) => name !== 'Availablein');
  return { kind: kind ?? fail('an empty stanza'), fields, controls };
}

/** A value: text in quotation marks, else hex. */
function value(fields: Row, name: string): Uint8Array {
  const written = text(fields, name);
  return written.startsWith('"') ? utf8(written.slice(1, -1)) : fromHex(written);
}

/** d and 04‖x‖y of a PKCS#8 PEM whose inner structure carries the public key. */
function keyOf(keys: Row, name: string): { d: Secret; publicKey: Uint8Array } {
  const body = text(keys, name).replace(/-----[A-Z ]+-----|\s/g, '');
  const outer = new DerReader(new DerReader(fromBase64(body)).element(0x30));
  outer.unsigned(1);
  outer.element(0x30);
  const inner = new DerReader(new DerReader(outer.element(0x04)).element(0x30));
  inner.unsigned(1);
  const d = inner.element(0x04);
  const point = new DerReader(inner.element(0xa1)).element(0x03);
  return { d: Secret.copy(d), publicKey: point.subarray(1) };
}

function sm2Case({ kind, fields, controls }: Stanza, keys: Row, id: string): VectorCase {
  const digest = controls.find((line) => line.startsWith('digest:'));
  if (digest !== undefined && digest !== 'digest:SM3') return skip(id, 'digest.other');
  if (kind === 'KeyGen') {
    return check(id, ['sm2.keygen', 'sm2.verify'], ({ sm2 }) => {
      sm2.publicKey(sm2.generateKeyPair().publicKey);
    });
  }
  const key = () => keyOf(keys, text(fields, kind));
  const result = optional(fields, 'Result');
  if (kind === 'Verify' && result === undefined) {
    return check(id, ['sm2.verify'], ({ sm2 }) => {
      if (!sm2.verifyDigest(key().publicKey, value(fields, 'Input'), value(fields, 'Output')))
        fail('refused');
    });
  }
  if (kind === 'Decrypt' && result === undefined) {
    return check(id, ['sm2.decrypt'], ({ sm2 }) => {
      expectEqual(sm2.decrypt(key().d, value(fields, 'Input')), value(fields, 'Output'), 'message');
    });
  }
  if (kind === 'Sign' && result === 'KEYOP_MISMATCH') {
    // The nonce is random, so the printed signature must not come out again.
    return check(id, ['sm2.sign'], ({ sm2 }) => {
      const signature = sm2.signDigest(key().d, value(fields, 'Input'));
      if (equalBytes(signature, value(fields, 'Output'))) fail('the nonce is not random');
    });
  }
  return skip(id, 'unknown-file');
}

const MODES: Readonly<Record<string, string>> = {
  'SM4-ECB': 'ecb',
  'SM4-CBC': 'cbc',
  'SM4-CTR': 'ctr',
  'SM4-OFB': 'ofb',
  'SM4-CFB': 'cfb',
  'SM4-XTS': 'xts',
  'SM4-GCM': 'gcm',
  'SM4-CCM': 'ccm',
};

/** COUNT in four bytes, then BEARER and DIRECTION in one: the five bytes that the forks call IV. */
function zucFrame(fields: Row): ZucFrame {
  const iv = hex(fields, 'IV', 5);
  const direction = iv[4]! & 4 ? 1 : 0;
  const count = new DataView(iv.buffer, iv.byteOffset).getUint32(0);
  return { key: hex(fields, 'Key'), count, bearer: iv[4]! >> 3, direction };
}

function cipherCase(fields: Row, id: string): VectorCase {
  const cipher = text(fields, 'Cipher');
  if (cipher === 'zuc-128-eea3') {
    return check(id, ['zuc'], ({ zuc }) => {
      const [plaintext, ciphertext] = [hex(fields, 'Plaintext'), hex(fields, 'Ciphertext')];
      expectEqual(zuc.eea3(zucFrame(fields), plaintext), ciphertext, 'ciphertext');
      expectEqual(zuc.eea3(zucFrame(fields), ciphertext), plaintext, 'plaintext');
    });
  }
  const mode = MODES[cipher];
  if (mode === undefined) return skip(id, 'unknown-file');
  const copy = (name: string) => (fields[name] === undefined ? {} : { [name.toLowerCase()]: fields[name] });
  const item: Row = {
    mode,
    pt: text(fields, 'Plaintext'),
    ct: text(fields, 'Ciphertext'),
    ...copy('Key'),
    ...copy('IV'),
    ...copy('AAD'),
    ...copy('Tag'),
    ...(fields.XTSStandard === undefined ? {} : { xtsStandard: fields.XTSStandard }),
  };
  return modeCase(item, id);
}

function stanzaCase(stanza: Stanza, keys: Row, id: string): VectorCase {
  const { kind, fields } = stanza;
  if (kind === 'Digest') {
    if (text(fields, kind).toUpperCase() !== 'SM3') return skip(id, 'digest.other');
    return check(id, ['sm3'], ({ sm3 }) => {
      expectEqual(sm3.sm3(value(fields, 'Input')), value(fields, 'Output'), 'digest');
    });
  }
  if (kind === 'MAC') {
    if (text(fields, kind) === 'EIA3') {
      return check(id, ['zuc'], ({ zuc }) => {
        expectEqual(zuc.eia3(zucFrame(fields), value(fields, 'Input')), value(fields, 'Output'), 'MAC');
      });
    }
    if (text(fields, kind) !== 'HMAC' || optional(fields, 'Algorithm') !== 'SM3')
      return skip(id, 'digest.other');
    return check(id, ['sm3', 'hmac-sm3'], ({ sm3 }) => {
      expectEqual(sm3.hmacSm3(value(fields, 'Key'), value(fields, 'Input')), value(fields, 'Output'), 'tag');
    });
  }
  if (kind === 'Cipher') return cipherCase(fields, id);
  return sm2Case(stanza, keys, id);
}

/** Stanzas of OpenSSL's evp_test. */
export function* opensslCases(content: JsonValue): Iterable<VectorCase> {
  for (const [name, file] of Object.entries(row(row(content, 'file').files, 'files'))) {
    const { keys, cases } = row(file, name);
    for (const [i, item] of rows(cases, `${name} cases`).entries()) {
      yield stanzaCase(stanzaOf(item), row(keys ?? {}, 'keys'), `${name} ${i + 1}`);
    }
  }
}

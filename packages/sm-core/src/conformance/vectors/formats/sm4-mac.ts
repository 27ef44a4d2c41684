import { concatBytes, fromHex } from '../../../encoding/bytes.ts';
import { Secret } from '../../../secret.ts';
import type { Sm4MacName, Sm4MacPadding } from '../../../sm4.ts';
import { caseId, hex, optional, type Row, row, rows, text } from '../fields.ts';
import { check, expectEqual, fail, skip, type VectorCase } from '../vector-case.ts';
import { modeCase } from './sm4.ts';

function macCheck(
  id: string,
  algorithm: Sm4MacName,
  key: Uint8Array,
  message: Uint8Array,
  tag: Uint8Array,
  padding: Sm4MacPadding | undefined,
): VectorCase {
  return check(id, ['sm4.cbc'], ({ sm4 }) => {
    const secret = Secret.copy(key);
    const options = { tagBytes: tag.length, ...(padding === undefined ? {} : { padding }) };
    expectEqual(sm4.mac(algorithm, secret, message, options), tag, 'tag');
    if (!sm4.verifyMac(algorithm, secret, message, tag, options)) fail('the tag is refused');
    const wrong = tag.map((byte, i) => (i === tag.length - 1 ? byte ^ 1 : byte));
    if (sm4.verifyMac(algorithm, secret, message, wrong, options)) fail('another tag is accepted');
  });
}

/** The rows over SM4 of `generated/mac`: alg, key, msg, tag. */
const ALGORITHMS: Readonly<Record<string, readonly [Sm4MacName, Sm4MacPadding | undefined]>> = {
  'cmac-sm4': ['cmac', undefined],
  'cbcmac-sm4-nopad': ['cbc-mac', 'none'],
  'cbcmac-sm4-pad2': ['cbc-mac', 'method-2'],
};

/** A row of `generated/mac` over SM4, or `undefined` when it is over something else. */
export function sm4MacCase(item: Row, position: number): VectorCase | undefined {
  const alg = text(item, 'alg');
  if (!Object.hasOwn(ALGORITHMS, alg)) return undefined;
  const [algorithm, padding] = ALGORITHMS[alg]!;
  const id = caseId(item, position);
  return macCheck(id, algorithm, hex(item, 'key'), hex(item, 'msg'), hex(item, 'tag'), padding);
}

/** The MACs of the tables by the function that tests them. */
const TABLES: Readonly<Record<string, Sm4MacName>> = {
  TestCBCMAC: 'cbc-mac',
  TestEMAC: 'emac',
  TestANSIRetailMAC: 'ansi-retail-mac',
  TestMACDES: 'mac-des',
  TestCMAC: 'cmac',
  TestLMAC: 'lmac',
  TestTRCBCMAC: 'tr-cbc-mac',
  TestCBCRMAC: 'cbcr-mac',
};

/** `{hex}`, hex text, or nothing. */
function tableBytes(of: Row, name: string): Uint8Array {
  const value = of[name];
  if (value === undefined || value === null) return new Uint8Array(0);
  return typeof value === 'string' ? fromHex(value) : hex(row(value, name), 'hex');
}

function paddingOf(item: Row): Sm4MacPadding | undefined {
  const name = optional(item, 'newPaddingFunc');
  if (name === undefined) return undefined;
  const method = /ISO9797M([123])Padding$/.exec(name)?.[1];
  return method === undefined ? fail('unknown padding') : (`method-${method}` as Sm4MacPadding);
}

/** A table of `annex/gmsm_standard_annex_tables` under `cbcmac/`. @standard GB/T 15852.1-2020 annex B */
export function* sm4MacTable(table: Row, name: string): Iterable<VectorCase> {
  const algorithm = TABLES[(optional(table, 'in_func') ?? '').replace(/WithPadding$/, '')];
  for (const [i, item] of rows(table.rows, 'rows').entries()) {
    const id = `${name} ${optional(table, 'in_func') ?? ''} ${i + 1}`;
    // One table is CMAC over another block cipher.
    if (algorithm === undefined) {
      yield skip(id, 'cipher.other');
      continue;
    }
    const key =
      item.key === undefined
        ? concatBytes(tableBytes(item, 'key1'), tableBytes(item, 'key2'))
        : tableBytes(item, 'key');
    const [message, tag] = [tableBytes(item, 'src'), tableBytes(item, 'tag')];
    yield macCheck(id, algorithm, key, message, tag, paddingOf(item));
  }
}

/** A table of `annex/gmsm_standard_annex_tables` under `cipher/xts`. @standard GB/T 17964-2021 annex B.7 */
export function* sm4XtsTable(table: Row, name: string): Iterable<VectorCase> {
  for (const [i, item] of rows(table.rows, 'rows').entries()) {
    const fields = {
      key: text(item, 'key'),
      iv: text(item, 'tweak'),
      pt: text(item, 'plaintext'),
      ct: text(item, 'ciphertext'),
    };
    yield modeCase({ mode: 'xts-gb', ...fields }, `${name} ${i + 1}`);
  }
}

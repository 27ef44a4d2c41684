import { concatBytes } from '../../../encoding/bytes.ts';
import { Secret } from '../../../secret.ts';
import type { Sm4Functions } from '../../../sm4.ts';
import {
  caseId,
  casesOf,
  expectation,
  hex,
  hexOrNothing,
  number,
  optional,
  patternBytes,
  type Row,
  row,
  rows,
  text,
} from '../fields.ts';
import {
  check,
  type Expectation,
  expectEqual,
  judge,
  skip,
  type VectorCase,
  type VectorReader,
} from '../vector-case.ts';

function associatedData(item: Row): Uint8Array {
  const pattern = optional(item, 'aad_pattern');
  if (optional(item, 'aad') === undefined && pattern !== undefined) {
    return patternBytes(pattern, number(item, 'aad_len'));
  }
  return hexOrNothing(item, 'aad');
}

/**
 * A case of GCM or CCM with the lengths of its own nonce and tag: `key`, `iv`, `aad`,
 * `ct`, `tag`; `plaintext` is the name of the field with the plaintext.
 */
export function aeadCase(
  mode: 'gcm' | 'ccm',
  item: Row,
  id: string,
  expected: Expectation,
  plaintext = 'pt',
): VectorCase {
  return check(id, mode === 'gcm' ? ['sm4.gcm'] : ['sm4.cbc', 'sm4.ctr'], ({ sm4 }) => {
    const [nonce, tag, ct] = [hex(item, 'iv'), hex(item, 'tag'), hex(item, 'ct')];
    const [aad, sealed] = [associatedData(item), concatBytes(ct, tag)];
    const tagBytes = item.tag_len === undefined ? tag.length : number(item, 'tag_len');
    const cipher = () => sm4[mode](Secret.take(hex(item, 'key')), { nonceBytes: nonce.length, tagBytes });
    if (expected !== 'valid') {
      judge(expected, () => cipher().open(nonce, sealed, aad), hexOrNothing(item, plaintext));
      return;
    }
    const message = hex(item, plaintext);
    expectEqual(cipher().seal(nonce, message, aad), sealed, 'sealed');
    expectEqual(cipher().open(nonce, sealed, aad), message, 'plaintext');
    if (mode === 'gcm') checkPieces(cipher() as ReturnType<Sm4Functions['gcm']>, nonce, message, aad, sealed);
    if (mode === 'gcm' && ct.length === 0) {
      const gmac = sm4.gmac(Secret.take(hex(item, 'key')), nonce, aad, { tagBytes });
      expectEqual(gmac, tag, 'GMAC');
    }
  });
}

/** The streaming form, with a border inside a block. */
function checkPieces(
  gcm: ReturnType<Sm4Functions['gcm']>,
  nonce: Uint8Array,
  message: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): void {
  const stream = gcm.encryptor(nonce, aad);
  const border = message.length >> 1;
  const pieces = [stream.update(message.subarray(0, border)), stream.update(message.subarray(border))];
  expectEqual(concatBytes(...pieces, stream.final()), sealed, 'sealed in pieces');
}

/** `generated/sm4_aead` (all valid) and `negative/sm4_aead`. */
export const sm4AeadCases: VectorReader = (content) =>
  casesOf(content).map((item, i) => {
    const id = caseId(item, i);
    const mode = text(item, 'mode');
    if (mode === 'eax') return skip(id, 'sm4.eax');
    if (mode === 'ocb') return skip(id, 'sm4.ocb');
    if (mode !== 'gcm' && mode !== 'ccm') return skip(id, 'unknown-file');
    return aeadCase(mode, item, id, item.expected === undefined ? 'valid' : expectation(item));
  });

/** Wycheproof AEAD schema. */
export const wycheproofAeadCases: VectorReader = (content) => {
  const file = row(content, 'file');
  const mode = text(file, 'algorithm') === 'SM4-CCM' ? 'ccm' : 'gcm';
  return rows(file.testGroups, 'testGroups').flatMap((group) =>
    rows(group.tests, 'tests').map((item, i) =>
      aeadCase(mode, item, caseId(item, i), expectation({ expected: text(item, 'result') }), 'msg'),
    ),
  );
};

/** A group of Botan's `aead/*.vec`: `Out` is ciphertext ‖ tag. */
export function botanAeadCase(mode: 'gcm' | 'ccm', fields: Row, id: string, tagBytes = 16): VectorCase {
  const out = text(fields, 'Out');
  const end = out.length - 2 * tagBytes;
  const item: Row = {
    key: text(fields, 'Key'),
    iv: text(fields, 'Nonce'),
    aad: optional(fields, 'AD') ?? '',
    pt: optional(fields, 'In') ?? '',
    ct: out.slice(0, end),
    tag: out.slice(end),
  };
  return aeadCase(mode, item, id, 'valid');
}

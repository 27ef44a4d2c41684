import { concatBytes, equalBytes } from '../../encoding/bytes.ts';
import { SM4_GCM_TAG_BYTES } from '../../spec/v1/engine.ts';
import { KAT_SM4_GCM } from '../../spec/v1/known-answers.ts';
import { expectBytes, expectTrue } from '../kit.ts';
import {
  type EngineCase,
  expectInputsUnchanged,
  expectNothing,
  expectThrows,
  flip,
  hex,
  must,
  pattern,
} from './support.ts';

const CLAUSE = 'GB/T 36624-2018 §11';
// Made anew for each use: a subject that damages its inputs must not reach the next case.
const key = () => hex(KAT_SM4_GCM.key);
const nonce = () => hex(KAT_SM4_GCM.nonce);
const aad = () => hex(KAT_SM4_GCM.associatedData);
const plain = () => hex(KAT_SM4_GCM.plaintext);
const sealedData = () => hex(KAT_SM4_GCM.ciphertext + KAT_SM4_GCM.tag);
const SEALED = sealedData();
const CIPHERTEXT_BYTES = SEALED.length - SM4_GCM_TAG_BYTES;
const otherKey = () => hex('fedcba98765432100123456789abcdef');
const NOTHING = new Uint8Array(0);

/** Refused must be `sealed`, or the genuine data under what `changed` names. */
const rejects = (
  id: string,
  sealed: Uint8Array,
  changed: { readonly aad?: Uint8Array; readonly nonce?: Uint8Array; readonly key?: Uint8Array } = {},
) =>
  must(id, `${CLAUSE}.6`, ['sm4.gcm'], (engine) => {
    const gcm = engine.sm4Gcm(Uint8Array.from(changed.key ?? key()));
    const opened = gcm.open(
      Uint8Array.from(changed.nonce ?? nonce()),
      Uint8Array.from(sealed),
      Uint8Array.from(changed.aad ?? aad()),
    );
    expectNothing(opened, 'opening');
  });

/** SM4-GCM cases. */
export const SM4_GCM_CASES: readonly EngineCase[] = [
  must('sm4.gcm.rfc8998-seals', 'RFC 8998 §A.1', ['sm4.gcm'], (engine) => {
    expectBytes(engine.sm4Gcm(key()).seal(nonce(), plain(), aad()), SEALED, 'sealed');
  }),
  must('sm4.gcm.rfc8998-opens', 'RFC 8998 §A.1', ['sm4.gcm'], (engine) => {
    expectBytes(engine.sm4Gcm(key()).open(nonce(), sealedData(), aad()), plain(), 'plaintext');
  }),
  must('sm4.gcm.tag-of-nothing', CLAUSE, ['sm4.gcm', 'sm4.ecb-block'], (engine) => {
    // GHASH of nothing is zero, so the tag is the first key stream block.
    const tag = engine.sm4Block(key(), concatBytes(nonce(), hex('00000001')), 'encrypt');
    expectBytes(engine.sm4Gcm(key()).seal(nonce(), NOTHING, NOTHING), tag, 'tag');
  }),
  must('sm4.gcm.every-length-opens', CLAUSE, ['sm4.gcm'], (engine) => {
    const gcm = engine.sm4Gcm(key());
    for (const length of [0, 1, 15, 16, 17, 31, 33, 300]) {
      const sealed = gcm.seal(nonce(), pattern(length), pattern(300 - length));
      expectTrue(sealed.length === length + SM4_GCM_TAG_BYTES, 'wrong length of the sealed data');
      expectBytes(gcm.open(nonce(), sealed, pattern(300 - length)), pattern(length), `${length} bytes`);
    }
  }),
  must('sm4.gcm.every-bit-of-the-tag-counts', `${CLAUSE}.6`, ['sm4.gcm'], (engine) => {
    const gcm = engine.sm4Gcm(key());
    for (let bit = 0; bit < 8 * SM4_GCM_TAG_BYTES; bit++) {
      const changed = flip(SEALED, CIPHERTEXT_BYTES + (bit >> 3), bit & 7);
      expectNothing(gcm.open(nonce(), changed, aad()), `tag with bit ${bit} changed`);
    }
  }),
  rejects('sm4.gcm.rejects-zero-tag', concatBytes(SEALED.subarray(0, CIPHERTEXT_BYTES), new Uint8Array(16))),
  rejects('sm4.gcm.rejects-truncated-tag', SEALED.subarray(0, SEALED.length - 1)),
  rejects('sm4.gcm.rejects-missing-tag', SEALED.subarray(0, CIPHERTEXT_BYTES)),
  rejects(
    'sm4.gcm.rejects-tag-in-front',
    concatBytes(SEALED.subarray(CIPHERTEXT_BYTES), SEALED.subarray(0, CIPHERTEXT_BYTES)),
  ),
  rejects('sm4.gcm.rejects-first-bit-of-ciphertext', flip(SEALED, 0, 7)),
  rejects('sm4.gcm.rejects-last-bit-of-ciphertext', flip(SEALED, CIPHERTEXT_BYTES - 1)),
  rejects('sm4.gcm.rejects-trailing-byte', concatBytes(SEALED, Uint8Array.of(0))),
  rejects('sm4.gcm.rejects-changed-associated-data', SEALED, { aad: flip(aad(), 0) }),
  rejects('sm4.gcm.rejects-dropped-associated-data', SEALED, { aad: NOTHING }),
  rejects('sm4.gcm.rejects-zero-padded-associated-data', SEALED, {
    aad: concatBytes(aad(), Uint8Array.of(0)),
  }),
  rejects('sm4.gcm.rejects-first-bit-of-nonce', SEALED, { nonce: flip(nonce(), 0, 7) }),
  rejects('sm4.gcm.rejects-last-bit-of-nonce', SEALED, { nonce: flip(nonce(), 11) }),
  rejects('sm4.gcm.rejects-another-key', SEALED, { key: otherKey() }),
  rejects('sm4.gcm.rejects-shorter-than-a-tag', SEALED.subarray(0, 15)),
  rejects('sm4.gcm.rejects-empty', NOTHING),
  must('sm4.gcm.boundary-of-data-counts', `${CLAUSE}.6`, ['sm4.gcm'], (engine) => {
    // The same bytes with the border between associated data and ciphertext moved by one block.
    const gcm = engine.sm4Gcm(key());
    const sealed = gcm.seal(nonce(), plain(), pattern(16));
    const moved = concatBytes(pattern(16), sealed.subarray(0, 16));
    expectNothing(gcm.open(nonce(), sealed.subarray(16), moved), 'opening with a moved border');
  }),
  must('sm4.gcm.another-nonce-changes-everything', CLAUSE, ['sm4.gcm'], (engine) => {
    const gcm = engine.sm4Gcm(key());
    const one = gcm.seal(nonce(), plain(), aad());
    const other = gcm.seal(flip(nonce(), 11), plain(), aad());
    expectTrue(!equalBytes(one.subarray(0, 16), other.subarray(0, 16)), 'the nonce does not reach the data');
    expectTrue(!equalBytes(one.subarray(-16), other.subarray(-16)), 'the nonce does not reach the tag');
  }),
  must('sm4.gcm.failed-opening-leaves-the-key-usable', CLAUSE, ['sm4.gcm'], (engine) => {
    const gcm = engine.sm4Gcm(key());
    gcm.open(nonce(), flip(SEALED, 0), aad());
    expectBytes(gcm.open(nonce(), sealedData(), aad()), plain(), 'plaintext');
  }),
  must('sm4.gcm.key-buffer-may-be-zeroed', CLAUSE, ['sm4.gcm'], (engine) => {
    const buffer = key();
    const gcm = engine.sm4Gcm(buffer);
    buffer.fill(0);
    expectBytes(gcm.seal(nonce(), plain(), aad()), SEALED, 'sealed');
  }),
  must('sm4.gcm.two-keys-do-not-mix', CLAUSE, ['sm4.gcm'], (engine) => {
    const gcm = engine.sm4Gcm(key());
    engine.sm4Gcm(otherKey()).seal(nonce(), plain(), aad());
    expectBytes(gcm.seal(nonce(), plain(), aad()), SEALED, 'sealed');
  }),
  must('sm4.gcm.seals-nothing-after-destroy', 'GM/T 0028-2014 §7.9', ['sm4.gcm'], (engine) => {
    const gcm = engine.sm4Gcm(key());
    gcm.destroy();
    expectThrows(() => gcm.seal(nonce(), plain(), aad()), 'sealing after destroy');
  }),
  must('sm4.gcm.opens-nothing-after-destroy', 'GM/T 0028-2014 §7.9', ['sm4.gcm'], (engine) => {
    const gcm = engine.sm4Gcm(key());
    gcm.destroy();
    expectThrows(() => gcm.open(nonce(), sealedData(), aad()), 'opening after destroy');
  }),
  must('sm4.gcm.inputs-are-not-changed', CLAUSE, ['sm4.gcm'], (engine) => {
    const inputs = [nonce(), sealedData(), aad()] as const;
    const gcm = engine.sm4Gcm(key());
    expectInputsUnchanged(inputs, () => gcm.open(...inputs));
    expectInputsUnchanged(inputs, () => gcm.seal(...inputs));
  }),
];

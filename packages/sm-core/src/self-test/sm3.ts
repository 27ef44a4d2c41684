import { equalBytes } from '../encoding/bytes.ts';
import { createSm3 } from '../sm3.ts';
import {
  KAT_HMAC_SM3,
  KAT_SM3_ABC,
  KAT_SM3_ABCD16,
  KAT_SM3_EMPTY,
  KAT_ZUC,
} from '../spec/v1/known-answers.ts';
import { hex, type KnownAnswerTest, type SelfTestId } from './support.ts';

const ALL = [KAT_SM3_ABC, KAT_SM3_ABCD16, KAT_SM3_EMPTY] as const;

/** Known answers of SM3, HMAC-SM3 and ZUC. @standard GB/T 32905-2016 Annex A, GB/T 33133.1-2016 Annex A */
export const HASH_TESTS = {
  sm3: (engine) =>
    ALL.every(({ message, digest }) => {
      const bytes = hex(message);
      const [head, tail] = [bytes.subarray(0, 2), bytes.subarray(2)];
      return (
        equalBytes(engine.sm3().update(head).clone().update(tail).digest(), hex(digest)) &&
        equalBytes(engine.sm3Digest(head, tail), hex(digest))
      );
    }),
  'sm3.many': (engine) => {
    // Five messages: one more than the lanes that work side by side.
    const cases = [...ALL, KAT_SM3_ABCD16, KAT_SM3_ABC];
    const digests = engine.sm3Many(cases.map(({ message }) => hex(message)));
    return (
      digests.length === cases.length && cases.every(({ digest }, i) => equalBytes(digests[i]!, hex(digest)))
    );
  },
  'hmac-sm3': (engine) => {
    const { key, message, tag } = KAT_HMAC_SM3;
    return equalBytes(createSm3(engine).hmacSm3(hex(key), hex(message)), hex(tag));
  },
  zuc: (engine) => {
    const { key, iv, words } = KAT_ZUC;
    const stream = engine.zuc(hex(key), hex(iv));
    try {
      // One word at a time, so that the state has to live on between the calls.
      return words.every((word) => {
        const out = new Uint32Array(1);
        stream.words(out);
        return out[0] === Number.parseInt(word, 16);
      });
    } finally {
      stream.destroy();
    }
  },
} as const satisfies Partial<Record<SelfTestId, KnownAnswerTest>>;

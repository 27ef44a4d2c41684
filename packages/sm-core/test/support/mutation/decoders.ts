import {
  decodeCiphertext,
  decodeSignature,
  encodeCiphertext,
  encodeSignature,
} from '../../../src/encoding/sm2.ts';
import {
  canonicalJson,
  concatBytes,
  DerReader,
  derElement,
  derUnsigned,
  fromBase64,
  fromHex,
  fromUtf8,
  parseJson,
  Secret,
  sm2,
  sm4,
  toBase64,
  toHex,
  utf8,
} from '../../../src/index.ts';

/** A decoder with good inputs, and what it must hold to. */
export interface Decoder {
  readonly name: string;
  readonly samples: readonly Uint8Array[];
  /** How many mutations; a curve operation each is slow. */
  readonly count: number;
  /**
   * Decodes and encodes again. `undefined` is a refusal without an error, as `false` of a
   * verification; bytes must be equal to the input.
   */
  reencode(input: Uint8Array): Uint8Array | undefined;
  /** The only codes that a refusal may have; any when left out. */
  readonly codes?: readonly string[];
  /** What counts as the same input: texts that differ in the case of hex digits, for example. */
  canonical?(input: Uint8Array): Uint8Array;
}

const key = sm2.keyPair(
  Secret.take(fromHex('3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8')),
);
const messages = [utf8('a'), utf8('message digest'), new Uint8Array(200).fill(7)];
const SLOW = 5000;
const FAST = 10_000;

/** A text decoder over bytes: what is no UTF-8 is not given to it. */
const ofText = (decode: (text: string) => string) => (input: Uint8Array) =>
  utf8(decode(new TextDecoder().decode(input)));
const wellFormed = (input: Uint8Array): Uint8Array => utf8(new TextDecoder().decode(input));

const derSamples = messages.map((message) => sm2.sign(key.privateKey, message));
const rawSamples = messages.map((message) => sm2.sign(key.privateKey, message, { format: 'raw' }));
const ciphertexts = (format: 'der' | 'c1c3c2' | 'c1c2c3') =>
  messages.map((message) => sm2.encrypt(key.publicKey, message, { format }));

const ENCODINGS: readonly Decoder[] = [
  {
    name: 'DER elements',
    samples: derSamples,
    count: FAST,
    codes: ['ERR_DER_MALFORMED'],
    reencode: (input) => {
      const outer = new DerReader(input);
      const inner = new DerReader(outer.element(0x30));
      outer.end();
      const [r, s] = [inner.unsigned(32), inner.unsigned(32)];
      inner.end();
      return derElement(0x30, derUnsigned(r), derUnsigned(s));
    },
  },
  {
    name: 'signature, DER',
    samples: derSamples,
    count: FAST,
    codes: ['ERR_SM2_SIGNATURE_MALFORMED'],
    reencode: (input) => encodeSignature(decodeSignature(input, 'der'), 'der'),
  },
  {
    name: 'signature, raw',
    samples: rawSamples,
    count: FAST,
    codes: ['ERR_SM2_SIGNATURE_MALFORMED'],
    reencode: (input) => encodeSignature(decodeSignature(input, 'raw'), 'raw'),
  },
  ...(['der', 'c1c3c2', 'c1c2c3'] as const).map((format) => ({
    name: `ciphertext, ${format}`,
    samples: ciphertexts(format),
    count: FAST,
    reencode: (input: Uint8Array) => encodeCiphertext(decodeCiphertext(input, format), format),
  })),
  {
    name: 'hex',
    samples: [utf8('00ff10'), utf8('ABCDEF0123456789')],
    count: FAST,
    codes: ['ERR_INPUT_ENCODING'],
    reencode: ofText((text) => toHex(fromHex(text))),
    canonical: (input) => utf8(new TextDecoder().decode(input).toLowerCase()),
  },
  {
    name: 'base64',
    samples: [utf8('AAECAw=='), utf8('//79/Pv6'), utf8('AA==')],
    count: FAST,
    codes: ['ERR_INPUT_ENCODING'],
    reencode: ofText((text) => toBase64(fromBase64(text))),
    canonical: wellFormed,
  },
  {
    name: 'UTF-8',
    samples: [utf8('plain'), utf8('国密 SM2 😀 \ufeff'), utf8('\u0000\u007f\u0080\uffff')],
    count: FAST,
    codes: ['ERR_INPUT_ENCODING'],
    reencode: (input) => utf8(fromUtf8(input)),
  },
  {
    name: 'JSON',
    samples: [
      utf8('{"a":[1,2,{"b":"\\u4e2d\\"\\\\"}],"c":null,"d":true,"e":-17}'),
      utf8('[[[[]]],{"__proto__":{"x":1}},"",0]'),
      canonicalJson({ z: 'é', y: [false, 9007199254740991] }),
    ],
    count: FAST,
    codes: ['ERR_JSON_MALFORMED', 'ERR_INPUT_ENCODING'],
    reencode: (input) => {
      const value = parseJson(input, 4096);
      const again = canonicalJson(value);
      // White space, order and escapes may differ from the input, but not the second time.
      return Buffer.compare(canonicalJson(parseJson(again, 8192)), again) === 0 ? input : again;
    },
  },
];

const CURVE: readonly Decoder[] = [
  {
    name: 'point',
    samples: [key.publicKey, sm2.compress(key.publicKey)],
    count: FAST,
    codes: ['ERR_SM2_PUBLIC_KEY_INVALID', 'ERR_INPUT_LENGTH'],
    reencode: (input) => {
      const point = sm2.publicKey(input);
      // A mutation may give 02 or 03 and an x that has a point.
      return input.length === 33
        ? concatBytes(Uint8Array.of(2 + (point[64]! & 1)), point.subarray(1, 33))
        : point;
    },
  },
  {
    name: 'private key',
    samples: [key.privateKey.use((d) => d.slice())],
    count: SLOW,
    codes: ['ERR_SM2_PRIVATE_KEY_INVALID', 'ERR_INPUT_LENGTH'],
    reencode: (input) => sm2.keyPair(Secret.copy(input)).privateKey.use((d) => d.slice()),
  },
  ...(['der', 'raw'] as const).map((format) => ({
    name: `verification, ${format}`,
    samples: format === 'der' ? [derSamples[1]!] : [rawSamples[1]!],
    count: SLOW,
    codes: ['ERR_SM2_SIGNATURE_MALFORMED'],
    reencode: (input: Uint8Array) =>
      sm2.verify(key.publicKey, messages[1]!, input, { format })
        ? (format === 'der' ? derSamples : rawSamples)[1]
        : undefined,
  })),
  ...(['der', 'c1c3c2', 'c1c2c3'] as const).map((format) => {
    const samples = ciphertexts(format);
    return {
      name: `decryption, ${format}`,
      samples: [samples[1]!],
      count: SLOW,
      codes: ['ERR_DECRYPT_FAILED'],
      reencode: (input: Uint8Array) => {
        sm2.decrypt(key.privateKey, input, { format });
        return samples[1];
      },
    };
  }),
];

const sm4Key = () => Secret.take(fromHex('0123456789abcdeffedcba9876543210'));
const gcm = sm4.gcm(sm4Key());
const aad = utf8('open data');
const boxes = messages.map((message) => gcm.sealBox(message, aad));
const iv = new Uint8Array(16);

const aead = sm4.aead(sm4Key());
const wrappedSamples = [16, 24, 120].map((size) =>
  sm4.wrapKey(sm4Key(), Secret.take(new Uint8Array(size).fill(size))),
);
const ccm = () => sm4.ccm(sm4Key());
const ccmNonce = new Uint8Array(12);
const ccmSamples = messages.map((message) => ccm().seal(ccmNonce, message, aad));

const SYMMETRIC: readonly Decoder[] = [
  {
    name: 'AEAD box',
    samples: boxes,
    count: FAST,
    codes: ['ERR_DECRYPT_FAILED'],
    reencode: (input) => {
      const message = aead.open(input, aad);
      return boxes[messages.findIndex((item) => Buffer.compare(item, message) === 0)];
    },
  },
  {
    name: 'CCM',
    samples: ccmSamples,
    count: FAST,
    codes: ['ERR_DECRYPT_FAILED'],
    reencode: (input) => ccm().seal(ccmNonce, ccm().open(ccmNonce, input, aad), aad),
  },
  {
    name: 'wrapped key',
    samples: wrappedSamples,
    count: FAST,
    codes: ['ERR_DECRYPT_FAILED'],
    reencode: (input) => sm4.wrapKey(sm4Key(), sm4.unwrapKey(sm4Key(), input)),
  },
  {
    name: 'GCM box',
    samples: boxes,
    count: FAST,
    codes: ['ERR_DECRYPT_FAILED'],
    // Whatever opens must be one of the boxes.
    reencode: (input) => {
      const message = gcm.openBox(input, aad);
      return boxes[messages.findIndex((item) => Buffer.compare(item, message) === 0)];
    },
  },
  {
    name: 'CBC with padding',
    samples: messages.map((message) => sm4.cbcEncrypt(sm4Key(), iv, message)),
    count: FAST,
    codes: ['ERR_DECRYPT_FAILED'],
    // Not authenticated: what has a right padding comes out, and goes back to the same bytes.
    reencode: (input) => sm4.cbcEncrypt(sm4Key(), iv, sm4.cbcDecrypt(sm4Key(), iv, input)),
  },
];

/** Everything here that reads bytes from outside. */
export const DECODERS: readonly Decoder[] = [...ENCODINGS, ...CURVE, ...SYMMETRIC];

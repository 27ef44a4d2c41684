import { type Value, write } from './file.ts';

type Fields = { readonly [name: string]: Value };

/** Fields of a group type: those of the group, those of each case, and those that a case may have. */
interface GroupShape {
  readonly group?: Fields;
  readonly test: Fields;
  readonly optional?: Fields;
}

const HEX = { $ref: '#/$defs/hex' };
const BYTES32 = { type: 'string', pattern: '^[0-9a-f]{64}$' };
const BYTES16 = { type: 'string', pattern: '^[0-9a-f]{32}$' };
const BYTES64 = { type: 'string', pattern: '^[0-9a-f]{128}$' };
const POINT = { type: 'string', pattern: '^04[0-9a-f]{128}$' };
const COUNT = { type: 'integer', minimum: 0 };
const oneOf = (...values: readonly string[]): Fields => ({ enum: values });
const NONCES = { type: 'array', minItems: 1, items: BYTES32 };
const SIGNATURE_FORMAT = oneOf('der', 'raw');
const CIPHER_FORMAT = oneOf('c1c3c2', 'c1c2c3', 'der');
const AEAD = {
  group: { ivSize: COUNT, keySize: COUNT, tagSize: COUNT },
  test: { key: BYTES16, iv: HEX, aad: HEX, msg: HEX, ct: HEX, tag: HEX },
} as const;
const EXCHANGE = {
  role: oneOf('initiator', 'responder'),
  privateKey: BYTES32,
  ephemeralPrivateKey: BYTES32,
  id: HEX,
  peerPublicKey: HEX,
  peerEphemeralPublicKey: HEX,
  peerId: HEX,
  keyBytes: COUNT,
} as const;
const FRAME = {
  key: BYTES16,
  count: { type: 'integer', minimum: 0, maximum: 4294967295 },
  bearer: { type: 'integer', minimum: 0, maximum: 31 },
  direction: { type: 'integer', minimum: 0, maximum: 1 },
  bits: COUNT,
  msg: HEX,
} as const;

const SHAPES: Readonly<Record<string, Readonly<Record<string, GroupShape>>>> = {
  'sm2-sign': {
    Sm2Sign: {
      group: { privateKey: BYTES32, publicKey: POINT, id: HEX },
      test: { msg: HEX, e: BYTES32, nonces: NONCES, sig: BYTES64 },
    },
    Sm2SignDigest: {
      group: { privateKey: BYTES32, publicKey: POINT },
      test: { e: BYTES32, nonces: NONCES, sig: BYTES64 },
      optional: { der: HEX },
    },
  },
  'sm2-verify': {
    Sm2Verify: { group: { publicKey: HEX, id: HEX }, test: { msg: HEX, format: SIGNATURE_FORMAT, sig: HEX } },
    Sm2VerifyDigest: {
      group: { publicKey: POINT },
      test: { e: BYTES32, format: SIGNATURE_FORMAT, sig: HEX },
    },
  },
  'sm2-encrypt': {
    Sm2Encrypt: {
      group: { privateKey: BYTES32, publicKey: POINT },
      test: { msg: HEX, format: CIPHER_FORMAT, nonces: NONCES, ct: HEX },
    },
    Sm2Decrypt: {
      group: { privateKey: BYTES32 },
      test: { format: CIPHER_FORMAT, ct: HEX },
      optional: { msg: HEX },
    },
  },
  'sm2-exchange': {
    // What all cases of a group share stands in the group.
    Sm2Exchange: {
      test: { confirmReceived: HEX },
      optional: { ...EXCHANGE, point: POINT, key: HEX, confirmSent: BYTES32 },
    },
  },
  'sm2-keys': {
    Sm2PrivateKey: { test: { privateKey: HEX }, optional: { publicKey: POINT } },
    Sm2PublicKey: { test: { encoded: HEX }, optional: { publicKey: POINT } },
    Sm2Multiply: { test: { scalar: BYTES32, point: POINT, product: POINT } },
  },
  sm3: { Sm3: { test: { msg: HEX, digest: BYTES32 } } },
  'hmac-sm3': {
    MacTest: { group: { keySize: COUNT, tagSize: COUNT }, test: { key: HEX, msg: HEX, tag: HEX } },
  },
  'hkdf-sm3': { HkdfTest: { test: { ikm: HEX, salt: HEX, info: HEX, size: COUNT }, optional: { okm: HEX } } },
  'pbkdf2-hmac-sm3': {
    PbkdfTest: {
      test: { password: HEX, salt: HEX, iterationCount: COUNT, dkLen: COUNT },
      optional: { dk: HEX },
    },
  },
  'sm2-kdf': { Sm2Kdf: { test: { z: HEX, size: COUNT, out: HEX } } },
  'sm4-modes': {
    Sm4Iterated: { test: { key: BYTES16, msg: BYTES16, iterations: COUNT, ct: BYTES16 } },
    Sm4Mode: {
      group: { mode: oneOf('ecb', 'cbc', 'ctr', 'cfb', 'ofb'), padding: oneOf('none', 'pkcs7') },
      test: { key: BYTES16, ct: HEX },
      optional: { iv: BYTES16, msg: HEX },
    },
  },
  'sm4-gcm': { AeadTest: AEAD },
  'sm4-ccm': { AeadTest: AEAD },
  zuc: {
    ZucKeystream: { test: { key: BYTES16, iv: BYTES16, skipWords: COUNT, keystream: HEX } },
    ZucEea3: { test: { ...FRAME, ct: HEX } },
    ZucEia3: { test: { ...FRAME, mac: { type: 'string', pattern: '^[0-9a-f]{8}$' } } },
  },
};

const object = (required: Fields, optional: Fields = {}): Fields => ({
  type: 'object',
  required: Object.keys(required),
  additionalProperties: false,
  properties: { ...required, ...optional },
});

const TEXTS = { type: 'array', minItems: 1, items: { type: 'string' } };

function groupSchema(type: string, { group = {}, test, optional = {} }: GroupShape): Fields {
  const shared = type === 'Sm2Exchange' ? EXCHANGE : {};
  const common = {
    tcId: { type: 'integer', minimum: 1 },
    comment: { type: 'string' },
    flags: { ...TEXTS, uniqueItems: true },
    ...test,
  };
  const tests = {
    type: 'array',
    minItems: 1,
    items: object({ ...common, result: { $ref: '#/$defs/result' } }, optional),
  };
  return object({ type: { const: type }, ...group, tests }, shared);
}

/** A JSON Schema for each file, by its path below `vectors`. */
export function* makeSchemas(): Iterable<{ readonly path: string; readonly text: string }> {
  for (const [name, groups] of Object.entries(SHAPES)) {
    const note = object(
      { bugType: { type: 'string' }, description: { type: 'string' } },
      { clause: { type: 'string' } },
    );
    const file = object({
      algorithm: { type: 'string' },
      schema: { const: `${name}.schema.json` },
      numberOfTests: { type: 'integer', minimum: 1 },
      header: TEXTS,
      verifiedBy: TEXTS,
      notes: { type: 'object', additionalProperties: note },
      testGroups: {
        type: 'array',
        minItems: 1,
        items: { oneOf: Object.entries(groups).map(([type, shape]) => groupSchema(type, shape)) },
      },
    });
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: `Test vectors ${name}`,
      ...file,
      $defs: {
        hex: { type: 'string', pattern: '^([0-9a-f]{2})*$' },
        result: { enum: ['valid', 'invalid', 'acceptable'] },
      },
    };
    yield { path: `schemas/${name}.schema.json`, text: `${write(schema as unknown as Value, '')}\n` };
  }
}

import { concatBytes, fromHex } from '../../../encoding/bytes.ts';
import { Secret } from '../../../secret.ts';
import { hex, number, optional, type Row, text } from '../fields.ts';
import { type OwnTest, ownReader } from '../own-tests.ts';
import {
  check,
  expectEqual,
  fail,
  givenNonces,
  judge,
  type VectorCase,
  type VectorReader,
  type VectorSubject,
} from '../vector-case.ts';

const secret = (fields: Row, name = 'privateKey'): Secret => Secret.take(hex(fields, name));

function oneOf<const T extends string>(fields: Row, name: string, allowed: readonly T[]): T {
  const value = text(fields, name);
  return allowed.find((item) => item === value) ?? fail(`field ${name} has an unknown value`);
}

const signatureFormat = (fields: Row) => oneOf(fields, 'format', ['der', 'raw']);
const ciphertextFormat = (fields: Row) => oneOf(fields, 'format', ['der', 'c1c3c2', 'c1c2c3']);

function nonces(fields: Row): readonly Uint8Array[] {
  const list = fields.nonces;
  if (!Array.isArray(list)) return fail('field nonces is not a list');
  return list.map((item: unknown) =>
    typeof item === 'string' ? fromHex(item) : fail('a nonce is not a text'),
  );
}

function* signCases({ id, type, fields }: OwnTest): Iterable<VectorCase> {
  const overDigest = type === 'Sm2SignDigest';
  yield check(id, ['sm3', 'sm2.keygen', 'sm2.sign', 'sm2.random'], ({ sm2 }) => {
    const { random, allTaken } = givenNonces(nonces(fields));
    const signature = overDigest
      ? sm2.signDigest(secret(fields), hex(fields, 'e'), { format: 'raw', random })
      : sm2.sign(secret(fields), hex(fields, 'msg'), { id: hex(fields, 'id'), format: 'raw', random });
    expectEqual(signature, hex(fields, 'sig'), 'signature');
    allTaken();
  });
  yield check(`${id} signer`, ['sm3', 'sm2.keygen', 'sm2.sign', 'sm2.random'], ({ sm2 }) => {
    const { random, allTaken } = givenNonces(nonces(fields));
    const pair = sm2.keyPair(secret(fields));
    expectEqual(pair.publicKey, hex(fields, 'publicKey'), 'public key');
    const id = overDigest ? {} : { id: hex(fields, 'id') };
    const signer = sm2.signer(pair, { ...id, format: 'raw', random });
    const signature = overDigest ? signer.signDigest(hex(fields, 'e')) : signer.sign(hex(fields, 'msg'));
    expectEqual(signature, hex(fields, 'sig'), 'signature of a signer');
    allTaken();
    signer.destroy();
  });
  yield check(`${id} verifying`, overDigest ? ['sm2.verify'] : ['sm3', 'sm2.verify'], ({ sm2 }) => {
    const publicKey = hex(fields, 'publicKey');
    const verify = (name: string, format: 'raw' | 'der'): boolean =>
      overDigest
        ? sm2.verifyDigest(publicKey, hex(fields, 'e'), hex(fields, name), { format })
        : sm2.verify(publicKey, hex(fields, 'msg'), hex(fields, name), { id: hex(fields, 'id'), format });
    if (!verify('sig', 'raw')) fail('r‖s does not verify');
    if (optional(fields, 'der') !== undefined && !verify('der', 'der')) fail('DER does not verify');
  });
}

function* verifyCases({ id, type, fields, expected }: OwnTest): Iterable<VectorCase> {
  const format = signatureFormat(fields);
  const [publicKey, signature] = [hex(fields, 'publicKey'), hex(fields, 'sig')];
  if (type === 'Sm2VerifyDigest') {
    yield check(id, ['sm3', 'sm2.verify'], ({ sm2 }) => {
      const e = hex(fields, 'e');
      judge(expected, () => sm2.verifyDigest(publicKey, e, signature, { format }));
      judge(expected, () => sm2.verifier(publicKey, { format }).verifyDigest(e, signature));
    });
    return;
  }
  yield check(id, ['sm3', 'sm2.verify'], ({ sm2 }) => {
    const options = { id: hex(fields, 'id'), format };
    const message = hex(fields, 'msg');
    judge(expected, () => sm2.verify(publicKey, message, signature, options));
    judge(expected, () => sm2.verifier(publicKey, options).verify(message, signature));
  });
}

function* cipherCases({ id, type, fields, expected }: OwnTest): Iterable<VectorCase> {
  const format = ciphertextFormat(fields);
  if (type === 'Sm2Encrypt') {
    yield check(`${id} encrypting`, ['sm2.encrypt', 'sm2.random'], ({ sm2 }) => {
      const { random, allTaken } = givenNonces(nonces(fields));
      const ciphertext = sm2.encrypt(hex(fields, 'publicKey'), hex(fields, 'msg'), { format, random });
      expectEqual(ciphertext, hex(fields, 'ct'), 'ciphertext');
      allTaken();
    });
  }
  yield check(id, ['sm2.decrypt'], ({ sm2 }) => {
    const message = expected === 'invalid' ? undefined : hex(fields, 'msg');
    judge(expected, () => sm2.decrypt(secret(fields), hex(fields, 'ct'), { format }), message);
  });
}

function* keyCases({ id, type, fields, expected }: OwnTest): Iterable<VectorCase> {
  if (type === 'Sm2PrivateKey') {
    yield check(id, ['sm2.keygen'], ({ sm2 }) => {
      const publicKey = expected === 'invalid' ? undefined : hex(fields, 'publicKey');
      judge(expected, () => sm2.keyPair(secret(fields)).publicKey, publicKey);
    });
  } else if (type === 'Sm2Multiply') {
    yield check(id, ['sm2.multiply'], ({ engine }) => {
      const product = engine.sm2Multiply(hex(fields, 'scalar', 32), hex(fields, 'point', 65));
      expectEqual(product, hex(fields, 'product'), 'multiple');
    });
  } else {
    const encoded = hex(fields, 'encoded');
    const compressed = encoded[0] === 2 || encoded[0] === 3;
    yield check(id, compressed ? ['sm2.verify', 'sm2.decompress'] : ['sm2.verify'], ({ sm2 }) => {
      const publicKey = expected === 'invalid' ? undefined : hex(fields, 'publicKey');
      judge(expected, () => sm2.publicKey(encoded), publicKey);
    });
  }
}

/** The run of one side, as far as the key and the confirmation that it sends. */
function runExchange({ sm2 }: VectorSubject, fields: Row): Uint8Array {
  const { random, allTaken } = givenNonces([hex(fields, 'ephemeralPrivateKey')]);
  const role = oneOf(fields, 'role', ['initiator', 'responder']);
  const begun = sm2.keyExchange({
    role,
    pair: sm2.keyPair(secret(fields)),
    id: hex(fields, 'id'),
    peerPublicKey: hex(fields, 'peerPublicKey'),
    peerId: hex(fields, 'peerId'),
    keyLength: number(fields, 'keyBytes'),
    random,
  });
  begun.offer();
  allTaken();
  const agreed = begun.agree(hex(fields, 'peerEphemeralPublicKey'));
  const received = hex(fields, 'confirmReceived');
  if ('confirmation' in agreed) {
    const sent = agreed.confirmation;
    return concatBytes(bytesOf(agreed.confirm(received)), sent);
  }
  const { key, confirmation } = agreed.confirm(received);
  return concatBytes(bytesOf(key), confirmation);
}

const bytesOf = (key: Secret): Uint8Array => key.use((bytes) => bytes.slice());

function* exchangeCases({ id, fields, expected }: OwnTest): Iterable<VectorCase> {
  yield check(id, ['sm3', 'sm2.keygen', 'sm2.exchange'], (subject) => {
    const sent =
      expected === 'invalid' ? undefined : concatBytes(hex(fields, 'key'), hex(fields, 'confirmSent'));
    judge(expected, () => runExchange(subject, fields), sent);
    if (expected === 'invalid') return;
    const { engine } = subject;
    const ephemeralPrivateKey = hex(fields, 'ephemeralPrivateKey', 32);
    const point = engine.sm2ExchangePoint({
      privateKey: hex(fields, 'privateKey', 32),
      ephemeralPrivateKey,
      ephemeralPublicKey: engine.sm2PublicKey(ephemeralPrivateKey),
      peerPublicKey: hex(fields, 'peerPublicKey', 65),
      peerEphemeralPublicKey: hex(fields, 'peerEphemeralPublicKey', 65),
    });
    expectEqual(point ?? fail('no point'), hex(fields, 'point'), 'shared point');
  });
}

/** `sm2-exchange`. */
export const ownSm2Exchange: VectorReader = ownReader(exchangeCases);
/** `sm2-sign`. */
export const ownSm2Sign: VectorReader = ownReader(signCases);
/** `sm2-verify`. */
export const ownSm2Verify: VectorReader = ownReader(verifyCases);
/** `sm2-encrypt`. */
export const ownSm2Encrypt: VectorReader = ownReader(cipherCases);
/** `sm2-keys`. */
export const ownSm2Keys: VectorReader = ownReader(keyCases);

import { concatBytes, fromHex, Secret, type Sm2KeyPair, sm2, sm4, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { sm2SoftwareDecipherer } from '../src/adapters/software.ts';
import { encodeSm2PublicKeyInfo, envelopeKeyPair, openEnvelopedKey } from '../src/containers/index.ts';
import { bits, integer, NULL, octets, oid, sequence } from '../src/internal/write.ts';
import type { KeyDecipherer } from '../src/spec/v1/decipherer.ts';
import { codeOf } from './support/codes.ts';
import { rejectionOf } from './support/containers.ts';
import { derOf, sharedPresent, vectorCases } from './support/shared.ts';

const CONTAINERS = 'vectors/certs/containers.json';
const MALFORMED = 'ERR_PKI_CONTAINER_MALFORMED';
const FAILED = 'ERR_DECRYPT_FAILED';
const recipient = sm2.generateKeyPair();
const pair = sm2.generateKeyPair();
const decipherer = sm2SoftwareDecipherer(recipient);
const d = (key: Sm2KeyPair) => key.privateKey.use(toHex);

type Enveloped = { recipient_d: string; private_key: string; pub: string };
const vectors = (sharedPresent(CONTAINERS) ? vectorCases(CONTAINERS) : []).filter(
  ({ kind }) => kind === 'sm2-enveloped-key',
);

/** SM2EnvelopedKey of parts that a test chooses. */
function craft({
  algorithm = sequence(oid('1.2.156.10197.1.104.1'), NULL),
  keyBytes = 16,
  scalar = pair.privateKey.use((bytes): Uint8Array => Uint8Array.from(bytes)),
  publicKey = pair.publicKey,
  cipher = undefined as Uint8Array | undefined,
  rest = new Uint8Array(0) as Uint8Array,
} = {}): Uint8Array {
  const key = Secret.random(16);
  const wrapped = sm4.ecbEncryptBlocks(key, scalar);
  const plain = key.use((bytes) => concatBytes(bytes, bytes).subarray(0, keyBytes));
  return sequence(
    algorithm,
    cipher ?? sm2.encrypt(recipient.publicKey, plain),
    bits(publicKey),
    bits(wrapped),
    rest,
  );
}

describe('SM2EnvelopedKey [part of SEAL-018]', () => {
  it.each(vectors.map((item) => [item.name!, item] as const))('%s opens', async (_, item) => {
    const { recipient_d, private_key, pub } = item as unknown as Enveloped;
    const holder = sm2.keyPair(Secret.take(fromHex(recipient_d)));
    const opened = await openEnvelopedKey(derOf(item), sm2SoftwareDecipherer(holder), { policy: 'strict' });
    expect(d(opened.pair)).toBe(private_key);
    expect(toHex(opened.pair.publicKey)).toBe(pub);
    expect(await rejectionOf(openEnvelopedKey(derOf(item), decipherer))).toBe(FAILED);
  });

  it('is made for a point or a SubjectPublicKeyInfo, and opens by whoever holds the key', async () => {
    for (const to of [recipient.publicKey, encodeSm2PublicKeyInfo(recipient.publicKey)]) {
      const opened = await openEnvelopedKey(envelopeKeyPair(to, pair), decipherer, { policy: 'strict' });
      expect(d(opened.pair)).toBe(d(pair));
      expect(toHex(opened.pair.publicKey)).toBe(toHex(pair.publicKey));
      expect(opened.findings).toEqual([]);
    }
    const other = sm2SoftwareDecipherer(sm2.generateKeyPair());
    expect(await rejectionOf(openEnvelopedKey(envelopeKeyPair(recipient.publicKey, pair), other))).toBe(
      FAILED,
    );
  });

  it('as sm-core opens it as well, and the reverse', async () => {
    expect(d(sm2.openEnvelopedKey(recipient.privateKey, envelopeKeyPair(recipient.publicKey, pair)))).toBe(
      d(pair),
    );
    const theirs = sm2.envelopeKey(recipient.publicKey, pair);
    expect(d((await openEnvelopedKey(theirs, decipherer)).pair)).toBe(d(pair));
  });

  it('with SM4 in place of SM4-ECB, without NULL, or padded to 64 bytes', async () => {
    const zeros = new Uint8Array(32);
    const padded = pair.privateKey.use((bytes) => concatBytes(zeros, bytes));
    const ways = [
      [craft({ algorithm: sequence(oid('1.2.156.10197.1.104.1')) }), []],
      [craft({ algorithm: sequence(oid('1.2.156.10197.1.104')) }), ['SM4_OID_WITHOUT_MODE']],
      [craft({ scalar: padded }), ['PRIVATE_KEY_PADDED']],
    ] as const;
    for (const [der, codes] of ways) {
      const opened = await openEnvelopedKey(der, decipherer);
      expect(d(opened.pair)).toBe(d(pair));
      expect(opened.findings.map(({ code }) => code)).toEqual(codes);
      const strict = await openEnvelopedKey(der, decipherer, { policy: 'strict' }).then(
        () => 'opened',
        ({ code }: { code: string }) => code,
      );
      expect(strict).toBe(codes.length === 0 ? 'opened' : 'ERR_PKI_DEVIATION_REFUSED');
    }
  });
});

describe('SM2EnvelopedKey from outside', () => {
  const scalar = pair.privateKey.use((bytes) => Uint8Array.from(bytes));
  it.each([
    [
      'another algorithm',
      craft({ algorithm: sequence(oid('1.2.156.10197.1.104.2'), NULL) }),
      'ERR_PKI_ALGORITHM_UNSUPPORTED',
    ],
    ['parameters', craft({ algorithm: sequence(oid('1.2.156.10197.1.104.1'), integer(1)) }), MALFORMED],
    ['a private key of 48 bytes', craft({ scalar: new Uint8Array(48) }), MALFORMED],
    ['a compressed public key', craft({ publicKey: sm2.compress(pair.publicKey) }), MALFORMED],
    ['another part', craft({ rest: NULL }), MALFORMED],
    ['a cipher that is none', craft({ cipher: sequence(integer(1)) }), FAILED],
    ['a cipher in octets', craft({ cipher: octets(new Uint8Array(8)) }), MALFORMED],
    ['an SM4 key of 15 bytes', craft({ keyBytes: 15 }), FAILED],
    ['an SM4 key of 32 bytes', craft({ keyBytes: 32 }), FAILED],
    ['the public key of another pair', craft({ publicKey: recipient.publicKey }), FAILED],
    ['a private key out of range', craft({ scalar: new Uint8Array(32).fill(0xff) }), FAILED],
    ['zeros behind the private key', craft({ scalar: concatBytes(scalar, new Uint8Array(32)) }), FAILED],
    ['nothing', new Uint8Array(0), MALFORMED],
    ['more than 4 KiB', new Uint8Array(4097), MALFORMED],
    ['text', 'x' as unknown as Uint8Array, MALFORMED],
  ])('is refused: %s', async (_, der, code) => {
    expect(await rejectionOf(openEnvelopedKey(der, decipherer))).toBe(code);
  });

  it('changed in any byte gives no key', async () => {
    const der = envelopeKeyPair(recipient.publicKey, pair);
    for (let at = 0; at < der.length; at++) {
      const changed = Uint8Array.from(der);
      changed[at]! ^= 1 << (at % 8);
      expect(await rejectionOf(openEnvelopedKey(changed, decipherer))).toMatch(
        /^ERR_(DECRYPT_FAILED|PKI_(CONTAINER_MALFORMED|ALGORITHM_UNSUPPORTED))$/,
      );
    }
  });

  it('the error of the holder reaches the caller, and its key is zeroed', async () => {
    const der = envelopeKeyPair(recipient.publicKey, pair);
    const own = sm2.generateKeyPair();
    const gone = sm2SoftwareDecipherer(own);
    own.privateKey.destroy();
    expect(await rejectionOf(openEnvelopedKey(der, gone))).toBe('ERR_SECRET_DESTROYED');
    let given: Secret | undefined;
    const watched: KeyDecipherer = {
      publicKeyInfo: decipherer.publicKeyInfo,
      decrypt: async (cipher) => {
        given = await decipherer.decrypt(cipher);
        return given;
      },
    };
    await openEnvelopedKey(der, watched);
    expect(given?.destroyed).toBe(true);
    await rejectionOf(openEnvelopedKey(craft({ publicKey: recipient.publicKey }), watched));
    expect(given?.destroyed).toBe(true);
    const bytes: KeyDecipherer = { ...watched, decrypt: async () => new Uint8Array(16) as never };
    expect(await rejectionOf(openEnvelopedKey(der, bytes))).toBe('ERR_PKI_CONTAINER_OPTIONS');
  });

  it('is not made of keys that do not belong together', () => {
    const mixed = { privateKey: pair.privateKey, publicKey: recipient.publicKey };
    expect(codeOf(() => envelopeKeyPair(recipient.publicKey, mixed))).toBe('ERR_PKI_CONTAINER_OPTIONS');
    expect(codeOf(() => envelopeKeyPair(recipient.publicKey, {} as never))).toBe('ERR_PKI_CONTAINER_OPTIONS');
    expect(codeOf(() => envelopeKeyPair('x' as never, pair))).toBe('ERR_PKI_CONTAINER_OPTIONS');
    expect(codeOf(() => envelopeKeyPair(new Uint8Array(65), pair))).toBe('ERR_SM2_PUBLIC_KEY_INVALID');
    expect(codeOf(() => envelopeKeyPair(fromHex('3000'), pair))).toBe('ERR_PKI_KEY_MALFORMED');
  });
});

import { execFileSync } from 'node:child_process';
import { createECDH, createPrivateKey, createPublicKey, ECDH } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { concatBytes, derElement, fromHex, Secret, type Sm2KeyPair, sm2, toHex, utf8 } from '../src/index.ts';
import { bad, seededSource } from './support/sm2-fixtures.ts';

const RUNS = 8;
const bytes = (buffer: Buffer): Uint8Array => Uint8Array.from(buffer);
const pairs = (label: string): Sm2KeyPair[] => {
  const source = seededSource(label);
  return Array.from({ length: RUNS }, () => sm2.generateKeyPair(source));
};

describe('SM2 beside node:crypto', () => {
  it('has the same public keys, compressed and not', () => {
    for (const { privateKey, publicKey } of pairs('node public keys')) {
      const ecdh = createECDH('SM2');
      ecdh.setPrivateKey(privateKey.use(Buffer.from));
      expect(toHex(publicKey)).toBe(ecdh.getPublicKey('hex'));
      const compressed = ecdh.getPublicKey('hex', 'compressed');
      expect(toHex(sm2.compress(publicKey))).toBe(compressed);
      expect(toHex(sm2.publicKey(fromHex(compressed)))).toBe(toHex(publicKey));
    }
  });

  it('agrees with its ECDH, to the last byte of the x coordinate', () => {
    const own = pairs('node ecdh');
    for (const { privateKey } of own) {
      const ecdh = createECDH('SM2');
      const shared = sm2.ecdh(privateKey, bytes(ecdh.generateKeys()));
      const { publicKey } = sm2.keyPair(privateKey);
      expect(shared.length).toBe(32);
      expect(shared.use(toHex)).toBe(toHex(bytes(ecdh.computeSecret(publicKey))));
    }
    // Another key is another secret.
    const [a, b, c] = own as [Sm2KeyPair, Sm2KeyPair, Sm2KeyPair];
    const [ab, ac] = [sm2.ecdh(a.privateKey, b.publicKey), sm2.ecdh(a.privateKey, c.publicKey)];
    expect(ab.equals(ac)).toBe(false);
    expect(ab.equals(sm2.ecdh(b.privateKey, a.publicKey))).toBe(true);
    expect(String(ab)).toBe('[Secret]');
  });

  it('refuses the hybrid form, which node:crypto reads', () => {
    for (const { publicKey } of pairs('node hybrid')) {
      const hybrid = bytes(ECDH.convertKey(publicKey, 'SM2', undefined, undefined, 'hybrid') as Buffer);
      expect([6, 7]).toContain(hybrid[0]);
      expect(() => sm2.publicKey(hybrid)).toThrow('not a valid point');
    }
  });
});

function canOpenssl(): boolean {
  try {
    return /^OpenSSL [3-9]/.test(execFileSync('openssl', ['version'], { encoding: 'utf8' }));
  } catch {
    return false;
  }
}
const present = canOpenssl();
if (!present) console.info('openssl 3 not present: skipped the checks against its command line');

describe.skipIf(!present)('SM2 beside the command line of OpenSSL', () => {
  const folder = present ? mkdtempSync(join(tmpdir(), 'sm2-')) : '';
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, content?: Uint8Array | string): string => {
    const path = join(folder, name);
    if (content !== undefined) writeFileSync(path, content);
    return path;
  };
  const pkeyutl = (...args: readonly string[]): boolean => {
    try {
      execFileSync('openssl', ['pkeyutl', ...args], { stdio: 'pipe' });
      return true;
    } catch {
      return false;
    }
  };

  /** id-ecPublicKey and sm2p256v1. @standard GB/T 35276-2017 §7.1 */
  const algorithm = fromHex('301306072a8648ce3d020106082a811ccf5501822d');
  const number = (n: number) => derElement(0x02, Uint8Array.of(n));
  const pem = ({ privateKey, publicKey }: Sm2KeyPair): { readonly key: string; readonly pub: string } => {
    const point = derElement(0x03, concatBytes(Uint8Array.of(0), publicKey));
    const inner = privateKey.use((d) =>
      derElement(0x30, number(1), derElement(0x04, d), derElement(0xa1, point)),
    );
    const pkcs8 = Buffer.from(derElement(0x30, number(0), algorithm, derElement(0x04, inner)));
    const spki = Buffer.from(derElement(0x30, algorithm, point));
    const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    const pub = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    return {
      key: file('key.pem', key.export({ type: 'pkcs8', format: 'pem' }) as string),
      pub: file('pub.pem', pub.export({ type: 'spki', format: 'pem' }) as string),
    };
  };
  const distid = (id: string): string[] => ['-rawin', '-digest', 'sm3', '-pkeyopt', `distid:${id}`];

  it('verifies its signatures and it ours, under the same ID only', () => {
    for (const [i, pair] of pairs('openssl signatures').slice(0, 3).entries()) {
      const { key, pub } = pem(pair);
      const id = ['1234567812345678', 'ALICE123@YAHOO.COM', 'a'.repeat(300)][i]!;
      const message = utf8(`message ${i}`);
      const options = { id: utf8(id) };
      const [input, output] = [file('message', message), file('signature')];
      const args = ['-in', input, ...distid(id)];
      expect(pkeyutl('-sign', '-inkey', key, ...args, '-out', output)).toBe(true);
      const theirs = bytes(readFileSync(output));
      expect(sm2.verify(pair.publicKey, message, theirs, options)).toBe(true);
      expect(sm2.verify(pair.publicKey, message, theirs, { id: utf8(`${id}x`) })).toBe(false);
      expect(sm2.verify(pair.publicKey, utf8('another'), theirs, options)).toBe(false);

      const ours = sm2.signer(pair, { ...options, hedged: true }).sign(message);
      const check = ['-verify', '-pubin', '-inkey', pub, '-in', input];
      expect(pkeyutl(...check, '-sigfile', file('ours', ours), ...distid(id))).toBe(true);
      expect(pkeyutl(...check, '-sigfile', file('ours', ours), ...distid(`${id}x`))).toBe(false);
      const wrong = ours.map((byte, at) => (at === ours.length - 1 ? byte ^ 1 : byte));
      expect(pkeyutl(...check, '-sigfile', file('wrong', wrong), ...distid(id))).toBe(false);
    }
  });

  it('decrypts its ciphertexts and it ours', () => {
    const [pair, other] = pairs('openssl ciphertexts') as [Sm2KeyPair, Sm2KeyPair];
    const { key, pub } = pem(pair);
    for (const length of [1, 32, 200]) {
      const message = utf8('x'.repeat(length));
      const [input, output] = [file('message', message), file('ciphertext')];
      expect(pkeyutl('-encrypt', '-pubin', '-inkey', pub, '-in', input, '-out', output)).toBe(true);
      const theirs = bytes(readFileSync(output));
      expect(toHex(sm2.decrypt(pair.privateKey, theirs))).toBe(toHex(message));
      expect(() => sm2.decrypt(other.privateKey, theirs)).toThrow('Decryption failed');

      const ours = file('ours', sm2.encrypt(pair.publicKey, message));
      const plain = file('plain');
      expect(pkeyutl('-decrypt', '-inkey', key, '-in', ours, '-out', plain)).toBe(true);
      expect(toHex(bytes(readFileSync(plain)))).toBe(toHex(message));
    }
  });
});

describe('SM2 ECDH', () => {
  it('refuses what is no key', () => {
    const pair = sm2.keyPair(Secret.take(new Uint8Array(32).fill(3)));
    for (const peer of [Uint8Array.of(0), sm2.compress(pair.publicKey), bad(null), bad('04')]) {
      expect(() => sm2.ecdh(pair.privateKey, peer)).toThrow('not a valid point');
    }
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import { createSm2, fromHex, Secret, sm2, toHex } from '../src/index.ts';
import { always, annex, bad, code, failing, NOT_BYTES } from './support/sm2-fixtures.ts';

const VECTORS = fileURLToPath(new URL('../../../../shared/vectors/certs/containers.json', import.meta.url));
/** symAlgID with NULL, after the outer header of three bytes. */
const ALGORITHM = '300c06082a811ccf550168010500';

const recipient = sm2.generateKeyPair();
const pair = annex();
const envelope = () => sm2.envelopeKey(recipient.publicKey, pair);
const open = (der: Uint8Array, key = recipient.privateKey) => sm2.openEnvelopedKey(key, der);

describe('an SM2EnvelopedKey', () => {
  it('gives the pair back to the recipient', () => {
    const der = envelope();
    expect(toHex(der.subarray(3, 17))).toBe(ALGORITHM);
    const opened = open(der);
    expect(toHex(opened.publicKey)).toBe(toHex(pair.publicKey));
    expect(opened.privateKey.equals(pair.privateKey)).toBe(true);
    expect(toHex(envelope())).not.toBe(toHex(der));
  });

  it.skipIf(!existsSync(VECTORS))('is read as others write it', () => {
    const { cases } = JSON.parse(readFileSync(VECTORS, 'utf8')) as { cases: Record<string, string>[] };
    const found = cases.filter((item) => item.kind === 'sm2-enveloped-key');
    expect(found.length).toBeGreaterThan(0);
    for (const item of found) {
      const key = Secret.take(fromHex(item.recipient_d!));
      const opened = open(fromHex(item.der!), key);
      expect(toHex(opened.publicKey)).toBe(item.pub);
      expect(opened.privateKey.use(toHex)).toBe(item.private_key);
    }
  });

  it('is read without the NULL too', () => {
    const text = toHex(envelope());
    const length = Number.parseInt(text.slice(4, 6), 16) - 2;
    const shorter = `3081${length.toString(16)}300a06082a811ccf55016801${text.slice(6 + ALGORITHM.length)}`;
    expect(toHex(open(fromHex(shorter)).publicKey)).toBe(toHex(pair.publicKey));
  });

  it('is opened by no other key', () => {
    expect(() => open(envelope(), sm2.generateKeyPair().privateKey)).toThrow(code('ERR_DECRYPT_FAILED'));
  });

  it('does not give a pair for any byte that was changed', () => {
    const der = envelope();
    const codes = new Set<string>();
    for (let at = 0; at < der.length; at++) {
      const changed = der.map((byte, i) => (i === at ? byte ^ 1 : byte));
      try {
        open(changed);
        expect.unreachable(`byte ${at} was not noticed`);
      } catch (error) {
        codes.add((error as { code: string }).code);
      }
    }
    expect([...codes].sort()).toEqual(['ERR_DECRYPT_FAILED', 'ERR_DER_MALFORMED', 'ERR_INPUT_VALUE']);
  });

  it('is DER from begin to end', () => {
    const der = envelope();
    for (const wrong of [
      new Uint8Array(0),
      der.subarray(0, der.length - 1),
      Uint8Array.of(...der, 0),
      fromHex('3000'),
      fromHex(`300e${ALGORITHM}`),
    ]) {
      expect(() => open(wrong)).toThrow(code('ERR_DER_MALFORMED'));
    }
    for (const value of NOT_BYTES) expect(() => open(bad(value))).toThrow(code('ERR_INPUT_TYPE'));
  });

  it('has one algorithm', () => {
    // SM4-CBC, 1.2.156.10197.1.104.2.
    const other = toHex(envelope()).replace('2a811ccf55016801', '2a811ccf55016802');
    expect(() => open(fromHex(other))).toThrow(code('ERR_INPUT_VALUE'));
  });

  it('is not made of what is no pair, or for what is no key', () => {
    const { publicKey } = recipient;
    expect(() => sm2.envelopeKey(Uint8Array.of(0), pair)).toThrow(code('ERR_SM2_PUBLIC_KEY_INVALID'));
    expect(() => sm2.envelopeKey(publicKey, null as never)).toThrow(code('ERR_INPUT_TYPE'));
    const half = { privateKey: pair.privateKey, publicKey: Uint8Array.of(4) };
    expect(() => sm2.envelopeKey(publicKey, half)).toThrow(code('ERR_SM2_PUBLIC_KEY_INVALID'));
    const zero = { ...pair, privateKey: Secret.take(new Uint8Array(32)) };
    expect(() => sm2.envelopeKey(publicKey, zero)).toThrow(code('ERR_SM2_PRIVATE_KEY_INVALID'));
    expect(() => sm2.envelopeKey(publicKey, pair, { random: failing })).toThrow('no entropy');
    expect(() => sm2.envelopeKey(publicKey, pair, 7 as never)).toThrow(code('ERR_INPUT_TYPE'));
  });

  it('does not open to two keys that do not belong together', () => {
    const mixed = { privateKey: pair.privateKey, publicKey: recipient.publicKey };
    const der = sm2.envelopeKey(recipient.publicKey, mixed);
    expect(() => open(der)).toThrow(code('ERR_DECRYPT_FAILED'));
  });

  it.each(['sm4.blocks', 'sm2.encrypt', 'sm2.random'])('needs the capability %s', (name) => {
    const capabilities = new Set([...nobleEngine.capabilities].filter((item) => item !== name));
    const random = always('01'.repeat(16));
    const call = () =>
      createSm2({ ...nobleEngine, capabilities }).envelopeKey(recipient.publicKey, pair, { random });
    expect(call).toThrow(code('ERR_ENGINE_CAPABILITY'));
  });
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodePrivateKey } from '@cssi/pki/containers';
import { toHex } from '@cssi/sm-core';
import { afterEach, describe, expect, it } from 'vitest';
import { objectsOf } from '../src/pki/objects.ts';
import { cssi, type Ended, temporaryFolder } from './support/cli.ts';
import { type Sample, samples, seeded, sharedPresent } from './support/pki-samples.ts';

const folder = temporaryFolder();
const all = samples();
afterEach(() => {
  delete process.env.CSSI_PASSPHRASE;
});

async function inspected(bytes: Uint8Array, ...more: string[]): Promise<Ended> {
  const file = join(folder, 'sample');
  writeFileSync(file, bytes);
  return cssi('pki', 'inspect', file, '--time', '2026-12-01', ...more);
}

/** Exit code 0 or 1, something to read, and nothing in it that steers a terminal. */
function checkReadable({ exitCode, out, err }: Ended, what: string): void {
  expect([0, 1], `${what} ${err}`).toContain(exitCode);
  const text = out === '' ? err : out;
  expect(text, what).toMatch(/[\u4e00-\u9fff]/);
  expect(text.split('\n').length, what).toBeLessThan(2000);
  expect(text, what).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}]/u);
}

/** Private values in the objects of a file. */
function scalars(bytes: Uint8Array): Uint8Array[] {
  try {
    return objectsOf(bytes, 'sample').flatMap(({ der }) => {
      try {
        const key = decodePrivateKey(der);
        return key.kind === 'sm2' ? [key.pair.privateKey.use((d) => Uint8Array.from(d))] : [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

/** No six bytes of a private value, in hex, in base64 or in decimal. */
function checkSecret(secrets: readonly Uint8Array[], { out, err }: Ended, what: string): void {
  const text = (out + err).replace(/\s/g, '');
  for (const d of secrets) {
    for (let at = 0; at + 6 <= d.length; at++) {
      const part = d.subarray(at, at + 6);
      expect(text.toLowerCase().includes(toHex(part)), `${what}: hex of a private key`).toBe(false);
      expect(text.includes(Buffer.from(part).toString('base64')), `${what}: base64 of a private key`).toBe(
        false,
      );
    }
    expect(text.includes(BigInt(`0x${toHex(d)}`).toString()), `${what}: decimal of a private key`).toBe(
      false,
    );
  }
}

/** What the vectors call a kind, in the words of `inspect`. */
const KINDS: Readonly<Record<string, string>> = {
  certificate: 'certificate',
  csr: 'certificate-request',
  crl: 'crl',
  pkcs8: 'private-key',
  spki: 'public-key',
  sec1: 'ec-private-key',
  'encrypted-pkcs8': 'encrypted-private-key',
  pfx: 'pkcs12',
  'ocsp-request': 'ocsp-request',
  'ocsp-response': 'ocsp-response',
  'cms-signeddata': 'message',
  'tsp-request': 'time-stamp-request',
  'tsp-response': 'time-stamp-response',
  'enveloped-data': 'message',
  'signed-data': 'message',
  'sm2-enveloped-key': 'enveloped-key',
  'cfca-sm2-pfx': 'cfca-container',
};

describe.skipIf(!sharedPresent)('pki inspect on files of other software', () => {
  it(`shows all ${all.length}, by content`, async () => {
    const wrong: string[] = [];
    const unread: string[] = [];
    for (const { name, bytes, password, kind } of all) {
      if (password === undefined) delete process.env.CSSI_PASSPHRASE;
      else process.env.CSSI_PASSPHRASE = password;
      const plain = await inspected(bytes);
      const json = await inspected(bytes, '--json');
      checkReadable(plain, name);
      const secrets = scalars(bytes);
      checkSecret(secrets, plain, name);
      checkSecret(secrets, json, name);
      expect(json.exitCode, name).toBe(plain.exitCode);
      if (plain.exitCode !== 0)
        unread.push(`${name}: ${plain.out.split('\n', 2).join(' ') || plain.err.split('\n', 1)}`);
      const parsed = JSON.parse(json.out) as unknown;
      const [first] = (Array.isArray(parsed) ? parsed : []) as { kind?: string }[];
      const expected = kind === undefined ? undefined : KINDS[kind];
      if (expected !== undefined && first?.kind !== expected)
        wrong.push(`${name}: ${kind} shown as ${first?.kind}`);
    }
    console.info(`inspected ${all.length} files and cases; not read:\n${unread.join('\n')}`);
    expect(wrong).toEqual([]);
  });

  it('shows them in strict mode too, or says which deviation it is', async () => {
    for (const { name, bytes } of all) checkReadable(await inspected(bytes, '--strict'), name);
  });

  const SEED = 20_261_121;
  it(`stands 1,000 mutations, seed ${SEED}`, async () => {
    const random = seeded(SEED);
    const pick = (n: number) => Math.floor(random() * n);
    const mutations: ((bytes: Uint8Array) => Uint8Array)[] = [
      (bytes) => bytes.map((byte, i) => (i === at(bytes) ? byte ^ (1 + pick(255)) : byte)),
      (bytes) => bytes.slice(0, pick(bytes.length)),
      (bytes) => Uint8Array.from([...bytes.slice(0, pick(40)), pick(256), ...bytes.slice(pick(40))]),
    ];
    let place = 0;
    const at = (bytes: Uint8Array) => place % bytes.length;
    const small = all.filter(({ bytes }) => bytes.length < 8192);
    for (let i = 0; i < 1000; i++) {
      const { name, bytes } = small[pick(small.length)] as Sample;
      // Half of the changes go to the beginning, where tags and lengths are.
      place = pick(random() < 0.5 ? 120 : bytes.length);
      const mutated = mutations[i % 10 < 8 ? 0 : (i % 2) + 1]!(Uint8Array.from(bytes));
      const ended = await inspected(mutated);
      checkReadable(ended, `${name}, mutation ${i}`);
      checkSecret(scalars(bytes), ended, `${name}, mutation ${i}`);
    }
  });
});

describe.skipIf(!sharedPresent)('private keys', () => {
  const keys = all.filter(({ bytes, name }) => scalars(bytes).length > 0 && !name.endsWith('.pem'));
  it.each(keys.slice(0, 6).map(({ name }) => name))(
    'are not shown whichever byte is changed: %s',
    async (name) => {
      const { bytes } = keys.find((key) => key.name === name)!;
      const { der } = objectsOf(bytes, 'sample').find((object) => scalars(object.der).length > 0)!;
      const secrets = scalars(bytes);
      for (let i = 0; i < der.length; i++) {
        for (const change of [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0xff]) {
          const mutated = Uint8Array.from(der);
          mutated[i]! ^= change;
          checkSecret(secrets, await inspected(mutated), `${name} byte ${i} ^ ${change}`);
        }
      }
    },
  );
});

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret, sm4, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { type KeyProtection, loadHttpsIdentity } from '../src/https-identity.ts';
import { codeOf } from './support/codes.ts';
import { NOW, temporaryFolder } from './support/folders.ts';

const DAY = 86_400_000;
const SERVER = 'https-server.wrapped';
const CA = 'https-ca.wrapped';

/** A root of its own for each installation, as each TEE has one. */
function newProtection(): KeyProtection {
  const gcm = sm4.gcm(Secret.take(crypto.getRandomValues(new Uint8Array(16))));
  return {
    wrap: async (plaintext, associatedData) => gcm.sealBox(plaintext, associatedData),
    unwrap: async (blob, associatedData) => gcm.openBox(blob, associatedData),
  };
}

function installation(protection = newProtection()) {
  const folder = temporaryFolder();
  return {
    folder,
    load: (names: readonly string[] = [], now = NOW) => loadHttpsIdentity(folder, names, protection, now),
  };
}

const leafOf = (pem: string) => new X509Certificate(pem);

function flip(path: string, at = 40): void {
  const bytes = readFileSync(path);
  bytes[at]! ^= 1;
  writeFileSync(path, bytes);
}

describe('HTTPS identity', () => {
  it('has a certificate that leads to its CA, for loopback and the names given', async () => {
    const { load } = installation();
    const identity = await load(['kms.example', '10.0.0.1']);
    const leaf = leafOf(identity.certificatePem);
    const ca = new X509Certificate(readFileSync(identity.caFile));
    expect(leaf.verify(ca.publicKey) && leaf.checkIssued(ca)).toBe(true);
    expect(ca.ca && !leaf.ca).toBe(true);
    expect(identity.caFingerprint).toBe(ca.fingerprint256);
    expect(leaf.checkPrivateKey(createPrivateKey(identity.keyPem))).toBe(true);
    for (const name of ['localhost', 'kms.example']) expect(leaf.checkHost(name)).toBe(name);
    for (const address of ['127.0.0.1', '::1', '10.0.0.1']) expect(leaf.checkIP(address)).toBe(address);
    expect(leaf.checkHost('other.example')).toBeUndefined();
  });

  it('leaves no private key on the disk in the clear [part of TCCIA-073]', async () => {
    const { folder, load } = installation();
    const { keyPem } = await load();
    const { d } = createPrivateKey(keyPem).export({ format: 'jwk' });
    const scalar = Buffer.from(d!, 'base64url');
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    expect(files.length).toBe(3);
    for (const bytes of files) {
      expect(bytes.includes('PRIVATE KEY')).toBe(false);
      expect(bytes.includes(scalar)).toBe(false);
      expect(bytes.includes(scalar.toString('base64'))).toBe(false);
      expect(bytes.includes(scalar.toString('hex'))).toBe(false);
    }
  });

  it('stays the same from start to start', async () => {
    const { load } = installation();
    const first = await load(['kms.example']);
    expect(await load(['kms.example'])).toEqual(first);
    expect(await load()).toEqual(first);
  });

  it('renews the server certificate, and only that, when a name is added or time runs out', async () => {
    const { load } = installation();
    const first = await load();
    const named = await load(['kms.example']);
    expect(named.certificatePem).not.toBe(first.certificatePem);
    expect(leafOf(named.certificatePem).checkHost('kms.example')).toBe('kms.example');
    const later = await load(['kms.example'], new Date(NOW.getTime() + 340 * DAY));
    expect(later.certificatePem).not.toBe(named.certificatePem);
    expect([named.caFingerprint, later.caFingerprint]).toEqual([first.caFingerprint, first.caFingerprint]);
  });

  it('is made anew for the server alone when its file is gone', async () => {
    const { folder, load } = installation();
    const first = await load();
    rmSync(join(folder, SERVER));
    const second = await load();
    expect(second.caFingerprint).toBe(first.caFingerprint);
    expect(second.keyPem).not.toBe(first.keyPem);
  });

  it('puts the CA file for clients back when it is gone', async () => {
    const { load } = installation();
    const { caFile } = await load();
    const pem = readFileSync(caFile, 'utf8');
    rmSync(caFile);
    await load();
    expect(readFileSync(caFile, 'utf8')).toBe(pem);
  });

  it.each([
    ['a bit of the CA key', (folder: string) => flip(join(folder, CA))],
    ['a bit of the server key', (folder: string) => flip(join(folder, SERVER))],
    ['the end of the server key', (folder: string) => writeFileSync(join(folder, SERVER), '')],
    ['a letter of the CA file for clients', (folder: string) => flip(join(folder, 'https-ca.pem'), 60)],
    ['the whole CA file for clients', (folder: string) => writeFileSync(join(folder, 'https-ca.pem'), 'CA')],
    [
      'the CA key by the server key',
      (folder: string) => copyFileSync(join(folder, SERVER), join(folder, CA)),
    ],
    [
      'the server key by the CA key',
      (folder: string) => copyFileSync(join(folder, CA), join(folder, SERVER)),
    ],
    ['the CA key, removed', (folder: string) => renameSync(join(folder, CA), join(folder, 'elsewhere'))],
  ])('refuses a folder in which somebody replaced %s', async (_what, alter) => {
    const { folder, load } = installation();
    await load();
    alter(folder);
    expect(await codeOf(() => load())).toBe('ERR_APP_DATA_ALTERED');
  });

  it('refuses the files of another installation', async () => {
    const one = installation();
    const other = installation();
    await one.load();
    await other.load();
    copyFileSync(join(other.folder, SERVER), join(one.folder, SERVER));
    expect(await codeOf(() => one.load())).toBe('ERR_APP_DATA_ALTERED');
  });

  it('replaces a server certificate of an earlier CA of the same root', async () => {
    const protection = newProtection();
    const one = installation(protection);
    const other = installation(protection);
    await one.load();
    const { certificatePem } = await other.load();
    copyFileSync(join(other.folder, SERVER), join(one.folder, SERVER));
    const { certificatePem: renewed, caFile } = await one.load();
    expect(renewed).not.toBe(certificatePem);
    expect(leafOf(renewed).verify(new X509Certificate(readFileSync(caFile)).publicKey)).toBe(true);
  });

  it('passes on that the root is unavailable instead of blaming the files', async () => {
    const { folder, load } = installation();
    await load();
    const { TEE_CLIENT_ERRORS } = await import('@cssi/tee-client');
    const down: KeyProtection = {
      wrap: async () => utf8(''),
      unwrap: async () => {
        throw TEE_CLIENT_ERRORS.create('ERR_TEE_START_FAILED');
      },
    };
    expect(await codeOf(() => loadHttpsIdentity(folder, [], down, NOW))).toBe('ERR_TEE_START_FAILED');
  });
});

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeSm2PrivateKey } from '@cssi/pki';
import { randomBytes, Secret, SmError, sm2 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkPassphrase, encodeCredential, readCredential } from '../src/credential-file.ts';
import { readBounded, withPrivateFile, writePrivate } from '../src/files.ts';
import { temporaryFolder } from './support/cli.ts';

const folder = temporaryFolder();
const path = join(folder, 'credential.json');
const passphrase = 'correct horse battery';
const keyPair = sm2.generateKeyPair();
const stateKey = randomBytes(32);
const certificate = randomBytes(300);

async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    expect(error).toBeInstanceOf(SmError);
    return (error as SmError).code;
  }
  return 'none';
}

beforeAll(async () => {
  const credential = { certificate, keyPair, stateKey: Secret.copy(stateKey) };
  await writePrivate(path, encodeCredential(credential, passphrase));
});

describe('credential file', () => {
  it('comes back whole with its passphrase', async () => {
    const read = await readCredential(path, passphrase);
    expect(read.certificate).toEqual(certificate);
    expect(read.keyPair.publicKey).toEqual(keyPair.publicKey);
    expect(read.stateKey.use((bytes) => Uint8Array.from(bytes))).toEqual(stateKey);
    const signed = sm2.signWith(read.keyPair, certificate);
    expect(sm2.verify(keyPair.publicKey, certificate, signed)).toBe(true);
  });

  it('is for its owner alone and holds no secret in the clear [part of TCCIA-121]', () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const text = readFileSync(path, 'latin1');
    const der = encodeSm2PrivateKey(keyPair);
    const scalar = keyPair.privateKey.use((bytes) => Buffer.from(bytes));
    for (const secret of [Buffer.from(der), scalar, Buffer.from(stateKey), Buffer.from(passphrase)]) {
      for (const form of ['latin1', 'base64', 'hex'] as const)
        expect(text).not.toContain(secret.toString(form));
    }
    expect(text).not.toContain(scalar.toString('base64url'));
  });

  it('differs each time it is written', () => {
    const credential = { certificate, keyPair, stateKey: Secret.copy(stateKey) };
    expect(encodeCredential(credential, passphrase)).not.toBe(encodeCredential(credential, passphrase));
  });

  it('does not open with another passphrase', async () => {
    for (const wrong of ['correct horse batterx', ' correct horse battery', 'x'.repeat(500)]) {
      expect(await codeOf(() => readCredential(path, wrong))).toBe('ERR_CLI_CREDENTIAL');
    }
  });

  it('wants a passphrase of some length', async () => {
    for (const short of [undefined, '', 'elevenchars']) {
      expect(await codeOf(() => checkPassphrase(short))).toBe('ERR_CLI_PASSPHRASE');
      expect(await codeOf(() => readCredential(path, short))).toBe('ERR_CLI_PASSPHRASE');
    }
  });

  it('does not open when it was cut or altered anywhere [part of TCCIA-121]', async () => {
    const text = readFileSync(path, 'utf8');
    const file = JSON.parse(text) as { format: string; salt: string; box: string };
    const flip = (value: string, at: number) =>
      value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1);
    const bad = [
      '',
      text.slice(0, -40),
      text.slice(0, 20),
      'null',
      '[]',
      '{}',
      JSON.stringify({ ...file, format: 'cssi-credential/2' }),
      JSON.stringify({ ...file, salt: flip(file.salt, 3) }),
      JSON.stringify({ ...file, salt: 5 }),
      JSON.stringify({ ...file, box: flip(file.box, 5) }),
      JSON.stringify({ ...file, box: flip(file.box, 200) }),
      JSON.stringify({ ...file, box: file.box.slice(0, -8) }),
      JSON.stringify({ ...file, box: '' }),
    ];
    for (const [i, content] of bad.entries()) {
      const other = join(folder, `bad-${i}.json`);
      writeFileSync(other, content);
      expect(await codeOf(() => readCredential(other, passphrase)), content.slice(0, 60)).toBe(
        'ERR_CLI_CREDENTIAL',
      );
    }
  });

  it('is no larger than a credential can be', async () => {
    const large = join(folder, 'large.json');
    writeFileSync(large, ' '.repeat(70_000));
    expect(await codeOf(() => readCredential(large, passphrase))).toBe('ERR_CLI_FILE');
    expect(await codeOf(() => readCredential(join(folder, 'none'), passphrase))).toBe('ERR_CLI_FILE');
  });

  it('never replaces a file', async () => {
    const before = readFileSync(path, 'utf8');
    expect(await codeOf(() => writePrivate(path, 'other'))).toBe('ERR_CLI_FILE');
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it('leaves no empty file behind when what it is for fails', async () => {
    const place = join(folder, 'reserved.json');
    const failing = () =>
      withPrivateFile(place, async () => {
        expect(statSync(place).mode & 0o777).toBe(0o600);
        throw new SmError('ERR_TEST', 1, { n: 1, category: 'input', en: 'x', zh: '测' });
      });
    expect(await codeOf(failing)).toBe('ERR_TEST');
    expect(await codeOf(() => readBounded(place, 10))).toBe('ERR_CLI_FILE');
  });
});

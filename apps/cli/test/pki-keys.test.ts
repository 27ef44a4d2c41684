import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { decodeSm2PrivateKey } from '@cssi/pki';
import { envelopeKeyPair } from '@cssi/pki/containers';
import { sm2, toHex } from '@cssi/sm-core';
import { afterEach, describe, expect, it } from 'vitest';
import { cssi, cssiJson } from './support/cli.ts';
import { derOf, desk, failure, PASSPHRASE } from './support/pki.ts';

const { path, pki, key } = desk();
afterEach(() => {
  process.env.CSSI_PASSPHRASE = PASSPHRASE;
});

describe('pki key', () => {
  it('makes a key under the passphrase, for the owner alone', async () => {
    const file = path('new.key');
    const json = await pki(
      'key',
      'new',
      '--out',
      file,
      '--public-out',
      path('new.pub'),
      '--iterations',
      '1000',
    );
    expect(json).toMatchObject({ file, encrypted: true, keyKind: 'sm2' });
    expect(readFileSync(file, 'latin1')).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const [shown] = await pki('inspect', path('new.pub'));
    expect(shown).toMatchObject({ kind: 'public-key', publicKey: json.publicKey });
    const [opened] = await pki('inspect', file);
    expect(opened).toMatchObject({ kind: 'encrypted-private-key', opened: true, publicKey: json.publicKey });
  });

  it('takes 600,000 iterations when nothing is said', async () => {
    const file = path('slow.key');
    await pki('key', 'new', '--out', file);
    expect((await cssi('pki', 'inspect', file)).out).toMatch(/迭代次数 Iterations:\s+600000\n/);
  });

  it('converts to a key without a password and back, and shows the private value nowhere', async () => {
    const file = await key('a.key');
    const plain = path('a.plain');
    const outputs = [await cssi('pki', 'key', 'convert', file, '--out', plain, '--plain')];
    const pair = decodeSm2PrivateKey(derOf(plain));
    const d = pair.privateKey.use((bytes) => Uint8Array.from(bytes));
    outputs.push(
      await cssi('pki', 'key', 'convert', plain, '--out', path('a.again'), '--iterations', '1000'),
    );
    outputs.push(await cssi('pki', 'key', 'public', path('a.again'), '--out', path('a.pub')));
    for (const name of ['a.plain', 'a.again', 'a.key'])
      outputs.push(await cssi('pki', 'inspect', path(name)));
    for (const { exitCode, out, err } of outputs) {
      expect(exitCode, err).toBe(0);
      expect(out).toContain('不显示');
      for (const part of [d.subarray(0, 8), d.subarray(8, 16), d.subarray(24)]) {
        expect(out.replace(/\s/g, '')).not.toContain(toHex(part));
        expect(out).not.toContain(Buffer.from(part).toString('base64').slice(1, 9));
      }
    }
  });

  it('opens an SM2EnvelopedKey with the signing key', async () => {
    const signing = decodeSm2PrivateKey(derOf(await plainKey('signing')));
    const encryption = sm2.generateKeyPair();
    writeFileSync(path('enveloped.der'), envelopeKeyPair(signing.publicKey, encryption));
    const by = ['--key', path('signing.plain'), '--out', path('encryption.key'), '--iterations', '1000'];
    const json = await pki('key', 'open', path('enveloped.der'), ...by);
    expect(json.publicKey).toBe(toHex(encryption.publicKey));
    const [shown] = await pki('inspect', path('enveloped.der'));
    expect(shown).toMatchObject({ kind: 'enveloped-key', publicKey: toHex(encryption.publicKey) });
    await plainKey('other');
    const other = ['--key', path('other.plain'), '--out', path('never.key')];
    expect(await failure('key', 'open', path('enveloped.der'), ...other)).toEqual([1, 'ERR_DECRYPT_FAILED']);
  });

  async function plainKey(name: string): Promise<string> {
    await pki('key', 'new', '--out', path(`${name}.plain`), '--plain');
    return path(`${name}.plain`);
  }

  it('never replaces a file', async () => {
    const file = await key('kept.key');
    const before = readFileSync(file);
    expect(await failure('key', 'new', '--out', file)).toEqual([3, 'ERR_CLI_FILE']);
    expect(await failure('key', 'convert', file, '--out', file)).toEqual([3, 'ERR_CLI_FILE']);
    expect(readFileSync(file)).toEqual(before);
  });

  it('wants a passphrase of twelve characters, and the right one', async () => {
    const file = await key('locked.key');
    process.env.CSSI_PASSPHRASE = 'short';
    expect(await failure('key', 'new', '--out', path('none.key'))).toEqual([2, 'ERR_CLI_PASSPHRASE']);
    process.env.CSSI_PASSPHRASE = 'another passphrase';
    expect(await failure('key', 'convert', file, '--out', path('none.key'))).toEqual([
      2,
      'ERR_CLI_CREDENTIAL',
    ]);
    const { exitCode, json } = await cssiJson('pki', 'inspect', file);
    expect(exitCode).toBe(1);
    expect(json).toMatchObject([{ kind: 'encrypted-private-key', error: { code: 'ERR_DECRYPT_FAILED' } }]);
    delete process.env.CSSI_PASSPHRASE;
    expect(await failure('key', 'convert', file, '--out', path('none.key'))).toEqual([
      2,
      'ERR_CLI_PASSPHRASE',
    ]);
    expect(await pki('inspect', file)).toMatchObject([{ kind: 'encrypted-private-key', opened: false }]);
    expect((await cssi('pki', 'inspect', file)).out).toContain('CSSI_PASSPHRASE');
  });
});

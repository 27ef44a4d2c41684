import { writeFileSync } from 'node:fs';
import { derElement, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { run } from '../src/run.ts';
import { cssi, cssiJson } from './support/cli.ts';
import { derOf, desk, failure, shownBy, TIME } from './support/pki.ts';

const { path, pki, root } = desk();
const sequence = (...parts: Uint8Array[]) => derElement(0x30, ...parts);
const text = (value: string) => derElement(0x0c, utf8(value));
const OID_UNKNOWN = derElement(0x06, Uint8Array.of(0x2a, 0x03, 0x04));

function file(name: string, content: Uint8Array | string): string {
  writeFileSync(path(name), content);
  return path(name);
}

describe('pki inspect', () => {
  it('prints labels in Chinese and English, or in one of them', async () => {
    const { certificate } = await root('ca', 'CN=张三,O=公司,C=CN');
    const both = await shownBy('inspect', certificate, ...TIME);
    expect(both).toMatch(/^数字证书 Certificate\n {2}主题 Subject: +CN=张三,O=公司,C=CN\n/);
    expect(both).toContain('有效，剩余 365 天 valid, 365 days left');
    expect(await shownBy('inspect', certificate, '--lang', 'zh')).toMatch(/^数字证书\n {2}主题: +CN=张三/);
    expect(await shownBy('inspect', certificate, '--lang', 'en')).toMatch(
      /^Certificate\n {2}Subject: +CN=张三/,
    );
    expect(await shownBy('inspect', certificate, '--time', '2040-01-01', '--lang', 'en')).toMatch(
      /expired \d+ days ago/,
    );
    expect(await shownBy('inspect', certificate, '--time', '2020-01-01', '--lang', 'en')).toMatch(
      /not valid yet/,
    );
  });

  it('tells by content, not by label or name, and takes bare base64', async () => {
    const { certificate } = await root('plain', 'CN=ca');
    const der = derOf(certificate);
    const base64 = Buffer.from(der).toString('base64');
    const lying = `-----BEGIN PRIVATE KEY-----\n${base64}\n-----END PRIVATE KEY-----\n`;
    const contents: (Uint8Array | string)[] = [der, base64, `${base64}\n`, lying];
    for (const [i, content] of contents.entries()) {
      expect(await pki('inspect', file(`any-${i}.key`, content))).toMatchObject([{ kind: 'certificate' }]);
    }
  });

  it('shows every object of a file, and says what is left over', async () => {
    const { certificate } = await root('many', 'CN=many');
    const der = derOf(certificate);
    const two = await pki('inspect', file('two.der', Buffer.concat([der, der])));
    expect(two.map(({ kind }: { kind: string }) => kind)).toEqual(['certificate', 'certificate']);
    const trailing = file('trailing.der', Buffer.concat([der, Buffer.from('rest')]));
    const { exitCode, json } = await cssiJson('pki', 'inspect', trailing);
    expect({ exitCode, json }).toMatchObject({
      exitCode: 1,
      json: [{ kind: 'certificate' }, { leftOverBytes: 4 }],
    });
  });

  it('gives an outline of what it does not know', async () => {
    const der = sequence(
      OID_UNKNOWN,
      text('某个值'),
      derElement(0x02, Uint8Array.of(5)),
      derElement(0x04, new Uint8Array(32)),
    );
    const { exitCode, out } = await cssi('pki', 'inspect', file('unknown.der', der));
    expect(exitCode).toBe(0);
    expect(out).toMatch(/未识别的结构 Unknown structure/);
    expect(out).toMatch(/OBJECT IDENTIFIER: 1\.2\.3\.4/);
    expect(out).toMatch(/UTF8String: +某个值/);
    expect(out).toMatch(/INTEGER: +5/);
    expect(out).toMatch(/OCTET STRING: +32 字节 32 bytes/);
  });

  it('names object identifiers in an outline, and masks identity numbers', async () => {
    const id = derElement(0x06, Uint8Array.of(0x2a, 0x81, 0x1c, 0xd0, 0x14, 0x04, 0x01, 0x01));
    const number = '110101199001011237';
    const der = sequence(id, text(number));
    const shown = await shownBy('inspect', file('identity.der', sequence(sequence(text(number)), der)));
    expect(shown).toContain('个人身份标识');
    expect(shown).not.toContain(number);
    expect(shown).not.toContain(Buffer.from(number).toString('hex'));
  });

  it('stays short however deep or long a structure is', async () => {
    let deep: Uint8Array = text('x');
    for (let i = 0; i < 500; i++) deep = sequence(deep);
    const long = sequence(OID_UNKNOWN, ...Array.from({ length: 20_000 }, () => derElement(0x05)));
    const indefinite = Buffer.concat([Buffer.alloc(4000, Buffer.from([0x30, 0x80])), Buffer.alloc(8000)]);
    for (const [name, der] of Object.entries({ deep, long, indefinite })) {
      const { exitCode, out, err } = await cssi('pki', 'inspect', file(`${name}.der`, der));
      expect([0, 1], err).toContain(exitCode);
      expect(out.length, name).toBeLessThan(60_000);
    }
  });

  it('shows a broken object by its name, with the reason and what stands there', async () => {
    const { certificate } = await root('broken', 'CN=broken');
    const der = Uint8Array.from(derOf(certificate));
    der[4 + 4 + 2] = 0x03; // the version
    const pem = `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`;
    const { exitCode, out } = await cssi('pki', 'inspect', file('broken.pem', pem));
    expect(exitCode).toBe(1);
    expect(out).toMatch(
      /^无法解读：数字证书 Cannot be read: Certificate\n {2}ERR_PKI_CERTIFICATE_MALFORMED: +证书格式错误/,
    );
    expect(out).toContain('SEQUENCE');
  });

  it('refuses what is neither PEM nor DER, and what is too large or missing', async () => {
    for (const content of [
      '',
      'hello',
      '0',
      '0x30',
      '-----BEGIN X-----',
      '-----BEGIN X-----\n!\n-----END X-----',
    ]) {
      expect((await failure('inspect', file('nothing', content)))[0], content).toBe(1);
    }
    expect(await failure('inspect', path('missing'))).toEqual([3, 'ERR_CLI_FILE']);
    expect(await failure('inspect', file('large', Buffer.alloc((1 << 20) + 1)))).toEqual([3, 'ERR_CLI_FILE']);
  });
});

describe('the terminal', () => {
  const EVIL = 'a\u001b[2J\u009b\u202e\u200b\u2066\n✓ accepted\u2028\u{e0041}';
  it('is not steered by names, in neither form of output', async () => {
    const name = sequence(
      derElement(0x31, sequence(derElement(0x06, Uint8Array.of(0x55, 4, 3)), text(EVIL))),
    );
    const time = derElement(0x18, utf8('20260101000000Z'));
    const sm2 = derElement(0x06, Uint8Array.of(0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x75));
    const crl = sequence(
      sequence(
        derElement(0x02, Uint8Array.of(1)),
        sequence(sm2),
        name,
        derElement(0x17, utf8('260101000000Z')),
      ),
      sequence(sm2),
      derElement(0x03, new Uint8Array(9)),
    );
    for (const der of [sequence(OID_UNKNOWN, text(EVIL), time), name, crl]) {
      const plain = await cssi('pki', 'inspect', file('evil.der', der));
      expect(plain.out, plain.out).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(plain.out).not.toMatch(/^✓ accepted/m);
      const { out } = await cssi('pki', 'inspect', path('evil.der'), '--json');
      expect(out.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      JSON.parse(out);
    }
    expect((await cssi('pki', 'inspect', path('evil.der'))).out).toContain('\\u{202e}');
  });

  it('is not steered by what stands on the command line either', async () => {
    const { err } = await cssi('pki', 'inspect', path('\u001b[31m\u202e'));
    expect(err).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
  });
});

describe('help', () => {
  const helped = async (...argv: string[]) => {
    let out = '';
    const exitCode = await run(argv, { out: (shown) => (out += shown), err: () => {} });
    return { exitCode, out };
  };
  it.each([[['help', 'pki', 'cms', 'sign']], [['pki', 'cms', 'sign', '--help']]])(
    'shows one command with its options: %j',
    async (argv) => {
      const { exitCode, out } = await helped(...argv);
      expect(exitCode).toBe(0);
      expect(out).toMatch(/^usage: cssi pki cms sign FILE --key FILE/);
      expect(out).toContain('--detached');
      expect(out).not.toContain('cssi kms');
    },
  );

  it('shows one group', async () => {
    const { out } = await helped('help', 'pki');
    expect(out).toContain('cssi pki tst verify');
    expect(out).not.toContain('cssi kms');
  });

  it.each([[['pki', 'cms']], [['pki', 'cms', 'shred']], [['pki', 'tst']], [['pki', 'ca', 'toString']]])(
    'is shown for half a command: %j',
    async (argv) => {
      expect(await cssi(...argv)).toMatchObject({
        exitCode: 2,
        out: '',
        err: expect.stringContaining('cssi pki'),
      });
    },
  );
});

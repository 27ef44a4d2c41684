import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packModel } from '@cssi/model-transfer';
import { pemEncode } from '@cssi/pki';
import { drawRoundSeal, makeSeal, sealOfd, writeTextOfd } from '@cssi/seal';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Authority, authority, type Certified } from './support/authority.ts';
import { AT_NOW, cssi, cssiJson, NOW, temporaryFolder } from './support/cli.ts';

const DAY = 86_400_000;
const folder = temporaryFolder();
let ca: Authority;
let strange: Authority;
let signer: Certified;
beforeAll(async () => {
  ca = await authority(folder);
  strange = await authority(folder, 'Strange CA');
  signer = await ca.certify('Signer', 'seal-signer');
});

function write(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** A copy of a file with one bit of one byte changed. */
function altered(path: string, at: (length: number) => number): string {
  const bytes = readFileSync(path);
  bytes[at(bytes.length)]! ^= 1;
  return write(`altered-${Math.random()}`, bytes);
}

describe('pki', () => {
  it('shows certificates in PEM and DER alike', async () => {
    const der = write('signer.cer', signer.certificate);
    const pem = write('signer.pem', pemEncode('CERTIFICATE', signer.certificate));
    const shown = await cssiJson('pki', 'inspect', der);
    expect(shown.exitCode).toBe(0);
    expect(shown.json).toEqual((await cssiJson('pki', 'inspect', pem)).json);
    expect(shown.json).toMatchObject([
      {
        subject: { commonName: 'Signer' },
        issuer: { commonName: 'Test CA' },
        signatureAlgorithm: 'sm2-sm3',
        isCa: false,
      },
    ]);
    const { out } = await cssi('pki', 'inspect', pem);
    expect(out).toMatch(/主题 Subject: +CN=Signer/);
  });

  it('accepts under the right anchor, and under no other', async () => {
    const leaf = write('leaf.cer', signer.certificate);
    const verify = (...more: string[]) => cssiJson('pki', 'verify', leaf, ...AT_NOW, ...more);
    expect(await verify('--anchor', ca.file)).toMatchObject({ exitCode: 0, json: { accepted: true } });
    expect(await verify('--anchor', ca.file, '--usage', 'digitalSignature')).toMatchObject({ exitCode: 0 });
    expect(await verify('--anchor', ca.file, '--usage', 'keyCertSign')).toMatchObject({ exitCode: 1 });
    expect(await verify('--anchor', strange.file)).toMatchObject({ exitCode: 1, json: { accepted: false } });
    expect(await verify()).toMatchObject({ exitCode: 1, json: { accepted: false } });
  });

  it('does not accept after the end, nor a changed signature', async () => {
    const leaf = write('leaf2.cer', signer.certificate);
    const late = ['--time', '2040-01-01'];
    expect(await cssiJson('pki', 'verify', leaf, '--anchor', ca.file, ...late)).toMatchObject({
      exitCode: 1,
      json: { verdict: { time: { status: 'failed' } } },
    });
    const changed = altered(leaf, (length) => length - 3);
    const { exitCode } = await cssiJson('pki', 'verify', changed, '--anchor', ca.file, ...AT_NOW);
    expect(exitCode).toBe(1);
  });
});

describe('seal', () => {
  let esl: string;
  let ofd: string;
  beforeAll(async () => {
    const maker = await ca.certify('Maker', 'seal-maker');
    const seal = await makeSeal(
      {
        esId: '33010600009994',
        name: '测试专用章',
        type: 1,
        picture: drawRoundSeal({ name: '测试专用章' }),
        signerCertificates: [signer.certificate],
        vid: 'CSSI',
        createDate: NOW,
        validStart: NOW,
        validEnd: new Date(NOW.getTime() + 30 * DAY),
      },
      maker,
    );
    esl = write('seal.esl', seal);
    const document = writeTextOfd({ title: '测试', lines: ['第一行'], created: NOW });
    const boundary = { x: 10, y: 10, width: 40, height: 40 };
    ofd = write('sealed.ofd', await sealOfd({ ofd: document, seal, signer, page: 1, boundary, time: NOW }));
  });

  it('shows a seal without its bulk', async () => {
    const { exitCode, json } = await cssiJson('seal', 'inspect', esl);
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({
      esId: '33010600009994',
      name: '测试专用章',
      makerCertificate: expect.stringMatching(/^\d+ bytes$/),
    });
  });

  it('accepts seal and document under the right anchor [part of SEAL-013]', async () => {
    for (const file of [esl, ofd]) {
      expect(await cssiJson('seal', 'verify', file, '--anchor', ca.file, ...AT_NOW)).toMatchObject({
        exitCode: 0,
        json: { accepted: true },
      });
      expect((await cssi('seal', 'verify', file, '--anchor', ca.file, ...AT_NOW)).out).toMatch(
        /^accepted\nintegrity: passed/,
      );
    }
  });

  it('accepts neither without an anchor, under another one, at another time or after a change', async () => {
    for (const file of [esl, ofd]) {
      expect((await cssiJson('seal', 'verify', file, ...AT_NOW)).json).toMatchObject({
        accepted: false,
        verdict: { trust: { status: 'indeterminate' } },
      });
      expect((await cssiJson('seal', 'verify', file, '--anchor', strange.file, ...AT_NOW)).exitCode).toBe(1);
      const early = ['--time', '2026-11-20'];
      expect((await cssiJson('seal', 'verify', file, '--anchor', ca.file, ...early)).exitCode).toBe(1);
      const changed = altered(file, (length) => length >> 1);
      expect((await cssiJson('seal', 'verify', changed, '--anchor', ca.file, ...AT_NOW)).exitCode).toBe(1);
    }
  });
});

const samples = fileURLToPath(new URL('../../../../shared/samples/seal/generated/', import.meta.url));
const present = existsSync(samples);
if (!present) console.info('shared test data not present: skipped seal samples');
describe.skipIf(!present)('seal samples of other software', () => {
  const sample = (name: string) => join(samples, name);
  it.each(['seal-v4.esl', 'signed-v4.ofd'])('accepts %s [part of SEAL-012]', async (name) => {
    const anchor = ['--anchor', sample('ca.cer')];
    expect((await cssiJson('seal', 'verify', sample(name), ...anchor, ...AT_NOW)).exitCode).toBe(0);
  });

  it.each(['seal-v1.esl', 'signed-v1.ofd', 'seal-v5-ts.esl'])(
    'refuses %s, of a version it cannot judge, with a code',
    async (name) => {
      const anchor = ['--anchor', sample('ca.cer')];
      const { exitCode, json } = await cssiJson('seal', 'verify', sample(name), ...anchor, ...AT_NOW);
      expect(exitCode).toBe(1);
      expect(json.error.code).toBe('ERR_SEAL_VERSION_UNSUPPORTED');
    },
  );
});

describe('model', () => {
  let smp: string;
  beforeAll(async () => {
    const device = await ca.certify('edge-1', 'device');
    smp = join(folder, 'model.smp');
    await packModel(
      {
        files: [{ name: 'model.onnx', input: Uint8Array.from({ length: 200_000 }, (_, i) => i) }],
        modelId: 'detector',
        version: 3,
        level: 'L1',
        link: 'edge-cloud',
        expires: new Date(NOW.getTime() + DAY),
        recipients: [device.certificate],
        chunkBytes: 65_536,
        clock: () => NOW,
        output: smp,
      },
      await ca.certify('publisher', 'model-publisher'),
    );
  });

  it('shows the manifest', async () => {
    const { exitCode, json } = await cssiJson('model', 'inspect', smp);
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({ modelId: 'detector', version: 3, level: 'L1', link: 'edge-cloud' });
  });

  it('accepts a package without any key, under the right anchor', async () => {
    expect(await cssiJson('model', 'verify', smp, '--anchor', ca.file, ...AT_NOW)).toMatchObject({
      exitCode: 0,
      json: { accepted: true },
    });
  });

  it('does not accept it under another anchor, after its end, changed or cut [part of EDGE-034]', async () => {
    const verify = async (file: string, anchor: string, time = AT_NOW) =>
      (await cssiJson('model', 'verify', file, '--anchor', anchor, ...time)).exitCode;
    expect(await verify(smp, strange.file)).toBe(1);
    expect(await verify(smp, ca.file, ['--time', '2027-01-01'])).toBe(1);
    for (const part of [0.3, 0.6, 0.99]) {
      expect(
        await verify(
          altered(smp, (length) => Math.floor(part * length)),
          ca.file,
        ),
      ).toBe(1);
    }
    expect(await verify(write('cut.smp', readFileSync(smp).subarray(0, -1)), ca.file)).toBe(1);
  });
});

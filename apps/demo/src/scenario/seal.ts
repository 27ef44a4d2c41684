import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  encodeSealOrder,
  sealMakeOperation,
  sealOfdSignOperation,
  sealOfdVerifyOperation,
  writeTextOfd,
} from '@cssi/seal';
import type { ServiceClient } from '@cssi/security-service-api';
import { fromBase64, toBase64 } from '@cssi/sm-core';
import { expect } from '../expect.ts';
import { flipByte } from '../flip.ts';
import { reasonOf, runCli, type ServerFacts } from '../processes.ts';
import { createCertifiedKey } from '../tenant-keys.ts';

const YEAR = 365 * 86_400_000;

/** A byte of the page's compressed content: a byte chosen blindly may be a time stamp of the archive, which says nothing. */
function insidePage(ofd: Uint8Array): number {
  const name = 'Doc_0/Pages/Page_0/Content.xml';
  const header = Buffer.from(ofd).indexOf(name);
  expect(header > 0, 'the sealed OFD has no page');
  return header + name.length + 20;
}

/** Makes a seal, writes an OFD, seals it through the service, verifies it there and here; then flips a byte. */
export async function sealDocument(
  server: ServerFacts,
  client: ServiceClient,
  folder: string,
  say: (text: string) => void,
): Promise<void> {
  const maker = await createCertifiedKey(client, 'seal-maker', '演示制章单位');
  const signer = await createCertifiedKey(client, 'seal-signer', '演示签章人');
  const now = new Date();
  const made = await client.call(sealMakeOperation, {
    esId: '11010000000001',
    name: '机密计算演示专用章',
    type: 1,
    keyId: maker.keyId,
    certificate: toBase64(maker.certificate),
    signerCertificates: [toBase64(signer.certificate)],
    validFrom: new Date(now.getTime() - 60_000).toISOString(),
    validTo: new Date(now.getTime() + YEAR / 2).toISOString(),
  });
  const ofd = writeTextOfd({
    title: '演示文件',
    lines: ['本文件由演示程序生成。', 'Sealed by the demo of CSSI.'],
    created: now,
  });
  const sealed = await client.call(
    sealOfdSignOperation,
    {
      keyId: signer.keyId,
      certificate: toBase64(signer.certificate),
      page: 1,
      x: 120,
      y: 200,
      width: 42,
      height: 42,
    },
    encodeSealOrder({ seal: fromBase64(made.seal), ofd }),
  );
  const path = join(folder, 'sealed.ofd');
  await writeFile(path, sealed);
  const verdict = await client.call(sealOfdVerifyOperation, {}, sealed);
  expect(verdict.accepted, `the service did not accept the seal: ${JSON.stringify(verdict).slice(0, 2000)}`);
  say(
    `sealed OFD of ${sealed.length} bytes, ${verdict.signatures[0]?.steps.length} steps passed at the service`,
  );

  const anchor = server.files.platformCa;
  const local = await runCli(['seal', 'verify', path, '--anchor', anchor, '--json']);
  expect(local.exitCode === 0, `cssi seal verify: exit ${local.exitCode} ${local.stdout} ${local.stderr}`);
  say('cssi seal verify accepts it off line');

  const altered = join(folder, 'altered.ofd');
  const bytes = Uint8Array.from(await readFile(path));
  await writeFile(altered, flipByte(bytes, insidePage(bytes)));
  const refused = await runCli(['seal', 'verify', altered, '--anchor', anchor, '--json']);
  expect(refused.exitCode === 1, `the altered OFD: exit ${refused.exitCode} ${refused.stderr}`);
  say(`one flipped byte in the OFD: refused, ${reasonOf(refused)}`);
}

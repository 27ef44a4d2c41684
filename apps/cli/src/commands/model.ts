import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describeManifest, receiveModel, verifyPackage } from '@cssi/model-transfer';
import { filePackageSource } from '@cssi/model-transfer/adapters/file';
import { fileRollbackStore } from '@cssi/model-transfer/adapters/file-state';
import { httpPackageSource, sendReceipt } from '@cssi/model-transfer/adapters/http';
import { folderJournal } from '@cssi/model-transfer/adapters/journal';
import { folderOutput } from '@cssi/model-transfer/adapters/output';
import { hmacSm3, type JsonValue, sm3, toHex } from '@cssi/sm-core';
import { type CommandGroup, EXIT } from '../command.ts';
import { CONNECTION_OPTIONS, CONNECTION_SYNOPSIS, withConnection } from '../connection.ts';
import { readAnchors, timeOf } from '../files.ts';
import { verdictOutcome } from '../show.ts';

const plain = (value: unknown): JsonValue => JSON.parse(JSON.stringify(value)) as JsonValue;

/** What shows that a file was opened byte-identical, without showing the file. */
function digests(name: string, bytes: Uint8Array) {
  return {
    name,
    bytes: bytes.length,
    sm3: toHex(sm3(bytes)),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

/** `cssi model …` */
export const model: CommandGroup = {
  inspect: {
    synopsis: 'FILE.smp',
    summary: 'shows the manifest of a package; proves nothing',
    options: {},
    async run(args) {
      const source = await filePackageSource(args.only('FILE'));
      try {
        const { manifest } = await verifyPackage(source, { anchors: [], time: new Date() });
        const json = plain(describeManifest(manifest));
        return { exitCode: EXIT.done, json, lines: [JSON.stringify(json, null, 2)] };
      } finally {
        await source.close();
      }
    },
  },
  verify: {
    synopsis: 'FILE.smp [--anchor FILE]… [--time ISO]',
    summary: 'verifies publisher, dates and every chunk of a package, without any key',
    options: { anchor: { many: true }, time: {} },
    async run(args) {
      const time = timeOf(args.text('time'));
      const anchors = await readAnchors(args.many('anchor'));
      const source = await filePackageSource(args.only('FILE'));
      try {
        return verdictOutcome(await verifyPackage(source, { anchors, time }));
      } finally {
        await source.close();
      }
    },
  },
  receive: {
    synopsis: `${CONNECTION_SYNOPSIS} --package ID --anchor FILE --state FOLDER [--out FOLDER] [--new-device]`,
    summary:
      'fetches a package as a device, verifies it, opens it and hands in the receipt; without --out in memory only, which level L2 demands',
    options: {
      ...CONNECTION_OPTIONS,
      package: {},
      anchor: { many: true },
      state: {},
      out: {},
      'new-device': { flag: true },
      progress: { flag: true },
    },
    async run(args) {
      const packageId = args.required('package');
      const folder = args.required('state');
      const anchors = await readAnchors(args.many('anchor'));
      const out = args.text('out');
      const received = await withConnection(args, 'sm2-sm3', async ({ client, credential }) => {
        const result = await receiveModel({
          source: httpPackageSource({ packageId }, client),
          device: { certificate: credential.certificate, keyPair: credential.keyPair },
          publisherAnchors: anchors,
          time: new Date(),
          state: fileRollbackStore(
            { path: join(folder, 'high-water.json'), create: args.flag('new-device') },
            { mac: async (data) => hmacSm3(credential.stateKey, data) },
          ),
          ...(out === undefined ? {} : { output: folderOutput({ folder: out }) }),
          journal: folderJournal({ folder: join(folder, 'journal') }),
          onProgress: ({ chunksDone, chunks }) => {
            if (args.flag('progress')) process.stderr.write(`progress ${chunksDone}/${chunks}\n`);
          },
        });
        await sendReceipt(packageId, result.receipt, client);
        return result;
      });
      const opened = received.files.names.map((name) => digests(name, received.files.get(name)!));
      received.files.destroy();
      const json = plain({ ...describeManifest(received.manifest), opened, out: out ?? null });
      return {
        exitCode: EXIT.done,
        json,
        lines: [
          `received ${packageId}`,
          ...opened.map(
            ({ name, bytes, sm3: digest }) => `opened ${name} in memory: ${bytes} bytes, SM3 ${digest}`,
          ),
          ...(out === undefined ? [] : [`written to ${out}`]),
        ],
      };
    },
  },
};

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex, sm2, utf8 } from '@cssi/sm-core';
import { createSoftwareTee } from '@cssi/tee-client/adapters/software';
import {
  buildBundle,
  managementCommand,
  managementSigner,
  payloadDigest,
  signBundle,
} from '@cssi/tee-client/management';
import { describe, expect, it } from 'vitest';
import { buildProject } from '../src/ta/project.ts';
import { cssiJson, temporaryFolder } from './support/cli.ts';

const scratch = temporaryFolder();
const folder = join(scratch, 'notary');

describe('template of a trusted application', () => {
  it('is copied with a name and a UUID of its own, and leaves no placeholder', async () => {
    const { exitCode, json } = await cssiJson('ta', 'new', folder);
    expect(exitCode).toBe(0);
    expect(json.files).toEqual(
      expect.arrayContaining(['README.md', 'client.mjs', 'index.ts', 'manifest.json', 'tsconfig.json']),
    );
    for (const file of json.files as string[]) {
      expect(readFileSync(join(folder, file), 'utf8')).not.toMatch(/\{\{|\}\}/);
    }
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({ name: 'notary', uuid: json.uuid });
  });

  it('runs as it is', async () => {
    const publicKey = await cssiJson('ta', 'run', folder, '--mode', 'in-process');
    expect(publicKey.exitCode).toBe(0);
    expect(fromHex(publicKey.json.output)).toHaveLength(65);
    const signed = await cssiJson(
      'ta',
      'run',
      folder,
      '--command',
      '1',
      '--input',
      'hello',
      '--mode',
      'in-process',
    );
    expect(fromHex(signed.json.output)).toHaveLength(64);
    const refused = await cssiJson('ta', 'run', folder, '--command', '1', '--mode', 'in-process');
    expect(refused.exitCode).not.toBe(0);
  });

  it('signs, counts and keeps its key over restarts', async () => {
    const pair = sm2.generateKeyPair();
    const signer = managementSigner(pair);
    const { manifest, code } = await buildProject(folder);
    const bundle = await signBundle(buildBundle(manifest, code), signer);
    const options = {
      dataDir: join(scratch, 'data'),
      mode: 'in-process',
      managementKey: pair.publicKey,
    } as const;
    const empty = new Uint8Array(0);
    let before: Uint8Array | undefined;
    for (const round of [1, 2]) {
      const tee = await createSoftwareTee(options);
      if (round === 1) {
        const command = await managementCommand(
          { action: 'install-ta', bundleDigest: payloadDigest(bundle) },
          { device: tee.info.device, sequence: 1, signer },
        );
        await tee.module.manage(command, bundle);
      }
      const enclave = await tee.enclaves().create(manifest.uuid);
      const publicKey = await enclave.call(0, empty);
      before ??= publicKey;
      expect(publicKey).toEqual(before);
      const signature = await enclave.call(1, utf8('message'));
      expect(sm2.verify(publicKey, utf8('message'), signature, { format: 'raw' })).toBe(true);
      expect(await enclave.call(2, empty)).toEqual(Uint8Array.of(0, 0, 0, round));
      await expect(enclave.call(1, utf8('message'), { maxOutput: 10 })).rejects.toMatchObject({
        code: 'ERR_TEEC_SHORT_BUFFER',
      });
      expect(await enclave.call(2, empty)).toEqual(Uint8Array.of(0, 0, 0, round));
      await tee.close();
    }
  });
});

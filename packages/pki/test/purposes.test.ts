import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PURPOSE_OIDS, verifyCertificatePath } from '../src/index.ts';
import { NOW, root, under } from './support/authority.ts';
import { troubles } from './support/codes.ts';

const PURPOSES = [
  ['seal-maker', PURPOSE_OIDS.sealMaker],
  ['seal-signer', PURPOSE_OIDS.sealSigner],
  ['model-publisher', PURPOSE_OIDS.modelPublisher],
  ['tee-attestation', PURPOSE_OIDS.teeAttestation],
  ['audit', PURPOSE_OIDS.auditCheckpoint],
] as const;

describe('purposes of the project', () => {
  it.each(PURPOSES)(
    '%s satisfies its own purpose and no other [part of EDGE-020]',
    async (profile, purpose) => {
      const ca = await root();
      const { certificate } = await under(ca, 'holder', { profile });
      const anchors = [ca.certificate];
      expect(certificate.extendedKeyUsage).toEqual([purpose]);
      for (const [, wanted] of PURPOSES) {
        const verdict = verifyCertificatePath(certificate, { anchors, time: NOW, extendedKeyUsage: wanted });
        expect(verdict.trust.status).toBe(wanted === purpose ? 'passed' : 'failed');
      }
    },
  );

  it.each(['person', 'device', 'tls-server'] as const)('%s satisfies none of them', async (profile) => {
    const ca = await root();
    const { certificate } = await under(ca, 'holder', { profile });
    for (const [, wanted] of PURPOSES) {
      const verdict = verifyCertificatePath(certificate, {
        anchors: [ca.certificate],
        time: NOW,
        extendedKeyUsage: wanted,
      });
      expect(troubles(verdict)).not.toEqual([]);
    }
  });

  it.skipIf(spawnSync('openssl', ['version']).status !== 0)(
    'are read by OpenSSL as the same UUID arc',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'cssi-pki-'));
      try {
        const { certificate } = await under(await root(), 'holder', { profile: 'seal-maker' });
        const file = join(folder, 'maker.der');
        writeFileSync(file, certificate.raw);
        const text = execFileSync('openssl', ['x509', '-inform', 'DER', '-in', file, '-noout', '-text']);
        expect(text.toString()).toContain(PURPOSE_OIDS.sealMaker);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});

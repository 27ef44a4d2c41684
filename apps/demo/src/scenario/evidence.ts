import { readFile } from 'node:fs/promises';
import { certificatesFromPem } from '@cssi/pki';
import { coreOperations, type ServiceClient } from '@cssi/security-service-api';
import { fromBase64, isAccepted, randomBytes, toBase64 } from '@cssi/sm-core';
import { type Evidence, verifyEvidence } from '@cssi/tee-client';
import { softwareTaMeasurement } from '@cssi/tee-client/adapters/software';
import { expect } from '../expect.ts';
import type { ServerFacts } from '../processes.ts';

/** Asks for the TEE's evidence and checks it against the device root and the measurement of this release. */
export async function checkEvidence(
  server: ServerFacts,
  client: ServiceClient,
  say: (text: string) => void,
): Promise<void> {
  const anchors = certificatesFromPem(await readFile(server.files.teeRoot, 'utf8'));
  const nonce = randomBytes(32);
  const answer = await client.call(coreOperations.evidence, { nonce: toBase64(nonce) });
  const evidence: Evidence = {
    format: answer.format,
    report: fromBase64(answer.report),
    certificates: answer.certificates.map(fromBase64),
  };
  const reference = { taMeasurement: softwareTaMeasurement() };
  const verdict = verifyEvidence(evidence, { nonce, anchors, time: new Date(), reference });
  expect(isAccepted(verdict), `the evidence was not accepted: ${JSON.stringify(verdict)}`);
  say(
    `integrity, trust and time passed; platform ${verdict.claims.platform}, emulated ${verdict.claims.emulated}`,
  );

  const stale = verifyEvidence(evidence, { nonce: randomBytes(32), anchors, time: new Date(), reference });
  expect(!isAccepted(stale), 'evidence for another nonce was accepted');
  say('the same evidence for another nonce is refused');
}

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '../expect.ts';
import { flipFile } from '../flip.ts';
import { reasonOf, runCli, type ServerFacts } from '../processes.ts';

/** Verifies the audit log off line; then flips a byte in it. The server has stopped by now. */
export async function verifyAudit(server: ServerFacts, say: (text: string) => void): Promise<void> {
  const { audit, auditCertificate } = server.files;
  const command = ['audit', 'verify', audit, '--certificate', auditCertificate, '--json'];
  const intact = await runCli(command);
  expect(intact.exitCode === 0, `the audit log was not accepted: ${intact.stdout} ${intact.stderr}`);
  const { records, coveredRecords } = JSON.parse(intact.stdout) as {
    records: number;
    coveredRecords: number;
  };
  expect(
    records > 50 && coveredRecords === records,
    `only ${coveredRecords} of ${records} records are covered`,
  );
  say(`${records} records, all covered by a signed checkpoint`);

  const segment = (await readdir(audit)).find((name) => name.startsWith('segment-'));
  const restore = await flipFile(join(audit, segment!), (length) => Math.floor(length / 2));
  const refused = await runCli(command);
  await restore();
  expect(refused.exitCode === 1, `the altered audit log: exit ${refused.exitCode} ${refused.stderr}`);
  say(`one flipped byte in the audit log: refused, ${reasonOf(refused)}`);
}

import { readdirSync } from 'node:fs';
import { isAccepted, sm2, toHex, utf8, type Verdict } from '@cssi/sm-core';
import { expectBytes, expectSame, fail, type VectorCheck } from '../../src/conformance/vectors/case.ts';
import type { PkiVectorFileResult } from '../../src/conformance/vectors/report.ts';
import { runChecks } from '../../src/conformance/vectors/run.ts';
import { decodePrivateKey } from '../../src/containers/private-key.ts';
import {
  type Certificate,
  certificatesFromPem,
  parseCertificate,
  pemDecode,
  verifyCertificatePath,
} from '../../src/index.ts';
import type { PathOptions } from '../../src/spec/v1/path.ts';
import { NOW } from './authority.ts';
import { troubles } from './codes.ts';
import { sharedBytes, sharedFolder, sharedText } from './shared.ts';

/** What one sample file is held against. */
export type SampleChecks = readonly VectorCheck[] | ((path: string) => readonly VectorCheck[]);

/** One folder of samples: each of its files stands in the table, and each of the table is there. */
export async function runSamples(
  folder: string,
  table: ReadonlyMap<string, SampleChecks>,
): Promise<readonly PkiVectorFileResult[]> {
  const results: PkiVectorFileResult[] = [];
  const names = new Set([...readdirSync(sharedFolder(folder)), ...table.keys()]);
  for (const name of [...names].sort()) {
    const checks = table.get(name) ?? [{ id: name, run: () => fail('nobody knows this file') }];
    const list = typeof checks === 'function' ? checks(folder + name) : checks;
    results.push(await runChecks(folder + name, list));
  }
  return results;
}

/** One line for each file. */
export const linesOf = (results: readonly PkiVectorFileResult[]): string =>
  results
    .map(
      ({ file, passed, failed, skipped }) =>
        `${file}: ${passed} passed, ${failed} failed, ${skipped} skipped`,
    )
    .join('\n');

/** Left to the seal package, by name. */
export const SEAL: SampleChecks = (path) => [{ id: path, skip: 'seal-layer' }];

/** The certificates of a file, PEM or DER. */
export const certificatesOf = (path: string): readonly Certificate[] =>
  path.endsWith('.cer') ? [parseCertificate(sharedBytes(path))] : certificatesFromPem(sharedText(path));

/** The first certificate of a file is judged: the codes that are no good news must be these. */
export const judged =
  (expected: readonly string[], options: () => Omit<PathOptions, 'time'>): SampleChecks =>
  (path) => [
    {
      id: path,
      run() {
        const verdict: Verdict = verifyCertificatePath(certificatesOf(path)[0]!, { ...options(), time: NOW });
        expectSame([...new Set(troubles(verdict))].sort(), [...expected].sort(), 'troubles');
        expectSame(isAccepted(verdict), expected.length === 0, 'accepted');
      },
    },
  ];

const LABEL = /-----BEGIN ((?:[A-Z0-9]+ )?PRIVATE KEY)-----/;

/** A private key works and belongs to the certificate in another file, where there is one. */
export const keyOf =
  (certificate?: string): SampleChecks =>
  (path) => [
    {
      id: path,
      run() {
        const text = sharedText(path);
        const [der] = pemDecode(text, LABEL.exec(text)?.[1]);
        const key = decodePrivateKey(der!);
        if (key.kind !== 'sm2') fail(`a key of kind ${key.kind}`);
        const { pair } = key as Extract<typeof key, { kind: 'sm2' }>;
        const message = utf8('m');
        if (!sm2.verify(pair.publicKey, message, sm2.signWith(pair, message))) fail('the pair does not work');
        pair.privateKey.destroy();
        if (certificate === undefined) return;
        const folder = path.slice(0, path.lastIndexOf('/') + 1);
        const owner = certificatesOf(folder + certificate)[0]!;
        expectSame(toHex(pair.publicKey), toHex(owner.sm2PublicKey!), 'public key');
      },
    },
  ];

/** Is the same certificate as the one in another file. */
export const sameAs =
  (other: string): SampleChecks =>
  (path) => [
    {
      id: path,
      run() {
        const folder = path.slice(0, path.lastIndexOf('/') + 1);
        const [own] = certificatesOf(path);
        expectBytes(own!.raw, certificatesOf(folder + other)[0]!.raw, 'certificate');
      },
    },
  ];

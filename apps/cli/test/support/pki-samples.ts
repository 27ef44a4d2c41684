import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const shared = fileURLToPath(new URL('../../../../../shared/', import.meta.url));

/** Are the shared test data there? */
export const sharedPresent: boolean = existsSync(join(shared, 'vectors/certs'));
if (!sharedPresent) console.info('shared test data not present: skipped samples and vectors of certificates');

/** One file or case. */
export interface Sample {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly password?: string;
  /** What the data say it is. */
  readonly kind?: string;
}

function sampleFiles(folder: string): Sample[] {
  const path = join(shared, 'samples/seal', folder);
  return readdirSync(path).map((name) => ({
    name: `${folder}/${name}`,
    bytes: readFileSync(join(path, name)),
  }));
}

interface Case {
  readonly name?: string;
  readonly sha256?: string;
  readonly kind?: string;
  readonly der: string;
  readonly password?: string;
  readonly password_utf8_hex?: string;
}

function cases(file: string): Sample[] {
  const { cases: list } = JSON.parse(readFileSync(join(shared, 'vectors/certs', file), 'utf8')) as {
    cases: Case[];
  };
  return list.map(({ name, sha256, kind, der, password, password_utf8_hex: hex }) => {
    const secret = password ?? (hex === undefined ? undefined : Buffer.from(hex, 'hex').toString('utf8'));
    return {
      name: `${file}/${name ?? sha256?.slice(0, 16)}`,
      bytes: Buffer.from(der, 'hex'),
      ...(kind === undefined ? {} : { kind }),
      ...(secret === undefined ? {} : { password: secret }),
    };
  });
}

/** Every sample and case that a command should be able to look at. */
export const samples = (): Sample[] =>
  sharedPresent
    ? [
        ...sampleFiles('generated'),
        ...sampleFiles('tongsuo-certs'),
        ...['containers.json', 'generated_pki.json', 'third_party_certs.json'].flatMap(cases),
      ]
    : [];

/** Numbers that look random and are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

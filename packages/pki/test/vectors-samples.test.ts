import { beforeAll, describe, expect, it } from 'vitest';
import { parseCertificate, verifyCertificatePath } from '../src/index.ts';
import { OIDS } from '../src/spec/v1/oids.ts';
import { NOW } from './support/authority.ts';
import { troubles } from './support/codes.ts';
import { sharedBytes, sharedPresent } from './support/shared.ts';
import { linesOf, runSamples, type SampleChecks } from './support/vector-samples.ts';
import { GENERATED, GENERATED_SAMPLES } from './support/vector-samples-generated.ts';
import { TONGSUO, TONGSUO_SAMPLES } from './support/vector-samples-tongsuo.ts';

/** Folder, its table, its files, and how many of them are left to the seal package. */
const FOLDERS: readonly (readonly [string, ReadonlyMap<string, SampleChecks>, number, number])[] = [
  [GENERATED, GENERATED_SAMPLES, 28, 9],
  [TONGSUO, TONGSUO_SAMPLES, 33, 0],
];

describe.each(FOLDERS)('samples of %s', (folder, table, files, left) => {
  const present = sharedPresent(folder);

  it.skipIf(!present)('every file comes to its verdict [part of SEAL-015, SEAL-016, SEAL-018]', async () => {
    const results = await runSamples(folder, table);
    console.info(linesOf(results));
    expect(
      results.flatMap(({ file, failures }) => failures.map(({ detail }) => `${file}: ${detail}`)),
    ).toEqual([]);
    expect(results).toHaveLength(files);
    expect(results.filter(({ skips }) => skips['seal-layer'] === 1)).toHaveLength(left);
    expect(results.every(({ passed, skipped }) => passed + skipped > 0)).toBe(true);
  });

  it.skipIf(!present)('a file that nobody knows, and one that is gone, fail', async () => {
    const [first, ...others] = [...table];
    const results = await runSamples(folder, new Map([...others, ['gone.cer', first![1]]]));
    expect(
      results
        .filter(({ failed }) => failed > 0)
        .map(({ file }) => file)
        .sort(),
    ).toEqual([folder + first![0], `${folder}gone.cer`].sort());
  });
});

describe.skipIf(!sharedPresent(`${GENERATED}ca.cer`))('purposes of the sample certificates', () => {
  const read = (name: string) => parseCertificate(sharedBytes(`${GENERATED}${name}.cer`));
  let anchors: ReturnType<typeof read>[];
  beforeAll(() => {
    anchors = [read('ca')];
  });

  it('the pair of the signer: one may sign, the other may not [part of SEAL-015, EDGE-020]', () => {
    const options = { anchors, time: NOW, keyUsage: ['digitalSignature'] } as const;
    expect(troubles(verifyCertificatePath(read('signer-sign'), options))).toEqual([]);
    expect(troubles(verifyCertificatePath(read('signer-enc'), options))).toEqual(['KEY_USAGE_WRONG']);
  });

  it('the time stamping authority has its purpose, the maker has not', () => {
    const options = { anchors, time: NOW, extendedKeyUsage: OIDS.timeStamping };
    expect(troubles(verifyCertificatePath(read('tsa'), options))).toEqual([]);
    expect(troubles(verifyCertificatePath(read('maker'), options))).toEqual(['EXTENDED_KEY_USAGE_WRONG']);
  });
});

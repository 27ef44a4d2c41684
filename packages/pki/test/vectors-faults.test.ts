import { utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { runPkiVectorFile } from '../src/conformance/vectors/index.ts';
import { sharedPresent, sharedText } from './support/shared.ts';

type Row = Record<string, unknown>;

const CERTS = 'vectors/certs/';
const FILES = ['containers.json', 'generated_pki.json', 'third_party_certs.json'];
const present = sharedPresent(`${CERTS}containers.json`);
if (present) console.info('vectors with planted faults: each must fail');

const rowsOf = (file: string): Row[] => (JSON.parse(sharedText(CERTS + file)) as { cases: Row[] }).cases;
const run = (content: unknown, path = 'planted.json') =>
  runPkiVectorFile({ path, content: utf8(JSON.stringify(content)) });

/** Runs a file after `fault` changed the rows that it chooses; answers how many it chose, and how many failed. */
async function planted(
  file: string,
  fault: (row: Row) => boolean,
): Promise<[chosen: number, failed: number]> {
  const cases = rowsOf(file);
  const chosen = cases.filter((row) => fault(row)).length;
  return [chosen, (await run({ cases })).failed];
}

const flipHex = (text: string): string => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0');

/** The last byte of what is compared with a result is changed. */
const changed =
  (field: string) =>
  (row: Row): boolean => {
    const value = row[field];
    if (typeof value !== 'string' || row.expected === 'invalid') return false;
    row[field] = flipHex(value);
    return true;
  };

describe.skipIf(!present)('a fault in a file of vectors is found', () => {
  it.each(FILES)('%s: every object that is cut off fails', async (file) => {
    const cut = (row: Row) => {
      // A private key that is to be refused is refused for this reason as well.
      if (String(row.note).includes('must be rejected')) return false;
      row.der = (row.der as string).slice(0, -2);
      return true;
    };
    const [chosen, failed] = await planted(file, cut);
    expect(chosen).toBeGreaterThan(8);
    expect(failed).toBe(chosen);
  });

  it.each([['containers.json'], ['generated_pki.json']])('%s: the opposite verdict fails', async (file) => {
    const kinds = ['certificate', 'crl', 'csr', 'cms-signeddata', 'signed-data', 'enveloped-data'];
    const [chosen, failed] = await planted(file, (row) => {
      if (!kinds.includes(row.kind as string)) return false;
      const refused = typeof row.expected === 'string' && row.expected.startsWith('invalid');
      row.expected = refused ? 'valid' : 'invalid: notAfter';
      return true;
    });
    expect(chosen).toBeGreaterThan(5);
    expect(failed).toBe(chosen);
  });

  it('a refusal for another reason than the stated one fails', async () => {
    const [chosen, failed] = await planted('generated_pki.json', (row) => {
      if (row.kind !== 'certificate' || !String(row.expected).startsWith('invalid')) return false;
      row.expected = String(row.expected).includes('notBefore') ? 'invalid: notAfter' : 'invalid: notBefore';
      return true;
    });
    expect([chosen, failed]).toEqual([10, 10]);
  });

  it.each([
    ['containers.json', 'clear_pkcs8', 2],
    ['containers.json', 'content', 4],
    ['containers.json', 'private_key', 1],
    ['containers.json', 'password_utf8_hex', 2],
    ['generated_pki.json', 'content', 7],
    ['generated_pki.json', 'revoked_serial', 2],
    ['generated_pki.json', 'password', 4],
    ['third_party_certs.json', 'pub', 45],
    ['third_party_certs.json', 'sha256', 43],
    ['third_party_certs.json', 'serial', 43],
    ['third_party_certs.json', 'not_after', 43],
  ])('%s: another %s fails', async (file, field, least) => {
    // Only of certificates is the digest compared; of other objects it is the name.
    const fault =
      field === 'sha256' ? (row: Row) => row.kind === 'certificate' && changed(field)(row) : changed(field);
    const [chosen, failed] = await planted(file, fault);
    expect(chosen).toBeGreaterThanOrEqual(least);
    expect(failed).toBeGreaterThanOrEqual(chosen);
  });

  it('a list that does not name whom it should revoke fails', async () => {
    const [, failed] = await planted('generated_pki.json', (row) => {
      if (row.name !== 'set0.client') return false;
      row.expected = 'revoked in set0.crl';
      return true;
    });
    // The certificate, which is not refused, and the list, which does not name it.
    expect(failed).toBe(2);
  });
});

describe('a file of vectors that is none', () => {
  it.each([
    ['no JSON', utf8('{"cases": [')],
    ['no list of cases', utf8('{"cases": {}}')],
    ['a case that is none', utf8('{"cases": [1]}')],
    ['another number of cases than it says', utf8('{"count": 2, "cases": [{"kind": "spki", "der": ""}]}')],
  ])('%s is one failure', async (_what, content) => {
    const result = await runPkiVectorFile({ path: 'x.json', content });
    expect(result).toMatchObject({ file: 'x.json', passed: 0, failed: 1, skipped: 0 });
    expect(result.failures[0]?.id).toBe('file');
  });

  it('a kind that nobody knows fails and is not left out', async () => {
    const result = await run({ cases: [{ name: 'a', kind: 'moon', der: '3000' }] });
    expect(result).toMatchObject({ failed: 1, skipped: 0 });
    expect(result.failures).toEqual([{ id: 'a', detail: 'nobody knows the kind moon' }]);
  });

  it('an error that is not coded is a failure that says so', async () => {
    const result = await run({ cases: [{ name: 'a', kind: 'spki' }] });
    expect(result.failures[0]?.detail).toContain('field der is not a text');
  });

  it('describes twenty failures and counts them all', async () => {
    const cases = Array.from({ length: 30 }, (_, i) => ({ name: `n${i}`, kind: 'spki', der: '00' }));
    const result = await run({ cases });
    expect([result.failed, result.failures.length]).toEqual([30, 20]);
  });
});

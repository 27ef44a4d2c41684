import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DemoFailure, expect as demand } from '../src/expect.ts';
import { flipByte, flipFile } from '../src/flip.ts';
import { reasonOf, runCli } from '../src/processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'cssi-demo-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('expect', () => {
  it('ends the demo unless the condition holds', () => {
    demand(true, 'never shown');
    expect(() => demand(false, 'the reason')).toThrow(DemoFailure);
    expect(() => demand(false, 'the reason')).toThrow('the reason');
  });
});

describe('flip', () => {
  it('changes one bit of a copy', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    expect(flipByte(bytes, 1)).toEqual(Uint8Array.of(1, 3, 3));
    expect(bytes).toEqual(Uint8Array.of(1, 2, 3));
    expect(flipByte(flipByte(bytes, 2), 2)).toEqual(bytes);
  });

  it('changes a file and puts it back', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'abcd');
    const restore = await flipFile(path, (length) => length / 2);
    expect(readFileSync(path, 'utf8')).toBe('abbd');
    await restore();
    expect(readFileSync(path, 'utf8')).toBe('abcd');
  });

  it('fails on a file that is not there', async () => {
    await expect(flipFile(join(folder, 'none'), () => 0)).rejects.toThrow('ENOENT');
  });
});

describe('the reason of a refusal', () => {
  const ended = (stdout: string, stderr = '') => reasonOf({ exitCode: 1, stdout, stderr });
  it('is the code of the error', () => {
    expect(ended('', 'ERR_MODEL_CHUNK_WRONG: A chunk …')).toBe('ERR_MODEL_CHUNK_WRONG');
  });

  it('or the first aspect that did not pass', () => {
    const aspect = (status: string, ...codes: string[]) => ({
      status,
      reasons: codes.map((code) => ({ code })),
    });
    const verdict = {
      integrity: aspect('passed', 'A'),
      trust: aspect('failed', 'B', 'C'),
      time: aspect('failed'),
    };
    expect(ended(JSON.stringify({ verdict }))).toBe('trust failed: B, C');
  });
});

describe('a run of the command line', () => {
  it('gives back all of both streams', async () => {
    const lines: string[] = [];
    const result = await runCli(['nothing'], { onLine: (line) => lines.push(line) });
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(`${lines.join('\n')}\n`).toBe(result.stderr);
    expect(lines[0]).toMatch(/^usage: cssi/);
  });
});

import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { pki } from '../src/commands/pki/index.ts';
import { watchOutput } from '../src/standard-output.ts';
import { cssi, cssiJson } from './support/cli.ts';

afterEach(() => vi.restoreAllMocks());

const fault = (code: string) => Object.assign(new Error(code), { code });
function watched() {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const lost = vi.fn();
  return { stdout, stderr, lost, exitCodeOf: watchOutput(stdout, stderr, lost) };
}

describe('the output', () => {
  it('may be cut by whoever reads it', () => {
    const { stdout, stderr, lost, exitCodeOf } = watched();
    stdout.emit('error', fault('EPIPE'));
    stderr.emit('error', fault('EPIPE'));
    expect([exitCodeOf(0), exitCodeOf(1), stderr.read()]).toEqual([0, 1, null]);
    expect(lost).not.toHaveBeenCalled();
  });

  it('that is lost otherwise is a fault of the environment, said once', () => {
    const { stdout, stderr, lost, exitCodeOf } = watched();
    stdout.emit('error', fault('ENOSPC'));
    stdout.emit('error', fault('ENOSPC'));
    expect(exitCodeOf(0)).toBe(3);
    expect(String(stderr.read())).toMatch(/^ERR_CLI_FILE: .*ENOSPC\n$/);
    expect(lost).toHaveBeenCalledTimes(1);
  });
});

describe('an error that nobody foresaw', () => {
  it('has a code, one JSON document and no stack', async () => {
    vi.spyOn(pki.inspect!, 'run').mockRejectedValue(new RangeError('far out'));
    const { exitCode, json } = await cssiJson('pki', 'inspect', 'file');
    expect({ exitCode, json }).toMatchObject({
      exitCode: 3,
      json: { error: { code: 'ERR_CLI_INTERNAL', messageZh: expect.any(String) } },
    });
    const { err } = await cssi('pki', 'inspect', 'file');
    expect(err).toContain('RangeError: far out');
    expect(err).not.toMatch(/\n\s+at /);
  });
});

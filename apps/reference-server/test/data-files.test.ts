import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Closing } from '../src/closing.ts';
import {
  appendLine,
  makePrivateFolder,
  readFileIfPresent,
  removeFile,
  writeFileAtomically,
} from '../src/data-files.ts';
import { stopListening } from '../src/stop-listening.ts';
import { codeOf } from './support/codes.ts';
import { temporaryFolder } from './support/folders.ts';

const folder = temporaryFolder();
const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('files of the data folder', () => {
  it('are for the owner alone unless they are certificates', () => {
    const made = join(folder, 'private/deep');
    makePrivateFolder(made);
    writeFileAtomically(join(made, 'key'), 'secret');
    writeFileAtomically(join(made, 'certificate'), 'public', 0o644);
    appendLine(join(made, 'lines'), new TextEncoder().encode('1'));
    expect(modeOf(made)).toBe(0o700);
    expect(modeOf(join(made, 'key'))).toBe(0o600);
    expect(modeOf(join(made, 'certificate'))).toBe(0o644);
    expect(modeOf(join(made, 'lines'))).toBe(0o600);
  });

  it('are replaced in one step and leave nothing beside them', () => {
    const path = join(folder, 'replaced');
    writeFileAtomically(path, 'first');
    const before = statSync(path).ino;
    writeFileAtomically(path, new TextEncoder().encode('second'));
    expect(readFileSync(path, 'utf8')).toBe('second');
    // A new file under the old name: whoever had the old one open still reads all of it.
    expect(statSync(path).ino).not.toBe(before);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('leave no half-written file when the place is taken', async () => {
    const taken = join(folder, 'taken');
    mkdirSync(join(taken, 'inside'), { recursive: true });
    expect(await codeOf(() => writeFileAtomically(taken, 'x'))).toBe('ERR_APP_FILE');
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('fail with a code where nothing can be written', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    expect(await codeOf(() => makePrivateFolder(join(file, 'x')))).toBe('ERR_APP_DATA_FOLDER');
    expect(await codeOf(() => writeFileAtomically(join(file, 'x'), ''))).toBe('ERR_APP_FILE');
    expect(await codeOf(() => appendLine(join(file, 'x'), new Uint8Array(1)))).toBe('ERR_APP_FILE');
    expect(await codeOf(() => removeFile(join(file, 'x')))).toBe('ERR_APP_FILE');
  });

  it('are read whole, not at all, or refused', async () => {
    expect(readFileIfPresent(join(folder, 'missing'))).toBeUndefined();
    writeFileSync(join(folder, 'large'), Buffer.alloc((1 << 20) + 1));
    expect(await codeOf(() => readFileIfPresent(join(folder, 'large')))).toBe('ERR_APP_FILE');
    expect(await codeOf(() => readFileIfPresent(folder))).toBe('ERR_APP_FILE');
  });

  it('may be gone already when they are removed', () => {
    const path = join(folder, 'gone');
    writeFileSync(path, '');
    removeFile(path);
    removeFile(path);
    expect(existsSync(path)).toBe(false);
  });
});

describe('closing', () => {
  it('goes from last to first, past a failure, and only once', async () => {
    const closing = new Closing();
    const seen: string[] = [];
    closing.add('first', (name) => void seen.push(name));
    closing.add('second', () => Promise.reject(new Error('stuck')));
    closing.add('third', (name) => void seen.push(name));
    await expect(closing.close()).rejects.toThrow('stuck');
    expect(seen).toEqual(['third', 'first']);
    await closing.close();
    expect(seen).toEqual(['third', 'first']);
  });

  it('cuts a peer that never says anything', async () => {
    const server = createServer();
    const stop = stopListening(server, () => new Promise((resolve) => server.close(() => resolve())), 20);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const peer = createConnection((server.address() as { port: number }).port, '127.0.0.1');
    await new Promise((resolve) => server.once('connection', resolve));
    const cut = new Promise((resolve) => peer.once('close', resolve));
    peer.on('error', () => undefined);
    peer.resume();
    await stop();
    await cut;
    expect(server.listening).toBe(false);
  });
});

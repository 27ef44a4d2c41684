import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stateProblem } from './records.ts';

/*
 * A listening Unix domain socket goes away with its process, however that ends; a file with a
 * process id does not. Each contender listens under a name of its own, renames it to
 * `.lock-…` when it listens, and then connects to all others: one that answers wins, one that
 * refuses is left over from a dead process. Two at once may both give way and try again.
 * Between processes of one kernel; not across a network file system.
 */

const PREFIX = '.lock-';
const TEMPORARY = '.tmp-lock-';
const ATTEMPTS = 4;
/** The shortest limit of a socket's path among the systems we run on, without the NUL. */
const MAX_SOCKET_PATH_BYTES = 103;

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // Only "refused" and "gone" prove that nobody is there.
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'),
    );
  });
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      // A failed accept must not end the process; the kernel still answers.
      server.on('error', () => undefined);
      server.unref();
      resolve(server);
    });
  });
}

/** True when nobody else holds the folder; sockets of dead processes are removed. */
async function alone(folder: string, at: (name: string) => string, own: string): Promise<boolean> {
  for (const name of await readdir(folder)) {
    const holder = name.startsWith(PREFIX) && name !== own;
    if (!holder && !name.startsWith(TEMPORARY)) continue;
    const alive = await answers(at(name));
    if (alive && holder) return false;
    // One that was about to listen finds its name gone, and tries again.
    if (!alive) await rm(join(folder, name), { force: true });
  }
  return true;
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

async function attempt(folder: string): Promise<(() => Promise<void>) | undefined> {
  const id = randomBytes(8).toString('hex');
  const short = Buffer.byteLength(join(folder, TEMPORARY + id)) <= MAX_SOCKET_PATH_BYTES;
  if (!short && process.platform !== 'linux') throw stateProblem('lock-path-too-long');
  // The handle of the folder gives a long path a short name.
  const handle = short ? undefined : await open(folder, 'r');
  const at = (name: string) => join(handle === undefined ? folder : `/proc/self/fd/${handle.fd}`, name);
  let server: Server;
  try {
    server = await listen(at(TEMPORARY + id));
  } catch (error) {
    await handle?.close();
    throw error;
  }
  const release = async () => {
    try {
      await rm(join(folder, PREFIX + id), { force: true });
    } finally {
      await new Promise((resolve) => server.close(resolve));
      await handle?.close();
    }
  };
  try {
    await rename(join(folder, TEMPORARY + id), join(folder, PREFIX + id));
    if (await alone(folder, at, PREFIX + id)) return release;
  } catch (error) {
    await release();
    if (isMissing(error)) return undefined;
    throw error;
  }
  await release();
  return undefined;
}

/**
 * Locks a folder against every other process and against a second call in this one.
 *
 * @returns the function that lets go
 * @throws SmError ERR_PKI_AUTHORITY_STATE
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  if (process.platform === 'win32') throw stateProblem('lock-platform');
  for (let i = 0; i < ATTEMPTS; i++) {
    if (i > 0) await delay(10 + Math.random() * 40 * i);
    const release = await attempt(folder);
    if (release !== undefined) return release;
  }
  throw stateProblem('store-locked');
}

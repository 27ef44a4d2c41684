import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';

/*
 * Why a socket and not a file with a process id: a process id is used again after a crash,
 * differs between containers that share a volume, and taking over a stale file is a race
 * between the check and the removal. A listening Unix domain socket belongs to the kernel:
 * it goes away with its process, however that ends, and answers connects even while the
 * process is busy.
 *
 * A socket file stays behind after a crash, so a fixed name would bring the race back.
 * Each contender therefore uses a name of its own, which is never used twice:
 *   1. listen under a temporary name, then rename to `.lock-<random>`: every visible name
 *      listens already, so a refused connect proves that its process is gone;
 *   2. connect to every other `.lock-*`: one that answers → give way; one that refuses →
 *      remove it, which can hurt nobody;
 *   3. nobody answered → the folder is ours.
 * Both of two contenders announce (1) before they look (2), so at least one sees the other.
 * Both may give way; they try again after a random pause.
 *
 * It holds between processes of one kernel (containers included), not across a network
 * file system.
 */

const PREFIX = '.lock-';
const TEMPORARY = '.tmp-lock-';
const ATTEMPTS = 4;
/** The shortest limit of `sun_path` among the systems we run on is 104 bytes with the NUL. */
const MAX_SOCKET_PATH_BYTES = 103;

/** An exclusive hold on a folder. */
export interface FolderLock {
  /** Lets go. A second call does nothing. */
  release(): Promise<void>;
}

const failed = (reason: string, cause?: unknown) =>
  SECURITY_SERVICE_ERRORS.create('ERR_STATE_LOCK_FAILED', { detail: `reason=${reason}`, cause });

/** True when a process listens behind the socket file. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // Only "refused" and "gone" prove that nobody is there; any doubt counts as alive.
    socket.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    );
  });
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      // A failed accept (no free descriptor) must not end the process; the kernel still answers.
      server.on('error', () => undefined);
      server.unref();
      resolve(server);
    });
  });
}

const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

async function attempt(folder: string): Promise<FolderLock | undefined> {
  const id = randomBytes(8).toString('hex');
  const own = PREFIX + id;
  // A socket path is at most about 100 bytes long; a folder handle gives long paths a short name.
  const short = Buffer.byteLength(join(folder, TEMPORARY + id)) <= MAX_SOCKET_PATH_BYTES;
  if (!short && process.platform !== 'linux') throw failed('path-too-long');
  const handle = short ? undefined : await open(folder, 'r');
  const at = (name: string) => join(handle === undefined ? folder : `/proc/self/fd/${handle.fd}`, name);

  const server = await listen(at(TEMPORARY + id));
  let released: Promise<void> | undefined;
  const release = async () => {
    await rm(join(folder, own), { force: true });
    await closed(server);
    await handle?.close();
  };
  try {
    await rename(join(folder, TEMPORARY + id), join(folder, own));
    for (const name of await readdir(folder)) {
      if (!name.startsWith(PREFIX) || name === own) continue;
      if (await answers(at(name))) {
        await release();
        return undefined;
      }
      await rm(join(folder, name), { force: true });
    }
  } catch (error) {
    await release();
    throw error;
  }
  return {
    release: () => {
      released ??= release();
      return released;
    },
  };
}

/**
 * Locks a folder against every other process and against a second call in this one. The
 * folder is made when missing. The lock of a process that has ended counts no longer.
 *
 * @param folder - on a local file system
 * @throws {@link SmError} ERR_STATE_LOCKED when somebody else holds it, ERR_STATE_LOCK_FAILED
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  if (process.platform === 'win32') throw failed('platform');
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (let i = 0; i < ATTEMPTS; i++) {
      const lock = await attempt(folder);
      if (lock !== undefined) return lock;
      if (i < ATTEMPTS - 1) await delay(10 + Math.random() * 40 * (i + 1));
    }
  } catch (error) {
    if (SECURITY_SERVICE_ERRORS.is(error)) throw error;
    throw failed((error as NodeJS.ErrnoException).code ?? 'unknown', error);
  }
  throw SECURITY_SERVICE_ERRORS.create('ERR_STATE_LOCKED');
}

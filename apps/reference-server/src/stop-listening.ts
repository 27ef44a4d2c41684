import type { Server, Socket } from 'node:net';

/** Longest wait for calls that are under way when the server stops, in milliseconds. */
const GRACE_MS = 5000;

/**
 * Follows the connections of a server, so that stopping ends in bounded time: a peer that
 * never finishes its TLS handshake would otherwise keep the server open for minutes.
 *
 * @returns closes with `close`, and cuts what is still connected after the grace time
 */
export function stopListening(
  server: Server,
  close: () => Promise<void>,
  graceMs = GRACE_MS,
): () => Promise<void> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return async () => {
    const timer = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, graceMs);
    try {
      await close();
    } finally {
      clearTimeout(timer);
    }
  };
}

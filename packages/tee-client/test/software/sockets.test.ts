import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { SocketTable } from '../../src/adapters/software/sockets.ts';
import { TEEC_RESULTS } from '../../src/spec/v1/results.ts';
import { onCleanup } from '../basics.ts';

const INFINITE = 0xffffffff;
const HOST = '127.0.0.1';
let tables: SocketTable[] = [];
afterEach(() => {
  for (const table of tables) table.closeAll();
  tables = [];
});

const call = (milliseconds = 5_000, signal?: AbortSignal) => ({
  signal,
  deadline: performance.now() + milliseconds,
});

async function serve(handler: (socket: Socket) => void): Promise<{ port: number; server: Server }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    handler(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  onCleanup(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, server };
}

function tableFor(...peers: string[]): SocketTable {
  const table = new SocketTable(peers);
  tables.push(table);
  return table;
}

const echo = (socket: Socket) => socket.pipe(socket);

describe('sockets of an application', () => {
  it('reach a peer of the manifest, both ways [part of CC-037]', async () => {
    const { port } = await serve(echo);
    const table = tableFor(`${HOST}:${port}`);
    const { result, value } = await table.open(HOST, port, 1_000, call());
    expect(result).toBe(TEEC_RESULTS.SUCCESS);
    expect((await table.send(value, Uint8Array.of(1, 2, 3), call())).result).toBe(0);
    const first = await table.receive(value, 2, INFINITE, call());
    const second = await table.receive(value, 10, INFINITE, call());
    expect([first.parts[0], second.parts[0]].map((part) => [...(part ?? [])])).toEqual([[1, 2], [3]]);
    expect(table.close(value).result).toBe(0);
    expect(table.close(value).result).toBe(TEEC_RESULTS.BAD_PARAMETERS);
  });

  it('reach nobody else: not another port, host name or spelling [part of CC-037]', async () => {
    const { port, server } = await serve(echo);
    let connections = 0;
    server.on('connection', () => connections++);
    const table = tableFor(`localhost:${port}`);
    for (const [host, to] of [
      [HOST, port],
      ['localhost', port + 1],
      ['LOCALHOST', port],
      ['localhost.', port],
      ['::1', port],
      [`localhost:${port}`, 0],
    ] as const) {
      expect((await table.open(host, to, 1_000, call())).result).toBe(TEEC_RESULTS.ACCESS_DENIED);
    }
    expect((await tableFor().open('localhost', port, 1_000, call())).result).toBe(TEEC_RESULTS.ACCESS_DENIED);
    expect(connections).toBe(0);
  });

  it('that nobody listens on give COMMUNICATION', async () => {
    const { port, server } = await serve(echo);
    await new Promise((resolve) => server.close(resolve));
    const answer = await tableFor(`${HOST}:${port}`).open(HOST, port, 2_000, call());
    expect(answer).toMatchObject({ result: TEEC_RESULTS.COMMUNICATION, origin: 2 });
  });

  it('that stay silent end with the time-out, or with the call', async () => {
    const { port } = await serve(() => {});
    const table = tableFor(`${HOST}:${port}`);
    const { value } = await table.open(HOST, port, 1_000, call());
    expect((await table.receive(value, 1, 20, call())).result).toBe(TEEC_RESULTS.TIMEOUT);
    expect((await table.receive(value, 1, INFINITE, call(20))).result).toBe(TEEC_RESULTS.TIMEOUT);
  });

  it('end waiting when the call is cancelled', async () => {
    const { port } = await serve(() => {});
    const table = tableFor(`${HOST}:${port}`);
    const { value } = await table.open(HOST, port, 1_000, call());
    const controller = new AbortController();
    const waiting = table.receive(value, 1, INFINITE, call(5_000, controller.signal));
    controller.abort();
    expect((await waiting).result).toBe(TEEC_RESULTS.CANCEL);
  });

  it('give what is left and then an empty part when the peer has ended', async () => {
    const { port } = await serve((socket) => socket.end(Uint8Array.of(7)));
    const table = tableFor(`${HOST}:${port}`);
    const { value } = await table.open(HOST, port, 1_000, call());
    expect([...((await table.receive(value, 9, 1_000, call())).parts[0] ?? [])]).toEqual([7]);
    const end = await table.receive(value, 9, 1_000, call());
    expect([end.result, end.parts[0]?.length]).toEqual([0, 0]);
  });

  it('keep a bounded number of bytes of a peer that sends without end', async () => {
    let sent = 0;
    const { port } = await serve((socket) => {
      const chunk = new Uint8Array(64 << 10);
      const pour = (): void => {
        while (!socket.destroyed && sent < 256 << 20) {
          sent += chunk.length;
          if (!socket.write(chunk)) {
            socket.once('drain', pour);
            return;
          }
        }
      };
      pour();
    });
    const table = tableFor(`${HOST}:${port}`);
    const { value } = await table.open(HOST, port, 1_000, call());
    await new Promise((resolve) => setTimeout(resolve, 300));
    const held = sent;
    await new Promise((resolve) => setTimeout(resolve, 200));
    // The sender stands still: what it could send lies in the system's buffers and in our bounded one.
    expect(sent).toBe(held);
    expect(sent).toBeLessThan(64 << 20);
    expect((await table.receive(value, 1 << 20, 1_000, call())).parts[0]?.length).toBeGreaterThan(0);
  });

  it('are at most 16, and unknown numbers are refused', async () => {
    const { port } = await serve(echo);
    const table = tableFor(`${HOST}:${port}`);
    const opened = await Promise.all(Array.from({ length: 17 }, () => table.open(HOST, port, 1_000, call())));
    expect(opened.map(({ result }) => result).filter((result) => result === TEEC_RESULTS.BUSY)).toHaveLength(
      1,
    );
    expect((await table.send(99, new Uint8Array(1), call())).result).toBe(TEEC_RESULTS.BAD_PARAMETERS);
    expect((await table.receive(99, 1, 0, call())).result).toBe(TEEC_RESULTS.BAD_PARAMETERS);
  });

  it('close with the domain, also while somebody waits', async () => {
    let closed = 0;
    const { port } = await serve((socket) => socket.on('close', () => closed++));
    const table = tableFor(`${HOST}:${port}`);
    const { value } = await table.open(HOST, port, 1_000, call());
    const waiting = table.receive(value, 1, INFINITE, call());
    table.closeAll();
    expect((await waiting).result).not.toBe(TEEC_RESULTS.SUCCESS);
    await expect.poll(() => closed).toBe(1);
  });

  it('do not wait for a connection when the call was cancelled before', async () => {
    const { port } = await serve(() => {});
    const table = tableFor(`${HOST}:${port}`);
    const answer = await table.open(HOST, port, INFINITE, call(5_000, AbortSignal.abort()));
    expect(answer.result).toBe(TEEC_RESULTS.CANCEL);
  });

  it('keep no process alive while nobody waits for them', async () => {
    const { port } = await serve((socket) => socket.unref());
    const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    // Those of the tests before are on their way out.
    await expect.poll(sockets).toBe(0);
    expect((await tableFor(`${HOST}:${port}`).open(HOST, port, 1_000, call())).result).toBe(0);
    expect(sockets()).toBe(0);
  });

  it('a send to a peer that reset the connection fails', async () => {
    const { port } = await serve((socket) => socket.resetAndDestroy());
    const table = tableFor(`${HOST}:${port}`);
    const { result, value } = await table.open(HOST, port, 1_000, call());
    if (result !== 0) return expect(result).toBe(TEEC_RESULTS.COMMUNICATION);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await table.send(value, new Uint8Array(10), call())).result).toBe(TEEC_RESULTS.COMMUNICATION);
  });
});

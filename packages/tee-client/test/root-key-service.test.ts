import { utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  openRootKeyService,
  packCertificates,
  ROOT_KEY_COMMANDS,
  type TeeClient,
  type TeecOperation,
  type TeecParameter,
  teecError,
} from '../src/index.ts';
import { failureOf } from './support.ts';

type Invoke = (command: number, operation: TeecOperation) => readonly TeecParameter[];

/** A TEE of which only the answers matter. Counts what is opened and ended. */
function fakeTee(invoke: Invoke, version = 1) {
  const seen = { sessions: 0, finalized: 0, calls: 0 };
  const client: TeeClient = {
    specVersion: '1',
    name: 'fake',
    emulated: true,
    capabilities: new Set(),
    initializeContext: async () => ({
      openSession: async () => {
        seen.sessions++;
        return {
          invokeCommand: async (command, operation = { params: [] }) => {
            if (command === ROOT_KEY_COMMANDS.GET_INFO) {
              return {
                params: [
                  { type: 2, a: 1, b: version },
                  { type: 2, a: 65_536, b: 1 },
                ],
              };
            }
            seen.calls++;
            return { params: invoke(command, operation) };
          },
          close: async () => {},
        };
      },
      registerSharedMemory: () => {
        throw teecError('NOT_SUPPORTED', 'API');
      },
      allocateSharedMemory: () => {
        throw teecError('NOT_SUPPORTED', 'API');
      },
      finalize: async () => {
        seen.finalized++;
      },
    }),
  };
  return { client, seen };
}

const memory = (bytes: Uint8Array): TeecParameter => ({ type: 6, buffer: bytes, size: bytes.length });
const none: TeecParameter = { type: 0 };
const nonce = new Uint8Array(16);

describe('root key service over any TEE', () => {
  it('refuses a service of another version and leaves nothing open', async () => {
    const { client, seen } = fakeTee(() => [], 2);
    expect(await failureOf(() => openRootKeyService(client))).toMatchObject({
      code: 'ERR_TEE_ANSWER_MALFORMED',
    });
    expect(seen.finalized).toBe(1);
  });

  it('calls again on a new session when the application died, but only once', async () => {
    const dead = fakeTee(() => {
      throw teecError('TARGET_DEAD', 'TEE');
    });
    const service = await openRootKeyService(dead.client);
    expect(await failureOf(() => service.mac('label', nonce))).toMatchObject({
      code: 'ERR_TEEC_TARGET_DEAD',
    });
    expect(dead.seen).toMatchObject({ sessions: 2, calls: 2 });

    let first = true;
    const recovering = fakeTee(() => {
      if (first) {
        first = false;
        throw teecError('TARGET_DEAD', 'TEE');
      }
      return [none, none, memory(new Uint8Array(32))];
    });
    const again = await openRootKeyService(recovering.client);
    expect(await again.mac('label', nonce)).toEqual(new Uint8Array(32));
  });

  it.each(['BUSY', 'TIMEOUT', 'MAC_INVALID', 'GENERIC'] as const)(
    'does not call again after %s',
    async (name) => {
      const { client, seen } = fakeTee(() => {
        throw teecError(name, 'TEE');
      });
      const service = await openRootKeyService(client);
      expect(await failureOf(() => service.unwrap(nonce, nonce))).toMatchObject({ code: `ERR_TEEC_${name}` });
      expect(seen.calls).toBe(1);
    },
  );

  it('asks again with the size required', async () => {
    const report = new Uint8Array(20_000).fill(1);
    const sizes: number[] = [];
    const { client } = fakeTee((_, operation) => {
      const wanted = operation.params[2] as { size: number };
      sizes.push(wanted.size);
      if (wanted.size < report.length) {
        const params = [none, none, { ...memory(report), size: 20_000 }, memory(new Uint8Array(0))];
        throw teecError('SHORT_BUFFER', 'TRUSTED_APP', { operation: { params } as TeecOperation });
      }
      return [none, none, memory(report), memory(packCertificates([nonce]))];
    });
    const evidence = await (await openRootKeyService(client)).evidence(nonce);
    expect(evidence.report).toEqual(report);
    expect(sizes).toEqual([8_192, 20_000]);
  });

  it('gives up on an application that always asks for more', async () => {
    const { client, seen } = fakeTee((_, operation) => {
      const params = operation.params.map((p) => ('size' in p ? { ...p, size: p.size * 2 ** 20 } : p));
      throw teecError('SHORT_BUFFER', 'TRUSTED_APP', { operation: { params } as TeecOperation });
    });
    const service = await openRootKeyService(client);
    expect(await failureOf(() => service.evidence(nonce))).toMatchObject({ code: 'ERR_TEEC_SHORT_BUFFER' });
    expect(seen.calls).toBe(3);
  });

  it.each([
    ['a MAC of 31 bytes', [none, none, memory(new Uint8Array(31))]],
    ['no output', []],
    ['a value for an output', [none, none, { type: 2, a: 1, b: 1 }]],
  ] as [string, TeecParameter[]][])('refuses %s', async (_, answer) => {
    const service = await openRootKeyService(fakeTee(() => answer).client);
    expect(await failureOf(() => service.mac('label', nonce))).toMatchObject({
      code: 'ERR_TEE_ANSWER_MALFORMED',
    });
  });

  it('refuses evidence with a list of certificates that is none', async () => {
    const answer = [none, none, memory(nonce), memory(Uint8Array.of(0, 0, 1, 0, 1))];
    const service = await openRootKeyService(fakeTee(() => answer).client);
    expect(await failureOf(() => service.evidence(nonce))).toMatchObject({
      code: 'ERR_TEE_ANSWER_MALFORMED',
    });
  });

  it('refuses what is no bytes, before the TEE is asked', async () => {
    const { client, seen } = fakeTee(() => []);
    const service = await openRootKeyService(client);
    const text = 'text' as unknown as Uint8Array;
    const calls = [
      () => service.wrap(text, nonce),
      () => service.wrap(nonce, text),
      () => service.unwrap(text, nonce),
      () => service.mac('label', text),
      () => service.evidence(text),
      () => service.evidence(nonce, text),
    ];
    for (const call of calls) expect(await failureOf(call)).toMatchObject({ code: 'ERR_INPUT_TYPE' });
    expect(seen.calls).toBe(0);
  });

  it('takes inputs at the call and gives results of their own', async () => {
    const seen: Uint8Array[] = [];
    const shared = new Uint8Array(32).fill(5);
    const { client } = fakeTee((_, operation) => {
      const [first] = operation.params;
      if (first !== undefined && 'buffer' in first && first.buffer !== null) seen.push(first.buffer.slice());
      return [none, none, memory(shared)];
    });
    const service = await openRootKeyService(client);
    const plaintext = utf8('secret');
    const running = service.wrap(plaintext, nonce);
    plaintext.fill(0);
    const blob = await running;
    shared.fill(0);
    expect(seen).toEqual([utf8('secret')]);
    expect(blob).toEqual(new Uint8Array(32).fill(5));
  });
});

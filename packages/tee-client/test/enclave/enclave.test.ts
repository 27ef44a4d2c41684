import { utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { openEnclaves } from '../../src/enclave/index.ts';
import {
  CONFORMANCE_COMMANDS,
  CONFORMANCE_TA_UUID,
  CONFORMANCE_TAS,
} from '../../src/spec/v1/conformance-ta.ts';
import type { Enclave } from '../../src/spec/v1/enclave.ts';
import { decodeReport } from '../../src/spec/v1/evidence-codec.ts';
import type {
  ModuleAnswer,
  ModuleCapability,
  ModuleServiceAnswer,
  ModuleServiceRequest,
  SecurityModule,
} from '../../src/spec/v1/module.ts';
import { type Change, changed } from '../support/changed.ts';
import { failureOf } from '../support/failure.ts';
import { MemoryModule, type MemoryModuleOptions } from '../support/memory-module.ts';

const { COPY, COUNT, INVERT, PANIC, WAIT } = CONFORMANCE_COMMANDS;
const AAD = utf8('associated data');
const MIB = 1 << 20;

async function start(options: MemoryModuleOptions = {}, change: Change = () => ({})) {
  const module = new MemoryModule(options);
  const platform = openEnclaves(changed(module, change));
  const enclave = await platform.create(CONFORMANCE_TA_UUID);
  return { module, platform, enclave };
}

describe('the enclave interface over any module', () => {
  it('hides which TEE is below: the same code on each [part of CC-001, CSSI-011]', async () => {
    const use = async (module: SecurityModule): Promise<string[]> => {
      const platform = openEnclaves(module);
      const enclave = await platform.create(CONFORMANCE_TA_UUID);
      const lines = [
        Buffer.from(await enclave.call(COPY, utf8('input'))).toString(),
        Buffer.from(await enclave.unseal(await enclave.seal(utf8('secret'), AAD), AAD)).toString(),
        `${(await enclave.deriveKey(utf8('label'), 32)).length}`,
      ];
      await platform.close();
      return lines;
    };
    const emulated = await use(new MemoryModule());
    const hardware = await use(
      new MemoryModule({ name: 'hardware', emulated: false, maxMemoryBytes: 1 << 22 }),
    );
    expect(emulated).toEqual(['input', 'secret', '32']);
    expect(hardware).toEqual(emulated);
  });

  it('shows the module and its capabilities', async () => {
    const { platform, enclave } = await start();
    expect(platform.specVersion).toBe('1');
    expect(platform.module.name).toBe('memory');
    expect([platform.has('enclave-seal'), platform.has('management')]).toEqual([true, false]);
    expect(enclave.application).toBe(CONFORMANCE_TA_UUID);
  });

  it('refuses a module that describes itself wrongly', () => {
    const module = changed(new MemoryModule(), (inner) => ({
      describe: () => ({ ...inner.describe(), maxMemoryBytes: 1 }),
    }));
    expect(() => openEnclaves(module)).toThrowError(
      expect.objectContaining({ code: 'ERR_TEE_MODULE_INVALID' }),
    );
  });

  it('does not create what is not there', async () => {
    const { platform } = await start();
    expect(await failureOf(() => platform.create('00000000-dead-4bad-8bad-00000000beef'))).toMatchObject({
      code: 'ERR_TEEC_ITEM_NOT_FOUND',
      origin: 3,
    });
    expect(await failureOf(() => platform.create('no uuid'))).toMatchObject({
      code: 'ERR_TEEC_BAD_PARAMETERS',
      origin: 1,
    });
    expect(await failureOf(() => platform.create(CONFORMANCE_TA_UUID, { login: 3 }))).toMatchObject({
      code: 'ERR_TEEC_BAD_PARAMETERS',
    });
  });

  it('ends with its platform, the module does not', async () => {
    const { module, platform, enclave } = await start();
    const late = failureOf(() => platform.create(CONFORMANCE_TA_UUID));
    await platform.close();
    const expected = { code: 'ERR_TEEC_BAD_STATE', origin: 1 };
    expect(await late).toMatchObject(expected);
    expect(await failureOf(() => platform.create(CONFORMANCE_TA_UUID))).toMatchObject(expected);
    expect(await failureOf(() => enclave.call(COPY, AAD))).toMatchObject(expected);
    expect((await module.snapshot()).applications[0]?.sessions).toBe(0);
    await enclave.destroy();
    await platform.close();
  });
});

describe('the end of a platform', () => {
  it('waits for enclaves that are being destroyed', async () => {
    const { module, platform, enclave } = await start({}, (inner) => ({
      closeSession: async (id) => {
        await new Promise((resolve) => setTimeout(resolve, 10));
        await inner.closeSession(id);
      },
    }));
    void enclave.destroy();
    await platform.close();
    expect((await module.snapshot()).applications[0]?.sessions).toBe(0);
  });
});

describe('what a module does not declare', () => {
  const uses: readonly (readonly [ModuleCapability, (enclave: Enclave) => Promise<unknown>])[] = [
    ['enclave-seal', (enclave) => enclave.seal(AAD, AAD)],
    ['enclave-seal', (enclave) => enclave.unseal(AAD, AAD)],
    ['enclave-derive', (enclave) => enclave.deriveKey(utf8('label'), 32)],
    ['enclave-memory', (enclave) => enclave.allocateMemory(16)],
    ['enclave-evidence', (enclave) => enclave.evidence(new Uint8Array(32))],
    ['enclave-channel', (enclave) => enclave.secureChannel({} as never)],
    ['enclave-migrate', (enclave) => enclave.migrate({} as never)],
    ['monitor', (enclave) => enclave.monitor()],
  ];
  it.each(uses)('is refused by its name: %s', async (capability, use) => {
    const { enclave } = await start({ capabilities: ['conformance-ta'] }, () => ({
      service: () => Promise.reject(new Error('reached the module')),
    }));
    expect(await failureOf(() => use(enclave))).toMatchObject({
      code: 'ERR_TEEC_NOT_SUPPORTED',
      origin: 1,
      detail: expect.stringContaining(`capability=${capability}`),
    });
    expect(await enclave.call(COPY, AAD)).toEqual(AAD);
  });
});

describe('calls', () => {
  it('give their output and leave the input alone', async () => {
    const { enclave } = await start();
    for (const size of [0, 1, 65_536]) {
      const input = new Uint8Array(size).fill(5);
      const sent = enclave.call(COPY, input);
      input.fill(6);
      expect(await sent).toEqual(new Uint8Array(size).fill(5));
    }
  });

  it('name the size required where the output is longer than asked for', async () => {
    const { enclave } = await start();
    expect(await failureOf(() => enclave.call(COPY, new Uint8Array(65_537)))).toMatchObject({
      code: 'ERR_TEEC_SHORT_BUFFER',
      origin: 4,
      detail: expect.stringContaining('required=65537'),
    });
    expect(await enclave.call(COPY, new Uint8Array(65_537), { maxOutput: 65_537 })).toHaveLength(65_537);
    expect(await failureOf(() => enclave.call(COPY, AAD, { maxOutput: 0 }))).toMatchObject({
      code: 'ERR_TEEC_SHORT_BUFFER',
    });
  });

  it('refuse what cannot be carried', async () => {
    const { enclave } = await start();
    const bad = { code: 'ERR_TEEC_BAD_PARAMETERS', origin: 1 };
    for (const command of [-1, 0.5, 2 ** 32]) {
      expect(await failureOf(() => enclave.call(command, AAD))).toMatchObject(bad);
    }
    for (const maxOutput of [-1, 0.5, MIB + 1, Number.NaN]) {
      expect(await failureOf(() => enclave.call(COPY, AAD, { maxOutput }))).toMatchObject(bad);
    }
    expect(await failureOf(() => enclave.call(COPY, 'text' as never))).toMatchObject(bad);
    expect(await failureOf(() => enclave.call(COPY, AAD, { signal: {} as never }))).toMatchObject(bad);
    expect(await failureOf(() => enclave.call(COPY, new Uint8Array(MIB + 1)))).toMatchObject({
      code: 'ERR_TEEC_OUT_OF_MEMORY',
      origin: 1,
    });
  });

  it("pass the application's refusal on", async () => {
    const { enclave } = await start();
    expect(await failureOf(() => enclave.call(INVERT, AAD))).toMatchObject({
      code: 'ERR_TEEC_BAD_PARAMETERS',
      origin: 4,
    });
    expect(await failureOf(() => enclave.call(0x7fffffff, AAD))).toMatchObject({
      code: 'ERR_TEEC_NOT_SUPPORTED',
      origin: 4,
    });
  });

  it('are cancelled', async () => {
    const { enclave } = await start();
    expect(await failureOf(() => enclave.call(COPY, AAD, { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'ERR_TEEC_CANCEL',
      origin: 1,
    });
    const controller = new AbortController();
    const waiting = failureOf(() => enclave.call(COPY, AAD, { signal: controller.signal }));
    controller.abort();
    expect(await waiting).toMatchObject({ code: 'ERR_TEEC_CANCEL' });
    expect(await failureOf(() => enclave.call(WAIT, AAD))).toMatchObject({ origin: 4 });
  });

  it('of a dead application end the enclave', async () => {
    const { platform, enclave } = await start();
    const memory = await enclave.allocateMemory(16);
    const dead = { code: 'ERR_TEEC_TARGET_DEAD', origin: 3 };
    expect(await failureOf(() => enclave.call(PANIC, AAD))).toMatchObject(dead);
    expect(await failureOf(() => enclave.call(COUNT, AAD))).toMatchObject(dead);
    expect(await failureOf(() => enclave.seal(AAD, AAD))).toMatchObject(dead);
    expect(await failureOf(() => memory.write(0, AAD))).toMatchObject(dead);
    // There is nothing left to release.
    await memory.release();
    await enclave.destroy();
    expect(await (await platform.create(CONFORMANCE_TA_UUID)).call(COPY, AAD)).toEqual(AAD);
  });

  const malformed: readonly (readonly [string, (answer: ModuleAnswer) => unknown])[] = [
    ['no parameters', (answer) => ({ ...answer, params: [] })],
    ['a value', (answer) => ({ ...answer, params: [answer.params[0], { type: 2, a: 0, b: 0 }] })],
    ['no bytes', (answer) => ({ ...answer, params: [answer.params[0], { type: 6, size: 0 }] })],
    [
      'another size',
      (answer) => ({
        ...answer,
        params: [answer.params[0], { type: 6, size: 1, buffer: new Uint8Array(0) }],
      }),
    ],
    [
      'more than asked for',
      (answer) => ({
        ...answer,
        params: [answer.params[0], { type: 6, size: 65_537, buffer: new Uint8Array(65_537) }],
      }),
    ],
    ['no result', (answer) => ({ ...answer, result: 'ok' })],
  ];
  it.each(malformed)('answered with %s are a failure of communication', async (_, edit) => {
    const { enclave } = await start({}, (module) => ({
      invoke: async (...args) => edit(await module.invoke(...args)) as ModuleAnswer,
    }));
    expect(await failureOf(() => enclave.call(COPY, AAD))).toMatchObject({
      code: 'ERR_TEEC_COMMUNICATION',
      origin: 2,
    });
  });
});

describe('services', () => {
  it('unseal only what was sealed here, and as it was', async () => {
    const { platform, enclave } = await start();
    const blob = await enclave.seal(utf8('secret'), AAD);
    const other = await platform.create(CONFORMANCE_TAS.second);
    const attempts = [
      () => enclave.unseal(blob, utf8('other')),
      () => enclave.unseal(blob.subarray(1), AAD),
      () => enclave.unseal(new Uint8Array(0), AAD),
      () =>
        enclave.unseal(
          blob.map((byte, i) => (i === 20 ? byte ^ 1 : byte)),
          AAD,
        ),
      () => other.unseal(blob, AAD),
    ];
    for (const attempt of attempts) {
      expect(await failureOf(attempt)).toMatchObject({ code: 'ERR_TEEC_MAC_INVALID' });
    }
    expect(await enclave.unseal(blob, AAD)).toEqual(utf8('secret'));
  });

  it.each([
    ['seal', 'text', AAD],
    ['seal', AAD, null],
    ['unseal', undefined, AAD],
    ['unseal', AAD, [1]],
  ] as const)('%s refuses %j with %j', async (name, data, aad) => {
    const { enclave } = await start();
    expect(await failureOf(() => enclave[name](data as never, aad as never))).toMatchObject({
      code: 'ERR_TEEC_BAD_PARAMETERS',
      origin: 1,
    });
    expect(await failureOf(() => enclave[name](new Uint8Array(MIB + 1), AAD))).toMatchObject({
      code: 'ERR_TEEC_OUT_OF_MEMORY',
    });
  });

  it('derive keys by label, as secrets', async () => {
    const { enclave } = await start();
    const [first, again, other] = await Promise.all([
      enclave.deriveKey(utf8('a'), 32),
      enclave.deriveKey(utf8('a'), 32),
      enclave.deriveKey(utf8('b'), 32),
    ]);
    expect([first.equals(again), first.equals(other)]).toEqual([true, false]);
    for (const [label, length] of [
      [new Uint8Array(0), 32],
      [new Uint8Array(65), 32],
      [utf8('a'), 15],
      [utf8('a'), 65],
      [utf8('a'), 16.5],
      ['a', 32],
    ] as const) {
      expect(await failureOf(() => enclave.deriveKey(label as Uint8Array, length))).toMatchObject({
        code: 'ERR_TEEC_BAD_PARAMETERS',
        origin: 1,
      });
    }
  });

  it('give evidence of the application', async () => {
    const { enclave } = await start();
    const nonce = new Uint8Array(32).fill(3);
    const evidence = await enclave.evidence(nonce, utf8('data'));
    const { claims } = decodeReport(evidence.report);
    expect([claims.nonce, claims.userData, claims.ta.uuid]).toEqual([
      nonce,
      utf8('data'),
      CONFORMANCE_TA_UUID,
    ]);
    expect(evidence.certificates).toHaveLength(1);
    for (const [size, data] of [
      [15, 0],
      [65, 0],
      [32, 65],
    ] as const) {
      expect(
        await failureOf(() => enclave.evidence(new Uint8Array(size), new Uint8Array(data))),
      ).toMatchObject({ code: 'ERR_TEEC_BAD_PARAMETERS', origin: 1 });
    }
  });

  it('allocate, fill, grow and release secure memory', async () => {
    const { module, enclave } = await start();
    const used = async () => (await module.snapshot()).applications[0]?.memory.used;
    const memory = await enclave.allocateMemory(100);
    await memory.write(0, new Uint8Array(100));
    await memory.grow(300);
    expect([memory.size, await used()]).toEqual([300, 300]);
    await memory.write(299, new Uint8Array(1));
    for (const [offset, length] of [
      [300, 1],
      [0, 301],
      [-1, 1],
      [0.5, 1],
    ] as const) {
      expect(await failureOf(() => memory.write(offset, new Uint8Array(length)))).toMatchObject({
        code: 'ERR_TEEC_BAD_PARAMETERS',
        origin: 1,
      });
    }
    for (const size of [299, -1, 2 ** 32]) {
      expect(await failureOf(() => memory.grow(size))).toMatchObject({ code: 'ERR_TEEC_BAD_PARAMETERS' });
    }
    expect(await failureOf(() => memory.grow(0xffffffff))).toMatchObject({ code: 'ERR_TEEC_OUT_OF_MEMORY' });
    expect(memory.size).toBe(300);
    await memory.release();
    await memory.release();
    expect(await used()).toBe(0);
    for (const use of [() => memory.write(0, AAD), () => memory.grow(400)]) {
      expect(await failureOf(use)).toMatchObject({ code: 'ERR_TEEC_BAD_STATE', origin: 1 });
    }
    for (const size of [0, -1, 0.5, 2 ** 32]) {
      expect(await failureOf(() => enclave.allocateMemory(size))).toMatchObject({
        code: 'ERR_TEEC_BAD_PARAMETERS',
      });
    }
  });

  it('release secure memory with the enclave', async () => {
    const { module, enclave } = await start();
    const memory = await enclave.allocateMemory(100);
    await enclave.destroy();
    expect((await module.snapshot()).applications[0]?.memory.used).toBe(0);
    await memory.release();
  });

  it('keep a block whose release was refused, for another attempt', async () => {
    let busy = true;
    const { module, enclave } = await start({}, (inner) => ({
      service: async (id, request, call) =>
        request.service === 'memory-release' && busy
          ? { result: 0xffff000d, origin: 3, value: 0, parts: [] }
          : inner.service(id, request, call),
    }));
    const memory = await enclave.allocateMemory(100);
    expect(await failureOf(() => memory.release())).toMatchObject({ code: 'ERR_TEEC_BUSY', origin: 3 });
    await memory.write(0, AAD);
    busy = false;
    await memory.release();
    expect((await module.snapshot()).applications[0]?.memory.used).toBe(0);
  });

  it('have nothing to release where the application dies first', async () => {
    const { enclave } = await start();
    const memory = await enclave.allocateMemory(100);
    const dying = failureOf(() => enclave.call(PANIC, AAD));
    await memory.release();
    expect(await dying).toMatchObject({ code: 'ERR_TEEC_TARGET_DEAD' });
  });

  it('leave no copy of their data behind', async () => {
    const sent: Uint8Array[] = [];
    const { enclave } = await start({}, (inner) => ({
      service: (id, request, call) => {
        if ('data' in request) sent.push(request.data);
        return inner.service(id, request, call);
      },
      invoke: (id, command, params, call) => {
        for (const one of params) if ('buffer' in one) sent.push(one.buffer);
        return inner.invoke(id, command, params, call);
      },
    }));
    const memory = await enclave.allocateMemory(100);
    await memory.write(0, AAD);
    await enclave.seal(AAD, AAD);
    expect(await enclave.call(COPY, AAD)).toEqual(AAD);
    expect(sent.filter(({ length }) => length > 0)).toHaveLength(3);
    for (const bytes of sent) expect(bytes.every((byte) => byte === 0)).toBe(true);
  });

  it.each([null, undefined, {}, { applications: {} }, { applications: [null] }])(
    'show no figures of the malformed snapshot %j',
    async (snapshot) => {
      const { enclave } = await start({}, () => ({ snapshot: async () => snapshot as never }));
      expect(['ERR_TEEC_COMMUNICATION', 'ERR_TEEC_ITEM_NOT_FOUND']).toContain(
        ((await failureOf(() => enclave.monitor())) as { code: string }).code,
      );
    },
  );

  it('show figures of the application', async () => {
    const { enclave } = await start();
    await enclave.call(COPY, AAD);
    await failureOf(() => enclave.call(COPY, AAD, { maxOutput: 1 }));
    expect(await enclave.monitor()).toMatchObject({
      uuid: CONFORMANCE_TA_UUID,
      sessions: 1,
      failures: { 'ffff0010/4': 1 },
    });
    const hidden = await start({}, (module) => ({
      snapshot: async () => ({ ...(await module.snapshot()), applications: [] }),
    }));
    expect(await failureOf(() => hidden.enclave.monitor())).toMatchObject({
      code: 'ERR_TEEC_ITEM_NOT_FOUND',
    });
    const broken = await start({}, () => ({ snapshot: () => Promise.reject(new Error('a defect')) }));
    expect(await failureOf(() => broken.enclave.monitor())).toMatchObject({ code: 'ERR_TEEC_COMMUNICATION' });
  });

  const answers: readonly (readonly [
    string,
    ModuleServiceRequest['service'],
    Partial<ModuleServiceAnswer>,
  ])[] = [
    ['no part', 'seal', { parts: [] }],
    ['two parts', 'unseal', { parts: [AAD, AAD] }],
    ['text', 'seal', { parts: ['text' as never] }],
    ['no list', 'seal', { parts: undefined as never }],
    ['a short key', 'derive', { parts: [new Uint8Array(16)] }],
    ['a long key', 'derive', { parts: [new Uint8Array(33)] }],
    ['no certificate', 'evidence', { parts: [AAD] }],
    ['nine certificates', 'evidence', { parts: Array.from({ length: 10 }, () => AAD) }],
    ['a block without number', 'memory-allocate', { value: -1 }],
    ['a result that is none', 'seal', { result: Number.NaN }],
    ['an origin that is none', 'seal', { result: 1, origin: 0 }],
  ];
  it.each(answers)('answered with %s (%s) are a failure of communication', async (_, service, change) => {
    const { enclave } = await start({}, (module) => ({
      service: async (id, request, call) => {
        // What is unsealed has to be sealed first.
        const answer = await module.service(id, request, call);
        return request.service === service ? { ...answer, ...change } : answer;
      },
    }));
    const use = {
      seal: () => enclave.seal(AAD, AAD),
      unseal: async () => enclave.unseal(await enclave.seal(AAD, AAD), AAD),
      derive: () => enclave.deriveKey(AAD, 32),
      evidence: () => enclave.evidence(new Uint8Array(32)),
      'memory-allocate': () => enclave.allocateMemory(1),
    }[service as 'seal'];
    expect(await failureOf(use)).toMatchObject({ code: 'ERR_TEEC_COMMUNICATION', origin: 2 });
  });

  it('of a module with a defect are a failure of communication', async () => {
    const { enclave } = await start({}, () => ({ service: () => Promise.reject(new TypeError('a defect')) }));
    expect(await failureOf(() => enclave.seal(AAD, AAD))).toMatchObject({ code: 'ERR_TEEC_COMMUNICATION' });
  });
});

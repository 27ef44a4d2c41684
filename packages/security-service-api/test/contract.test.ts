import { SM_CORE_ERRORS, toBase64 } from '@cssi/sm-core';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import {
  Base64,
  CORE_OPERATIONS,
  chooseVersion,
  coreOperations,
  defineOperation,
  Members,
  majorVersion,
  SECURITY_SERVICE_ERRORS,
  Text,
  toOpenApi,
} from '../src/index.ts';
import { applyExtensionRule } from '../src/spec/v1/extensions.ts';
import { unboundedPlace } from '../src/spec/v1/schema.ts';
import { echoOperation } from './support/fixture.ts';

const about = {
  auth: 'none',
  request: Members({}),
  response: Members({}),
  summary: 'A.',
  summaryZh: '甲。',
  clause: 'test',
} as const;

describe('operations', () => {
  it('each have a definition, bounds, return codes and a permission [part of CSSI-001]', () => {
    const tables = [SECURITY_SERVICE_ERRORS, SM_CORE_ERRORS].flatMap(({ table }) => Object.keys(table));
    expect(CORE_OPERATIONS.length).toBeGreaterThanOrEqual(19);
    for (const operation of CORE_OPERATIONS) {
      expect(operation.summary, operation.name).toMatch(/\.$/);
      expect(operation.summaryZh, operation.name).toMatch(/[\u4e00-\u9fff].*。$/u);
      expect(operation.clause, operation.name).not.toBe('');
      expect(unboundedPlace(operation.request), operation.name).toBeUndefined();
      expect(unboundedPlace(operation.response), operation.name).toBeUndefined();
      expect(operation.permission === undefined, operation.name).toBe(operation.auth === 'none');
      for (const code of operation.errors) expect(tables, `${operation.name} ${code}`).toContain(code);
    }
    expect(new Set(CORE_OPERATIONS.map(({ path }) => path)).size).toBe(CORE_OPERATIONS.length);
    expect(Object.keys(coreOperations)).toEqual(CORE_OPERATIONS.map(({ name }) => name));
  });

  it('describe every parameter [part of CSSI-001]', () => {
    for (const operation of CORE_OPERATIONS) {
      for (const [name, schema] of Object.entries(operation.request.properties)) {
        const { description } = schema as { description?: string };
        expect(description, `${operation.name} ${name}`).toMatch(/\w/);
      }
    }
  });

  it.each([
    ['an unbounded text', { ...about, name: 'a', request: Members({ t: Type.String() }) }],
    ['an unbounded list', { ...about, name: 'a', request: Members({ t: Type.Array(Type.Null()) }) }],
    ['a number without range', { ...about, name: 'a', response: Members({ t: Type.Integer() }) }],
    ['anything at all', { ...about, name: 'a', request: Members({ t: Type.Unknown() }) }],
    ['an open object', { ...about, name: 'a', request: Type.Object({}) }],
    [
      'an unbounded text in a union',
      { ...about, name: 'a', request: Members({ t: Type.Union([Type.Null(), Type.String()]) }) },
    ],
    ['a session without permission', { ...about, name: 'a', auth: 'session' }],
    ['a permission without session', { ...about, name: 'a', permission: 'a' }],
    ['a name in capitals', { ...about, name: 'A.b' }],
    ['a name that leaves the path', { ...about, name: '../b' }],
    ['a version that is no major number', { ...about, name: 'a', version: '1.2' }],
    [
      'an object as parameter of a stream',
      { ...about, name: 'a', body: 'stream-in', request: Members({ t: Members({}) }) },
    ],
  ])('are not declared with %s', (_what, definition) => {
    expect(() => defineOperation(definition as never)).toThrow(RangeError);
  });

  it('of streams have paths of their own', () => {
    expect(echoOperation.path).toBe('/v1/test/echo/stream');
    expect(coreOperations['key.create'].path).toBe('/v1/key/create');
  });
});

describe('bytes in JSON', () => {
  const check = Compile(Base64({ minBytes: 2, maxBytes: 4 }));
  it('are canonical base64 within the bounds', () => {
    for (const length of [2, 3, 4])
      expect(check.Check(toBase64(new Uint8Array(length).fill(0xfe)))).toBe(true);
  });
  it.each([
    ['too short', 'AA=='],
    ['too long', 'AAAAAAA='],
    ['without padding', 'AAA'],
    ['with unused bits', 'AAB='],
    ['with unused bits before two paddings', 'AAAAAB=='],
    ['url alphabet', 'AA-_'],
    ['white space', 'AAA\n'],
    ['padding inside', 'A=AA'],
    ['three paddings', 'A==='],
  ])('are not %s', (_what, text) => {
    expect(check.Check(text)).toBe(false);
  });
  it('text has no control characters', () => {
    const text = Compile(Text(8, 'Text'));
    expect(text.Check('标签 1')).toBe(true);
    for (const bad of ['', 'a\nb', 'a\u0000', '\u2028', 'a'.repeat(9)]) expect(text.Check(bad)).toBe(false);
  });
});

describe('version negotiation', () => {
  it('takes the highest common major version [part of CSSI-002]', () => {
    expect(chooseVersion(['1', '2.3', '9'], ['1', '2', '10'])).toBe('2');
    expect(chooseVersion(['2', '10'], ['1', '2', '10'])).toBe('10');
    expect(chooseVersion(['01.5'], ['1'])).toBe('1');
  });
  it('finds none when there is none [part of CSSI-002]', () => {
    expect(chooseVersion(['3'], ['1', '2'])).toBeUndefined();
    expect(chooseVersion([], ['1'])).toBeUndefined();
    expect(chooseVersion(['v1', '1.', '', '1.2.3', '-1', 'x'], ['1'])).toBeUndefined();
    expect(majorVersion('9999999')).toBeUndefined();
  });
});

describe('extension rule', () => {
  const known = new Set(['a']);
  const apply = (params: Record<string, unknown>) => applyExtensionRule(params, known);
  it('ignores unknown extensions and keeps all else for the schema [CSSI-003]', () => {
    expect(apply({ a: 1, 'x-b': 2 })).toEqual({ kind: 'ok', params: { a: 1 } });
    expect(apply({ a: 1, b: 2 })).toEqual({ kind: 'ok', params: { a: 1, b: 2 } });
    expect(apply({ a: 1, critical: ['a'] })).toEqual({ kind: 'ok', params: { a: 1 } });
  });
  it.each([
    [{ 'x-b': 1, critical: ['x-b'] }],
    [{ a: 1, critical: ['a', 'x-b'] }],
    [{ critical: ['a'] }],
    [{ a: 1, critical: ['__proto__'] }],
    [{ a: 1, critical: ['toString'] }],
    [{ a: 1, critical: ['critical'] }],
  ])('refuses what it does not know as critical: %j [CSSI-003]', (params) => {
    expect(apply(params).kind).toBe('critical-unknown');
  });
  it.each([[[]], ['a'], [[1]], [null], [Array(17).fill('a')], [['a'.repeat(65)]]])(
    'refuses a malformed list: %j [CSSI-003]',
    (critical) => {
      expect(apply({ a: 1, critical }).kind).toBe('malformed');
    },
  );
});

describe('OpenAPI document', () => {
  const tables = [SECURITY_SERVICE_ERRORS.table, SM_CORE_ERRORS.table];
  const operations = [...CORE_OPERATIONS, echoOperation];
  const document = toOpenApi(operations, { title: 'CSSI', version: '1' }, tables) as {
    openapi: string;
    paths: Record<string, { post: Record<string, unknown> & { responses: Record<string, unknown> } }>;
    components: Record<string, Record<string, unknown>>;
  };
  const text = JSON.stringify(document);

  it('has every operation, by POST only, under its path [TCCIA-133] [part of CSSI-001]', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).sort()).toEqual(operations.map(({ path }) => path).sort());
    for (const operation of operations) {
      const item = document.paths[operation.path]!;
      expect(Object.keys(item)).toEqual(['post']);
      expect(item.post.operationId).toBe(operation.name);
      expect(item.post.security).toEqual(operation.auth === 'session' ? [{ kms1: [] }] : []);
    }
  });
  it('has the return codes of every operation [part of CSSI-001]', () => {
    for (const { path, auth, errors } of operations) {
      const { responses } = document.paths[path]!.post;
      const described = JSON.stringify(responses);
      for (const code of [...errors, 'ERR_API_INTERNAL']) expect(described, path).toContain(code);
      expect('401' in responses && described.includes('ERR_API_REPLAY'), path).toBe(auth === 'session');
      expect(Object.keys(responses)).toEqual(
        expect.arrayContaining(['200', '400', '404', '413', '500', 'default']),
      );
    }
  });
  it('resolves every reference and leaves no builder bookkeeping', () => {
    for (const [, kind, name] of text.matchAll(/"#\/components\/(\w+)\/(\w+)"/g)) {
      expect(document.components[kind!], `${kind}/${name}`).toHaveProperty(name!);
    }
    expect(text).not.toContain('~kind');
    expect(text).not.toContain('~refine');
  });
  it('describes the headers of request signing', () => {
    for (const name of [
      'x-kms-date',
      'x-kms-nonce',
      'x-kms-content-sm3',
      'x-kms-session',
      'x-kms-response-mac',
      'authorization',
    ]) {
      expect(text).toContain(`"${name}"`);
    }
  });
  it('puts the parameters of streams into the query', () => {
    const { parameters } = document.paths[echoOperation.path]!.post as unknown as {
      parameters: { name?: string; in?: string; required?: boolean }[];
    };
    const query = parameters.filter((parameter) => parameter.in === 'query');
    expect(query.map(({ name, required }) => [name, required])).toEqual([
      ['label', true],
      ['times', false],
      ['upper', false],
    ]);
  });
});

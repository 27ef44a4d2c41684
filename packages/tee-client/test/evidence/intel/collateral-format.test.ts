import { SmError, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { parseEnclaveIdentity, parseTcbInfo } from '../../../src/evidence/intel/index.ts';
import { syntheticQeIdentity, syntheticTcbInfo } from '../../../src/synthetic/intel/index.ts';
import { FMSPC, ISSUED, NEXT } from './collateral-support.ts';

const SPEC = { fmspc: FMSPC, issueDate: ISSUED, nextUpdate: NEXT } as const;
const SIGNATURE = 'ab'.repeat(64);
type Json = Record<string, unknown>;

function reasonOf(parse: () => unknown): string {
  try {
    parse();
    return 'read';
  } catch (error) {
    if (!(error instanceof SmError) || error.code !== 'ERR_TEE_EVIDENCE_MALFORMED') throw error;
    return error.detail ?? '';
  }
}

const served = (member: string, body: string): Uint8Array =>
  utf8(`{"${member}":${body},"signature":"${SIGNATURE}"}`);

/** What becomes of TCB information with one thing changed. */
function tcbInfo(edit: (body: Json) => void, tee: 'sgx' | 'tdx' = 'tdx', version = 3): string {
  const modules = [{ major: 1, levels: [{ isvSvn: 4, status: 'UpToDate' }] }] as const;
  const body = JSON.parse(syntheticTcbInfo({ ...SPEC, tee, version, modules })) as Json;
  edit(body);
  return reasonOf(() => parseTcbInfo(served('tcbInfo', JSON.stringify(body))));
}

function identity(edit: (body: Json) => void): string {
  const body = JSON.parse(syntheticQeIdentity({ ...SPEC, tee: 'sgx' })) as Json;
  edit(body);
  return reasonOf(() => parseEnclaveIdentity(served('enclaveIdentity', JSON.stringify(body))));
}

const level = (body: Json): Json => (body.tcbLevels as Json[])[0]!;

describe('TCB information as served', () => {
  it.each(['sgx', 'tdx'] as const)('[part of CC-006] of %s is read, with members nobody knows', (tee) => {
    expect(tcbInfo(() => {}, tee)).toBe('read');
    expect(tcbInfo((body) => Object.assign(body, { added: { later: [1] } }), tee)).toBe('read');
  });

  it('[part of CC-006] keeps its facts', () => {
    const info = parseTcbInfo(
      served(
        'tcbInfo',
        syntheticTcbInfo({
          ...SPEC,
          tee: 'tdx',
          evaluationNumber: 18,
          levels: [{ components: [1, 2], tdxComponents: [5, 0, 6], pceSvn: 11, status: 'OutOfDate' }],
        }),
      ),
    );
    expect(info).toMatchObject({ tee: 'tdx', version: 3, evaluationNumber: 18, fmspc: FMSPC });
    expect(info.nextUpdate).toEqual(NEXT);
    expect(info.levels[0]).toMatchObject({ pceSvn: 11, status: 'OutOfDate', date: ISSUED, advisories: [] });
    expect(info.levels[0]?.sgxComponents.slice(0, 3)).toEqual([1, 2, 0]);
    expect(info.levels[0]?.tdxComponents?.slice(0, 3)).toEqual([5, 0, 6]);
  });

  it.each<[string, string, (body: Json) => void]>([
    ['version 1', 'tcb-info-version', (body) => Object.assign(body, { version: 1 })],
    ['version 4', 'tcb-info-version', (body) => Object.assign(body, { version: 4 })],
    ['version as text', 'collateral-tcbInfo-version', (body) => Object.assign(body, { version: '3' })],
    ['another id', 'tcb-info-id', (body) => Object.assign(body, { id: 'SEV' })],
    ['no id', 'collateral-tcbInfo-id', (body) => Reflect.deleteProperty(body, 'id')],
    ['another type of components', 'tcb-info-type', (body) => Object.assign(body, { tcbType: 1 })],
    ['FMSPC too short', 'collateral-tcbInfo-fmspc', (body) => Object.assign(body, { fmspc: '00906ED500' })],
    ['FMSPC no hex', 'collateral-tcbInfo-fmspc', (body) => Object.assign(body, { fmspc: '00906ED5000G' })],
    ['PCE id missing', 'collateral-tcbInfo-pceId', (body) => Reflect.deleteProperty(body, 'pceId')],
    [
      'date with a zone',
      'collateral-tcbInfo-issueDate',
      (body) => Object.assign(body, { issueDate: '2026-11-20T00:00:00+00:00' }),
    ],
    [
      'date with a fraction',
      'collateral-tcbInfo-issueDate',
      (body) => Object.assign(body, { issueDate: '2026-11-20T00:00:00.5Z' }),
    ],
    [
      '30 February',
      'collateral-tcbInfo-nextUpdate',
      (body) => Object.assign(body, { nextUpdate: '2026-02-30T00:00:00Z' }),
    ],
    [
      'hour 24',
      'collateral-tcbInfo-nextUpdate',
      (body) => Object.assign(body, { nextUpdate: '2026-02-20T24:00:00Z' }),
    ],
    [
      'month 13',
      'collateral-tcbInfo-issueDate',
      (body) => Object.assign(body, { issueDate: '2026-13-20T00:00:00Z' }),
    ],
    [
      'a leap second',
      'collateral-tcbInfo-issueDate',
      (body) => Object.assign(body, { issueDate: '2026-12-31T23:59:60Z' }),
    ],
    [
      'date as a number',
      'collateral-tcbInfo-nextUpdate',
      (body) => Object.assign(body, { nextUpdate: 1_800_000_000 }),
    ],
    [
      'negative number of recovery',
      'collateral-tcbInfo-tcbEvaluationDataNumber',
      (body) => Object.assign(body, { tcbEvaluationDataNumber: -1 }),
    ],
    [
      'fraction',
      'collateral-tcbInfo-tcbEvaluationDataNumber',
      (body) => Object.assign(body, { tcbEvaluationDataNumber: 1.5 }),
    ],
    ['levels as an object', 'collateral-tcbInfo-tcbLevels', (body) => Object.assign(body, { tcbLevels: {} })],
    [
      'too many levels',
      'collateral-tcbInfo-tcbLevels',
      (body) => Object.assign(body, { tcbLevels: Array(257).fill(level(body)) }),
    ],
    [
      'a level that is none',
      'collateral-tcbInfo-tcbLevels',
      (body) => Object.assign(body, { tcbLevels: [null] }),
    ],
    ['an unknown status', 'tcb-status', (body) => Object.assign(level(body), { tcbStatus: 'Fine' })],
    ['status in lower case', 'tcb-status', (body) => Object.assign(level(body), { tcbStatus: 'uptodate' })],
    [
      'a version over a byte',
      'collateral-tcbInfo-tcbLevels-tcb-sgxtcbcomponents-svn',
      (body) => Object.assign((level(body).tcb as Json).sgxtcbcomponents as Json, { 3: { svn: 256 } }),
    ],
    [
      '15 components',
      'tcb-info-sgxtcbcomponents',
      (body) => ((level(body).tcb as Json).sgxtcbcomponents as Json[]).pop(),
    ],
    [
      '17 components',
      'collateral-tcbInfo-tcbLevels-tcb-tdxtcbcomponents',
      (body) => ((level(body).tcb as Json).tdxtcbcomponents as Json[]).push({ svn: 0 }),
    ],
    [
      'no components of TDX',
      'collateral-tcbInfo-tcbLevels-tcb-tdxtcbcomponents',
      (body) => Reflect.deleteProperty(level(body).tcb as Json, 'tdxtcbcomponents'),
    ],
    [
      'no PCE version',
      'collateral-tcbInfo-tcbLevels-tcb-pcesvn',
      (body) => Reflect.deleteProperty(level(body).tcb as Json, 'pcesvn'),
    ],
    [
      'an advisory that is no text',
      'collateral-tcbInfo-tcbLevels-advisoryIDs',
      (body) => Object.assign(level(body), { advisoryIDs: [1] }),
    ],
    [
      'an advisory with a blank',
      'collateral-tcbInfo-tcbLevels-advisoryIDs',
      (body) => Object.assign(level(body), { advisoryIDs: ['a b'] }),
    ],
    [
      'a module without signer',
      'collateral-tcbInfo-tdxModule-mrsigner',
      (body) => Reflect.deleteProperty(body.tdxModule as Json, 'mrsigner'),
    ],
    [
      'a module of 7 bytes',
      'collateral-tcbInfo-tdxModule-attributes',
      (body) => Object.assign(body.tdxModule as Json, { attributes: '00'.repeat(7) }),
    ],
    [
      'modules as text',
      'collateral-tcbInfo-tdxModuleIdentities',
      (body) => Object.assign(body, { tdxModuleIdentities: 'TDX_01' }),
    ],
  ])('[part of CC-006] is refused: %s (%s)', (_, reason, edit) => {
    expect(tcbInfo(edit)).toBe(`reason=${reason}`);
  });

  it('[part of CC-006] of version 2 names each component', () => {
    expect(tcbInfo(() => {}, 'sgx', 2)).toBe('read');
    expect(
      tcbInfo((body) => Reflect.deleteProperty(level(body).tcb as Json, 'sgxtcbcomp16svn'), 'sgx', 2),
    ).toBe('reason=collateral-tcbInfo-tcbLevels-tcb-sgxtcbcomp16svn');
  });
});

describe('identity of a quoting enclave as served', () => {
  it.each<[string, string, (body: Json) => void]>([
    ['version 1', 'qe-identity-version', (body) => Object.assign(body, { version: 1 })],
    ['another id', 'qe-identity-id', (body) => Object.assign(body, { id: 'PCE' })],
    [
      'miscSelect of 3 bytes',
      'collateral-enclaveIdentity-miscselect',
      (body) => Object.assign(body, { miscselect: '000000' }),
    ],
    [
      'mask of 15 bytes',
      'collateral-enclaveIdentity-attributesMask',
      (body) => Object.assign(body, { attributesMask: '00'.repeat(15) }),
    ],
    [
      'signer of 31 bytes',
      'collateral-enclaveIdentity-mrsigner',
      (body) => Object.assign(body, { mrsigner: '00'.repeat(31) }),
    ],
    [
      'product over 16 bits',
      'collateral-enclaveIdentity-isvprodid',
      (body) => Object.assign(body, { isvprodid: 65_536 }),
    ],
    [
      'no levels',
      'collateral-enclaveIdentity-tcbLevels',
      (body) => Reflect.deleteProperty(body, 'tcbLevels'),
    ],
    [
      'a level without version',
      'collateral-enclaveIdentity-tcbLevels-tcb-isvsvn',
      (body) => Object.assign(level(body), { tcb: {} }),
    ],
  ])('[part of CC-006] is refused: %s (%s)', (_, reason, edit) => {
    expect(identity(() => {})).toBe('read');
    expect(identity(edit)).toBe(`reason=${reason}`);
  });
});

describe('the frame around a signed statement', () => {
  const body = syntheticTcbInfo({ ...SPEC, tee: 'sgx' });
  const read = (text: string) => reasonOf(() => parseTcbInfo(utf8(text)));
  const whole = `{"tcbInfo":${body},"signature":"${SIGNATURE}"}`;

  it.each<[string, string]>([
    ['no JSON', 'tcbInfo'],
    ['nothing', ''],
    ['an array', `[${whole}]`],
    ['cut', whole.slice(0, -1)],
    ['something behind', `${whole}x`],
    ['the other member', whole.replace('tcbInfo', 'enclaveIdentity')],
    ['no signature', `{"tcbInfo":${body}}`],
    ['a signature of 63 bytes', whole.replace(SIGNATURE, 'ab'.repeat(63))],
    ['a third member', `{"more":{"signature":"x"},${whole.slice(1)}`],
    ['two statements', `{"tcbInfo":${body},${whole.slice(1)}`],
    ['two statements, one with an escape in its name', `{"tcb\\u0049nfo":${body},${whole.slice(1)}`],
    ['an escape in the name', whole.replace('tcbInfo', 'tcb\\u0049nfo')],
    ['two signatures', `{"signature":"${SIGNATURE}",${whole.slice(1)}`],
    ['a prototype', whole.replace('"id"', '"__proto__"')],
    ['a statement that is text', `{"tcbInfo":"${SIGNATURE}","signature":"${SIGNATURE}"}`],
    ['too deep', `{"tcbInfo":${'['.repeat(40)}${']'.repeat(40)},"signature":"${SIGNATURE}"}`],
  ])('[part of CC-006] is refused: %s', (_, text) => {
    expect(read(whole)).toBe('read');
    expect(read(text)).toMatch(/^reason=collateral/);
  });

  it('[part of CC-006] has a bound', () => {
    expect(read(`${whole}${' '.repeat(140_000)}`)).toBe('reason=collateral-too-long');
  });

  it('[part of CC-006] brackets and quotes in texts do not end a statement', () => {
    const tricky = body.replace('"id"', '"odd":"}],\\"{[\\\\","id"');
    expect(read(`{"tcbInfo":${tricky},"signature":"${SIGNATURE}"}`)).toBe('read');
  });
});

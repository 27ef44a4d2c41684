import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CertificateSigner } from '@cssi/pki';
import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import { certificateSignerSuite } from '@cssi/pki/conformance';
import { sm2 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { openSigner } from '../src/subjects/pki.ts';
import { type Opened, type Setting, type Trial, trial } from '../src/trial.ts';
import {
  type Answers,
  type CaseName,
  cli,
  fails,
  reportsIn,
  suiteOf,
  temporaryFolder,
} from './support/run.ts';
import { elements, parseXml } from './support/xml.ts';

const out = temporaryFolder();

/** Runs injected trials through the command line, as `cssi-hil run` would. */
async function run(trials: readonly Trial[], limitMilliseconds = 60_000) {
  const ended = await cli(['run', '--out', out], { trials, limitMilliseconds });
  return { ...ended, ...reportsIn(out) };
}

const answering = (answers: Answers, ...ids: readonly CaseName[]) =>
  trial('pki', suiteOf(...ids), 'injected', () => ({ subject: answers }));

describe('exit codes of run', () => {
  it('0 when every case passes', async () => {
    const { exitCode, json } = await run([answering({}, 'MUST.a', 'MAY.b')]);
    expect(exitCode).toBe(0);
    expect(json.summary).toMatchObject({ suites: 1, passed: 2, failed: 0, conformant: true });
  });

  it('1 when one required case of many fails [part of EDGE-065]', async () => {
    const bad = answering({ 'MUST.b': fails('wrong <answer>') }, 'MUST.a', 'MUST.b', 'MUST.c');
    const { exitCode, json, log, xml, html } = await run([answering({}, 'MUST.a'), bad]);
    expect(exitCode).toBe(1);
    expect(json.summary).toMatchObject({ passed: 3, failed: 1, failedMust: 1, conformant: false });
    expect(log).toContain('    MUST MUST.b: Error: wrong <answer>');
    expect(elements(parseXml(xml), 'failure').map(({ attributes }) => attributes.message)).toEqual([
      'Error: wrong <answer>',
    ]);
    expect(html).toContain('Error: wrong &lt;answer&gt;');
  });

  it('1 for a signer that signs something else, with the cases named [part of EDGE-065]', async () => {
    const honest = sm2SoftwareSigner(sm2.generateKeyPair());
    const wrong: CertificateSigner = { ...honest, sign: (message) => honest.sign(message.subarray(1)) };
    const { exitCode, json } = await run([
      trial('pki', certificateSignerSuite, 'wrong', () => openSigner(wrong)),
    ]);
    expect(exitCode).toBe(1);
    const failed = json.reports[0]!.results.filter(({ outcome }) => outcome === 'fail');
    expect(failed.map(({ id }) => id)).toContain('signer.sign.short-messages');
  });

  it('0 when only recommended cases fail, which are told all the same', async () => {
    const soft = answering(
      { 'SHOULD.b': fails('slow'), 'MAY.c': fails('no') },
      'MUST.a',
      'SHOULD.b',
      'MAY.c',
    );
    const { exitCode, json, log } = await run([soft]);
    expect(exitCode).toBe(0);
    expect(json.summary).toMatchObject({ failed: 2, failedMust: 0, conformant: true });
    expect(log.filter((line) => /^ {4}(?:SHOULD|MAY) /.test(line))).toHaveLength(2);
  });

  it('1 for a subject that skips everything', async () => {
    const { exitCode, json } = await run([answering({}, 'MUST.needs-wings')]);
    expect(exitCode).toBe(1);
    expect(json.summary).toMatchObject({ passed: 0, failed: 0, skipped: 1, conformant: false });
  });

  it('3 when a subject cannot be set up; the others run', async () => {
    const missing = trial('kms', suiteOf('MUST.a'), 'missing', () => {
      throw new Error('no such device');
    });
    const { exitCode, json, xml } = await run([missing, answering({}, 'MUST.a')]);
    expect(exitCode).toBe(3);
    expect(json.summary).toMatchObject({ suites: 2, passed: 1, problems: 1, conformant: false });
    expect(json.problems).toEqual([
      { layer: 'kms', suite: 'answers', subject: 'missing', problem: 'Error: no such device' },
    ]);
    expect(elements(parseXml(xml), 'error')).toHaveLength(1);
  });

  it('1, not 3, when a required case fails and something else cannot be set up', async () => {
    const missing = trial<Answers>('kms', suiteOf('MUST.a'), 'missing', async () => {
      throw new Error('no such device');
    });
    const { exitCode } = await run([missing, answering({ 'MUST.a': fails('x') }, 'MUST.a', 'MUST.b')]);
    expect(exitCode).toBe(1);
  });

  it('3 when a subject never answers', async () => {
    const hanging = answering({ 'MUST.a': () => new Promise(() => {}) }, 'MUST.a');
    const { exitCode, json } = await run([hanging, answering({}, 'MUST.a')], 50);
    expect(exitCode).toBe(3);
    expect(json.problems[0]?.problem).toContain('ERR_HIL_SUBJECT_TIMEOUT');
    expect(json.summary.passed).toBe(1);
  });

  it('3 when a subject passes but cannot be taken down', async () => {
    const stuck = trial<Answers>('pki', suiteOf('MUST.a'), 'stuck', ({ onClose }) => {
      onClose(async () => fails('will not close')());
      return { subject: {} };
    });
    const { exitCode, json } = await run([stuck]);
    expect(exitCode).toBe(3);
    expect(json.summary).toMatchObject({ passed: 1, problems: 1, conformant: false });
  });
});

describe('a trial', () => {
  async function traces(open: (setting: Setting) => Opened<Answers>) {
    const seen: string[] = [];
    let folder = '';
    await run([
      trial<Answers>('pki', suiteOf('MUST.a'), 'traced', (setting) => {
        folder = setting.folder;
        writeFileSync(join(folder, 'left-behind'), 'x');
        setting.onClose(async () => void seen.push(`first, folder ${existsSync(folder)}`));
        setting.onClose(async () => void seen.push('second'));
        return open(setting);
      }),
    ]);
    return { seen, exists: existsSync(folder), folder };
  }

  it.each<[string, (setting: Setting) => Opened<Answers>]>([
    ['passes', () => ({ subject: {} })],
    ['fails a case', () => ({ subject: { 'MUST.a': fails('x') } })],
    [
      'cannot be set up',
      () => {
        throw new Error('x');
      },
    ],
    [
      'cannot be taken down',
      ({ onClose }) => {
        onClose(async () => fails('x')());
        return { subject: {} };
      },
    ],
  ])('is closed in reverse order and leaves no folder when it %s', async (_, open) => {
    const { seen, exists, folder } = await traces(open);
    expect(folder).not.toBe('');
    expect(seen).toEqual(['second', 'first, folder true']);
    expect(exists).toBe(false);
  });
});

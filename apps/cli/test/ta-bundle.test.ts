import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSoftwareTee } from '@cssi/tee-client/adapters/software';
import { beforeAll, describe, expect, it } from 'vitest';
import { cssi, cssiJson, temporaryFolder } from './support/cli.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const project = at('greeter');
const IN_PROCESS = ['--mode', 'in-process'] as const;

/** Runs a command that has to end well. */
async function done(...argv: readonly string[]) {
  const { exitCode, err, json } = await cssiJson(...argv);
  if (exitCode !== 0) throw new Error(`${argv.join(' ')}: ${err}`);
  return json;
}

/** Code and exit code of a command that has to be refused. */
async function refused(...argv: readonly string[]) {
  const { exitCode, json } = await cssiJson(...argv);
  return [exitCode, json.error?.code ?? 'no error'];
}

const key = (name: string) =>
  done('pki', 'key', 'new', '--plain', '--out', at(`${name}.key`), '--public-out', at(`${name}.pub`));
const sign = (out: string, manifest = join(project, 'manifest.json')) =>
  done('ta', 'sign', at('greeter.js'), '--manifest', manifest, '--key', at('owner.key'), '--out', at(out));
const make = (action: string, out: string, ...more: string[]) => [
  ...['ta', 'command', 'make', action, '--device', at('device.json'), '--key', at('owner.key')],
  ...['--out', at(out), ...more],
];
const apply = (command: string, ...more: string[]) => [
  ...['ta', 'command', 'apply', at(command), '--data', at('data'), ...IN_PROCESS, ...more],
];

/** A changed copy of a file. */
function changed(from: string, to: string, change: (bytes: Buffer) => void): string {
  const bytes = readFileSync(at(from));
  change(bytes);
  writeFileSync(at(to), bytes);
  return at(to);
}

beforeAll(async () => {
  await done('ta', 'new', project);
  await done('ta', 'build', project, '--out', at('greeter.js'));
  for (const name of ['owner', 'stranger']) await key(name);
  await sign('one.ta');
  const device = ['ta', 'device', 'init', '--data', at('data'), '--certificate', at('root.pem')];
  await done(...device, '--management-key', at('owner.pub'), ...IN_PROCESS);
  const info = await done('ta', 'device', 'info', '--data', at('data'), ...IN_PROCESS);
  writeFileSync(at('device.json'), JSON.stringify(info));
}, 120_000);

describe('ta build and sign [CC-008]', () => {
  it('builds the same bytes again', async () => {
    await done('ta', 'build', project, '--out', at('again.js'));
    expect(readFileSync(at('again.js')).equals(readFileSync(at('greeter.js')))).toBe(true);
  });

  it.each([
    ['what Node has', "import { readFileSync } from 'node:fs'; export default () => readFileSync;"],
    ['what is not there', "export { default } from './missing.ts';"],
    ['what loads code at run time', "export default () => import('./x.js');"],
    ['what makes code at run time', "export default () => (0, globalThis.eval)('1') ?? eval('2');"],
    ['what is no program', 'export default ((((;'],
    ['what exports no application', 'export const application = 1;'],
  ])('does not build %s', async (_name, source) => {
    const file = at('bad.ts');
    writeFileSync(file, source);
    expect(await refused('ta', 'build', file, '--out', at('bad.js'))).toEqual([1, 'ERR_TEE_TA_INVALID']);
  });

  it('shows whose signature a bundle has, and judges it by the key alone', async () => {
    const shown = await done('ta', 'inspect', at('one.ta'), '--signer', at('owner.pub'));
    expect(shown).toMatchObject({ accepted: true, signatureValid: true, codeMatches: true });
    const other = await cssiJson('ta', 'inspect', at('one.ta'), '--signer', at('stranger.pub'));
    expect([other.exitCode, other.json.signatureValid]).toEqual([1, false]);
    const unjudged = await done('ta', 'inspect', at('one.ta'));
    expect(unjudged.signatureValid).toBeNull();
    expect((await cssi('ta', 'inspect', at('one.ta'))).out).toContain('not judged');
  });

  it('shows that the code of a bundle was changed', async () => {
    const file = changed('one.ta', 'altered.ta', (bytes) => {
      bytes[bytes.length - 4]! ^= 1;
    });
    const { exitCode, json } = await cssiJson('ta', 'inspect', file, '--signer', at('owner.pub'));
    expect([exitCode, json.codeMatches]).toEqual([1, false]);
  });

  it('refuses a manifest with a member it does not know, and a file that is no bundle', async () => {
    const manifest = JSON.parse(readFileSync(join(project, 'manifest.json'), 'utf8'));
    writeFileSync(at('manifest.json'), JSON.stringify({ ...manifest, apiz: [] }));
    const argv = ['ta', 'sign', at('greeter.js'), '--manifest', at('manifest.json')];
    expect(await refused(...argv, '--key', at('owner.key'), '--out', at('no.ta'))).toEqual([
      1,
      'ERR_TEE_MANIFEST_INVALID',
    ]);
    expect(await refused('ta', 'inspect', at('greeter.js'))).toEqual([1, 'ERR_TEE_BUNDLE_MALFORMED']);
    expect(await refused('ta', 'inspect', at('missing.ta'))).toEqual([3, 'ERR_CLI_FILE']);
  });
});

describe('ta command [part of CC-045] [part of CC-038]', () => {
  it('installs a bundle that is encrypted to the device, once', async () => {
    const to = ['--to', at('device.json'), '--root', at('root.pem')];
    await done('ta', 'encrypt', at('one.ta'), ...to, '--out', at('one.enc'));
    expect(readFileSync(at('one.enc')).includes('signing-key')).toBe(false);
    expect(readFileSync(at('one.ta')).includes('signing-key')).toBe(true);
    await done(...make('install-ta', 'install.cmd', '--payload', at('one.enc')));
    const receipt = await done(...apply('install.cmd', '--payload', at('one.enc')));
    expect(receipt).toMatchObject({ action: 'install-ta' });
    expect(await refused(...apply('install.cmd', '--payload', at('one.enc')))).toEqual([
      1,
      'ERR_TEE_MANAGEMENT_REPLAYED',
    ]);
    const { applications } = await done('ta', 'device', 'info', '--data', at('data'), ...IN_PROCESS);
    expect(JSON.stringify(applications)).toContain('greeter');
    const { records } = await done('ta', 'device', 'audit', '--data', at('data'), ...IN_PROCESS);
    const events = (records as { event: string; code: string }[]).map(({ event, code }) => `${event}${code}`);
    expect(events).toContain('management');
    expect(events).toContain('management-refusedERR_TEE_MANAGEMENT_REPLAYED');
  });

  it('does not encrypt to a key that the root does not vouch for', async () => {
    const facts = JSON.parse(readFileSync(at('device.json'), 'utf8'));
    const data = at('other');
    const other = await done(
      ...['ta', 'device', 'init', '--data', data, '--management-key', at('owner.pub')],
      ...['--certificate', at('other.pem'), ...IN_PROCESS],
    );
    writeFileSync(at('swapped.json'), JSON.stringify({ ...facts, bundleKey: other.bundleKey }));
    for (const [device, root] of [
      ['device.json', 'other.pem'],
      ['swapped.json', 'root.pem'],
    ] as const) {
      const argv = ['--to', at(device), '--root', at(root), '--out', at(`${device}.enc`)];
      expect(await refused('ta', 'encrypt', at('one.ta'), ...argv)).toEqual([1, 'ERR_TEE_BUNDLE_RECIPIENT']);
    }
  });

  it('refuses the command of a stranger, of another payload, and one that was changed', async () => {
    const stranger = make('lock-tee', 'stranger.cmd').map((word) =>
      word.replace('owner.key', 'stranger.key'),
    );
    await done(...stranger);
    expect(await refused(...apply('stranger.cmd'))).toEqual([1, 'ERR_TEE_MANAGEMENT_DENIED']);
    await done(...make('update-ta', 'update.cmd', '--payload', at('one.ta')));
    expect(await refused(...apply('update.cmd', '--payload', at('one.enc')))).toEqual([
      1,
      'ERR_TEE_MANAGEMENT_PAYLOAD',
    ]);
    changed('update.cmd', 'bent.cmd', (bytes) => {
      bytes[bytes.length - 1]! ^= 1;
    });
    expect(await refused(...apply('bent.cmd', '--payload', at('one.ta')))).toEqual([
      1,
      'ERR_TEE_MANAGEMENT_SIGNATURE',
    ]);
    changed('update.cmd', 'short.cmd', (bytes) => bytes.fill(0));
    expect((await refused(...apply('short.cmd')))[0]).toBe(1);
  });

  it.each([
    ['an application that is no UUID', make('lock-ta', 'x.cmd', '--ta', 'mine')],
    ['data that would stay readable', ['ta', 'command', 'personalisation', 'x', '--out', 'y', '--root', 'r']],
    ['an output beyond the limit', ['ta', 'run', '.', '--max-output', '1048577']],
    ['an action that is none', ['ta', 'command', 'make', 'explode']],
    ['a lock without an application', make('lock-ta', 'x.cmd')],
    ['an install without a bundle', make('install-ta', 'x.cmd')],
    ['a floor that is no number', make('raise-tcb-floor', 'x.cmd', '--minimum', 'one')],
    ['a sequence that is no number', make('lock-tee', 'x.cmd', '--sequence', '-1')],
    ['a mode that is none', ['ta', 'device', 'info', '--data', 'x', '--mode', 'cloud']],
    ['two inputs', ['ta', 'run', '.', '--input', 'a', '--input-hex', '00']],
    ['a command number beyond 32 bits', ['ta', 'run', '.', '--command', '4294967296']],
    ['a name with a space', ['ta', 'new', at('x'), '--name', 'my ta']],
  ])('refuses %s as wrong use', async (_name, argv) => {
    const { exitCode, json } = await cssiJson(...argv);
    expect([exitCode, json.error.code]).toEqual([2, 'ERR_CLI_USAGE']);
  });

  it('runs no bundle whose signer it does not know, and replaces no folder', async () => {
    expect(await refused('ta', 'run', at('one.ta'), ...IN_PROCESS)).toEqual([2, 'ERR_CLI_USAGE']);
    expect(await refused('ta', 'new', project)).toEqual([3, 'ERR_CLI_FILE']);
  });
});

describe('ta for whoever makes a mistake', () => {
  it('makes no TEE where none is, and leaves nothing behind', async () => {
    for (const words of [['info'], ['audit']]) {
      const argv = ['ta', 'device', ...words, '--data', at('nowhere'), ...IN_PROCESS];
      expect(await refused(...argv)).toEqual([3, 'ERR_CLI_FILE']);
    }
    expect(existsSync(at('nowhere'))).toBe(false);
    const init = ['--data', at('nowhere'), '--management-key', at('owner.pub'), ...IN_PROCESS];
    expect(await refused('ta', 'device', 'init', ...init, '--certificate', at('root.pem'))).toEqual([
      3,
      'ERR_CLI_FILE',
    ]);
    expect(existsSync(at('nowhere'))).toBe(false);
  });

  it('executes no command whose receipt has no place, and then still does', async () => {
    await done(...make('lock-tee', 'lock.cmd'));
    const audit = ['ta', 'device', 'audit', '--data', at('data'), ...IN_PROCESS];
    expect(await refused(...apply('lock.cmd', '--receipt', at('one.ta')))).toEqual([3, 'ERR_CLI_FILE']);
    expect(JSON.stringify(await done(...audit))).not.toContain('action=lock-tee sequence=');
    await done(...apply('lock.cmd', '--receipt', at('lock.receipt')));
    expect(JSON.stringify(await done(...audit))).toContain('action=lock-tee sequence=');
    await done(...make('unlock-tee', 'unlock.cmd'));
    await done(...apply('unlock.cmd'));
    expect(await refused(...apply('unlock.cmd', '--receipt', at('no.receipt')))).toEqual([
      1,
      'ERR_TEE_MANAGEMENT_REPLAYED',
    ]);
    expect(existsSync(at('no.receipt'))).toBe(false);
  });

  it('says that another process has the folder: nothing was judged', async () => {
    const tee = await createSoftwareTee({ dataDir: at('data'), mode: 'in-process' });
    try {
      const argv = ['ta', 'device', 'info', '--data', at('data'), ...IN_PROCESS];
      expect(await refused(...argv)).toEqual([3, 'ERR_TEE_LOCKED']);
    } finally {
      await tee.close();
    }
  });

  it('names the member of a manifest that is missing or unknown', async () => {
    const { uuid: _, ...manifest } = JSON.parse(readFileSync(join(project, 'manifest.json'), 'utf8'));
    writeFileSync(at('members.json'), JSON.stringify({ ...manifest, apiz: [] }));
    const argv = ['ta', 'sign', at('greeter.js'), '--manifest', at('members.json')];
    const { err } = await cssi(...argv, '--key', at('owner.key'), '--out', at('no.ta'));
    expect(err).toContain('missing=uuid unknown=apiz');
  });

  it.each([
    ['no list', {}],
    ['a number', [1]],
    ['a key that is none', [{ publicKey: 'x', privileges: [] }]],
    ['a privilege that is none', [{ publicKey: `B${'A'.repeat(86)}=`, privileges: ['root'] }]],
    ['another member', [{ publicKey: `B${'A'.repeat(86)}=`, privileges: [], name: 'x' }]],
  ])('refuses keys of a security domain: %s', async (_name, keys) => {
    writeFileSync(at('keys.json'), JSON.stringify(keys));
    const sd = ['--sd', '22222222-2222-4222-8222-222222222222', '--keys', at('keys.json')];
    expect(await refused(...make('install-sd', 'sd.cmd', ...sd))).toEqual([2, 'ERR_CLI_USAGE']);
    expect(existsSync(at('sd.cmd'))).toBe(false);
  });

  it('makes no command for a payload that is no bundle', async () => {
    const argv = make('install-ta', 'none.cmd', '--payload', at('greeter.js'));
    expect(await refused(...argv)).toEqual([1, 'ERR_TEE_BUNDLE_MALFORMED']);
  });

  it('shows what an application said before it died, and nothing that steers the terminal', async () => {
    const folderOf = at('dying');
    await done('ta', 'new', folderOf);
    writeFileSync(
      join(folderOf, 'index.ts'),
      `import { defineTrustedApplication } from '@cssi/tee-client/ta';
      export default defineTrustedApplication((tee) => ({
        TA_OpenSessionEntryPoint: () => undefined,
        TA_InvokeCommandEntryPoint() {
          tee.CSSI_Log('last \\u001b[2J\\r\\nwords\\u202e');
          tee.TEE_Panic(7);
        },
      }));`,
    );
    const run = ['ta', 'run', folderOf, ...IN_PROCESS];
    const { exitCode, json, err } = await cssiJson(...run);
    expect([exitCode, json.error.code]).toEqual([3, 'ERR_TEEC_TARGET_DEAD']);
    expect(json.log.join()).toMatch(/log last .*words.*ta-panicked code=7 reason=TEE_Panic/);
    expect(err).toMatch(/^\| log last [^\p{Cc}\p{Cf}]*words[^\p{Cc}\p{Cf}]*\n\| ta-panicked code=7/mu);
  });

  it('says where a new project cannot be made', async () => {
    writeFileSync(at('file'), '');
    expect(await refused('ta', 'new', at('file/project'))).toEqual([3, 'ERR_CLI_FILE']);
  });
});

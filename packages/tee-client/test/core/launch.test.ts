import { rmSync } from 'node:fs';
import { parseCertificate } from '@cssi/pki';
import { canonicalJson, fromBase64, fromHex, isAccepted, sm2, sm3, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it, vi } from 'vitest';
import { Instances } from '../../src/adapters/software/core/instances.ts';
import { decodeTaRequestAnswer, encodeTaRequest } from '../../src/adapters/software/core/ta-request.ts';
import { openTicket } from '../../src/adapters/software/core/ticket.ts';
import { BUILT_IN_APPLICATIONS } from '../../src/adapters/software/images/index.ts';
import { TEE_CLIENT_ERRORS } from '../../src/errors.ts';
import { encryptBundle } from '../../src/management/index.ts';
import { bundleAssociatedData, encodeBundle, parseBundle } from '../../src/spec/v1/bundle-codec.ts';
import { openEnvelopePayload } from '../../src/spec/v1/envelope.ts';
import { codeMeasurement, EVIDENCE_FORMAT } from '../../src/spec/v1/evidence.ts';
import { ROOT_SECURITY_DOMAIN } from '../../src/spec/v1/management.ts';
import { encodeManifest } from '../../src/spec/v1/manifest-codec.ts';
import { verifyEvidence } from '../../src/verify-evidence.ts';
import {
  BUILT_IN_UUID,
  BUILT_INS,
  builtIn,
  bundleOf,
  CODE,
  codeOf,
  coreFolder,
  EVENTS,
  edit,
  fileOf,
  filesOf,
  keyOf,
  type LaunchedTa,
  MANIFEST,
  OPTIONAL_UUID,
  OTHER_UUID,
  pairA,
  rootPair,
  SD_A,
  SD_B,
  signerA,
  stranger,
  TA_UUID,
  TestCore,
  TIME,
} from './core-support.ts';

const digest = (bytes: Uint8Array): string => toHex(sm3(bytes));
const install = async (core: TestCore, bundle: Uint8Array) =>
  core.execute({ action: 'install-ta', bundleDigest: digest(bundle) }, bundle);
const last = (core: TestCore) => core.audit().at(-1);
const seedOf = ({ grant }: LaunchedTa) => toHex(grant.seed);

async function installed(): Promise<{ core: TestCore; bundle: Uint8Array }> {
  const core = new TestCore();
  const bundle = await bundleOf();
  await install(core, bundle);
  return { core, bundle };
}

/** The same device, started again. */
function restarted(core: TestCore, options: ConstructorParameters<typeof TestCore>[0] = {}): TestCore {
  core.stop();
  return new TestCore({ ...options, folder: core.folder });
}

describe('an application that may start', () => {
  it('gets seed, link and digests; the host gets what it needs to know [part of CC-004]', async () => {
    const { core, bundle } = await installed();
    const launched = core.launch();
    expect(launched.bundle).toEqual(bundle);
    expect(launched.grant.headerDigest).toEqual(sm3(parseBundle(bundle).headerBytes));
    expect(launched.grant.codeDigest).toEqual(sm3(CODE));
    expect(launched.grant.deviceId).toBe(core.info.device);
    expect(launched.grant.codeKey.length).toBe(0);
    expect(launched.info).toMatchObject({
      instance: launched.grant.instance,
      name: 'sample',
      version: 3,
      image: '',
      codeDigest: digest(CODE),
      memoryBytes: 65_536,
      multiSession: true,
      socketPeers: [],
    });
    expect(last(core)).toMatchObject({ event: 'launched', uuid: TA_UUID, code: '' });
  });

  it('as a built-in image gets the digests of manifest and code', () => {
    const core = new TestCore();
    const { info, grant, bundle } = core.launch(BUILT_IN_UUID);
    expect(bundle.length).toBe(0);
    expect(info.image).toBe('built-in');
    expect(grant.headerDigest).toEqual(sm3(encodeManifest(builtIn().manifest)));
    expect(grant.codeDigest).toEqual(sm3(utf8('/* built-in */')));
  });

  it('is another instance with another link each time, with one seed', async () => {
    const { core } = await installed();
    const [a, b] = [core.launch(), core.launch()];
    expect(a.info.instance).not.toBe(b.info.instance);
    expect(toHex(a.grant.linkKey)).not.toBe(toHex(b.grant.linkKey));
    expect(seedOf(a)).toBe(seedOf(b));
  });

  it('every built-in application of the package does', () => {
    const core = new TestCore({ builtIns: BUILT_IN_APPLICATIONS, conformanceTa: true });
    expect(BUILT_IN_APPLICATIONS.size).toBeGreaterThan(2);
    for (const [uuid, { manifest, code }] of BUILT_IN_APPLICATIONS) {
      expect(core.launch(uuid).grant.codeDigest, manifest.name).toEqual(sm3(utf8(code)));
    }
  });

  it('after a restart is the same, judged anew', async () => {
    const { core } = await installed();
    const seed = seedOf(core.launch());
    expect(seedOf(restarted(core).launch())).toBe(seed);
  });
});

describe('launches that are refused and audited [CC-042]', () => {
  const refused = (core: TestCore, code: string, uuid = TA_UUID) => {
    const before = core.audit().length;
    expect(codeOf(() => core.launch(uuid))).toBe(code);
    expect(core.audit().length).toBe(before + 1);
    expect(last(core)).toMatchObject({
      event: 'launch-refused',
      uuid,
      code: code.split(' ')[0],
      detail: code.split(' ').slice(1).join(' '),
    });
  };

  it('an application that is not installed', () => {
    refused(new TestCore(), 'ERR_TEE_LAUNCH_REFUSED reason=not-installed');
  });

  it('an optional built-in one that this start does not offer', () => {
    refused(new TestCore(), 'ERR_TEE_LAUNCH_REFUSED reason=not-installed', OPTIONAL_UUID);
    expect(new TestCore({ conformanceTa: true }).launch(OPTIONAL_UUID).info.name).toBe('optional');
  });

  it('a locked one', async () => {
    const { core } = await installed();
    await core.execute({ action: 'lock-ta', ta: TA_UUID });
    refused(core, 'ERR_TEE_LAUNCH_REFUSED reason=locked');
    refused(restarted(core), 'ERR_TEE_LAUNCH_REFUSED reason=locked');
  });

  it('any on a locked TEE, built-in ones too', async () => {
    const { core } = await installed();
    await core.execute({ action: 'lock-tee' });
    refused(core, 'ERR_TEE_LAUNCH_REFUSED reason=tee-locked');
    refused(core, 'ERR_TEE_LAUNCH_REFUSED reason=tee-locked', BUILT_IN_UUID);
    await core.execute({ action: 'unlock-tee' });
    expect(core.launch().info.name).toBe('sample');
  });

  it('one of a blocked domain', async () => {
    const core = new TestCore();
    await core.execute({ action: 'install-sd', sd: SD_A, keys: [keyOf(pairA)] });
    const bundle = await bundleOf({}, signerA);
    await core.execute({ action: 'install-ta', bundleDigest: digest(bundle) }, bundle, {
      signer: signerA,
      domain: SD_A,
    });
    core.launch();
    await core.execute({ action: 'block-sd', sd: SD_A });
    refused(core, 'ERR_TEE_LAUNCH_REFUSED reason=domain-blocked');
    await core.execute({ action: 'unblock-sd', sd: SD_A });
    core.launch();
  });

  it('one whose signer has lost the right to sign [part of CC-004]', async () => {
    const core = new TestCore();
    await core.execute({ action: 'install-sd', sd: SD_A, keys: [keyOf(pairA)] });
    const bundle = await bundleOf({}, signerA);
    await core.execute({ action: 'install-ta', bundleDigest: digest(bundle) }, bundle, { domain: SD_A });
    const { effect } = await core.execute({
      action: 'update-sd',
      sd: SD_A,
      keys: [keyOf(pairA, ['ta-management'])],
    });
    expect(effect.stop).toEqual([TA_UUID]);
    refused(core, 'ERR_TEE_BUNDLE_SIGNATURE reason=signer');
  });

  it('a bundle that is gone, altered, or another one [part of CC-004]', async () => {
    const { core, bundle } = await installed();
    const path = fileOf(core.folder, /^bundle-.*\.csta$/);
    const other = await bundleOf({ version: 9 });
    const stray = await bundleOf({}, stranger);
    const cases: readonly (readonly [string, Uint8Array])[] = [
      ['one bit of the code', flip(bundle, bundle.length - 1)],
      ['one bit of the header', flip(bundle, 60)],
      ['one bit of the signature', flip(bundle, bundle.length - CODE.length - 20)],
      ['cut short', bundle.slice(0, -1)],
      ['extended', Uint8Array.of(...bundle, 0)],
      ['empty', new Uint8Array(0)],
      ['another version', other],
      ['another signer', stray],
    ];
    for (const [what, bytes] of cases) {
      edit(path, () => bytes);
      expect(
        codeOf(() => core.launch()),
        what,
      ).toBe('ERR_TEE_BUNDLE_DIGEST reason=bundle');
    }
    edit(path, () => bundle);
    core.launch();
    rmSync(path);
    refused(core, 'ERR_TEE_BUNDLE_DIGEST reason=missing');
  });

  it('one too many at a time', () => {
    const core = new TestCore();
    const add = vi.spyOn(Instances.prototype, 'add').mockImplementation(() => {
      throw TEE_CLIENT_ERRORS.create('ERR_TEE_LAUNCH_REFUSED', { detail: 'reason=instances' });
    });
    try {
      refused(core, 'ERR_TEE_LAUNCH_REFUSED reason=instances', BUILT_IN_UUID);
    } finally {
      add.mockRestore();
    }
  });

  it('a key for the grant that is none', async () => {
    const { core } = await installed();
    const point = sm2.generateKeyPair().publicKey;
    for (const key of [new Uint8Array(0), new Uint8Array(65), point.slice(0, 64), flip(point, 40)]) {
      const parts = [canonicalJson({ uuid: TA_UUID, time: TIME }), key] as const;
      expect(codeOf(() => core.control('launch', ...parts))).toBe(
        'ERR_TEE_LAUNCH_REFUSED reason=ephemeral-key',
      );
      expect(last(core)).toMatchObject({ event: 'launch-refused' });
    }
  });

  it('a built-in one that has gone back to an older version', () => {
    const core = new TestCore({ builtIns: BUILT_INS(5) });
    core.launch(BUILT_IN_UUID);
    refused(
      restarted(core, { builtIns: BUILT_INS(4) }),
      'ERR_TEE_BUNDLE_ROLLBACK reason=version',
      BUILT_IN_UUID,
    );
  });

  it('one that asks for a newer TCB', () => {
    const needs = new Map([[BUILT_IN_UUID, builtIn(1, { minimumTcb: 2 })]]);
    const core = new TestCore({ builtIns: needs });
    refused(core, 'ERR_TEE_TCB_OUTDATED reason=minimum-tcb', BUILT_IN_UUID);
    expect(restarted(core, { builtIns: needs, tcbVersion: 2 }).launch(BUILT_IN_UUID).grant.tcbVersion).toBe(
      2,
    );
  });

  it.each([
    ['no JSON', utf8('x')],
    ['a uuid that is none', canonicalJson({ uuid: 'x', time: TIME })],
    ['a uuid in upper case', canonicalJson({ uuid: TA_UUID.toUpperCase(), time: TIME })],
    ['no time', canonicalJson({ uuid: TA_UUID })],
    ['a member too many', canonicalJson({ uuid: TA_UUID, time: TIME, more: 1 })],
  ])('a malformed request: %s', (_, part) => {
    expect(codeOf(() => new TestCore().control('launch', part, rootPair.publicKey))).toMatch(
      /^ERR_TEE_ANSWER_MALFORMED /,
    );
  });
});

const flip = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[at]! ^= 1;
  return copy;
};

describe('seeds [part of CC-003]', () => {
  it('differ between applications, and between a built-in one and an installed one', async () => {
    const { core } = await installed();
    const other = await bundleOf({ uuid: OTHER_UUID });
    await install(core, other);
    const seeds = [TA_UUID, OTHER_UUID, BUILT_IN_UUID].map((uuid) => seedOf(core.launch(uuid)));
    expect(new Set(seeds).size).toBe(3);
  });

  it('stay over an update, and end with deletion', async () => {
    const { core, bundle } = await installed();
    const seed = seedOf(core.launch());
    const update = await bundleOf({ version: 4 });
    const { effect } = await core.execute({ action: 'update-ta', bundleDigest: digest(update) }, update);
    expect(effect).toEqual({ stop: [TA_UUID], forget: [] });
    expect(seedOf(core.launch())).toBe(seed);
    await core.execute({ action: 'delete-ta', ta: TA_UUID });
    expect(
      await install(core, bundle).then(
        () => '',
        (error) => String(error.code),
      ),
    ).toBe('ERR_TEE_BUNDLE_ROLLBACK');
    await install(core, update);
    expect(seedOf(core.launch())).not.toBe(seed);
  });

  it('under another security domain are others', async () => {
    const core = new TestCore();
    await core.execute({ action: 'install-sd', sd: SD_A, keys: [keyOf(pairA)] });
    await core.execute({ action: 'install-sd', sd: SD_B, keys: [keyOf(pairA)] });
    const bundle = await bundleOf({}, signerA);
    const seeds: string[] = [];
    for (const domain of [SD_A, SD_B]) {
      const action = { action: 'install-ta', bundleDigest: digest(bundle) } as const;
      await core.execute(action, bundle, { signer: signerA, domain });
      seeds.push(seedOf(core.launch()));
      await core.execute({ action: 'delete-ta', ta: TA_UUID }, undefined, { signer: signerA, domain });
    }
    expect(seeds[0]).not.toBe(seeds[1]);
  });

  it('of a built-in one stay over a signed update of it', async () => {
    const core = new TestCore();
    const seed = seedOf(core.launch(BUILT_IN_UUID));
    const update = await bundleOf({ uuid: BUILT_IN_UUID, version: 2 });
    await core.execute({ action: 'update-ta', bundleDigest: digest(update) }, update);
    const launched = core.launch(BUILT_IN_UUID);
    expect(launched.info.version).toBe(2);
    expect(launched.info.image).toBe('');
    expect(seedOf(launched)).toBe(seed);
    // The package has overtaken the update: the image runs again.
    const newer = restarted(core, { builtIns: BUILT_INS(3) });
    expect(newer.launch(BUILT_IN_UUID).info).toMatchObject({ version: 3, image: 'built-in' });
    expect(seedOf(newer.launch(BUILT_IN_UUID))).toBe(seed);
    expect(filesOf(newer.folder).filter((name) => name.startsWith('bundle-'))).toEqual([]);
  });

  it('are others on another device', async () => {
    const a = await installed();
    const b = await installed();
    expect(seedOf(a.core.launch())).not.toBe(seedOf(b.core.launch()));
  });
});

describe('code that is encrypted to the TEE [CC-038]', () => {
  const secretCode = utf8('/* a trade secret */ export default () => ({});');

  it('is readable neither on disk nor in what the host carries; only the domain opens it', async () => {
    const core = new TestCore();
    const plain = await bundleOf({}, undefined, secretCode);
    const bundle = encryptBundle(plain, fromBase64(core.info.bundleKey));
    await install(core, bundle);
    const contains = (bytes: Uint8Array) => Buffer.from(bytes).includes('trade secret');
    expect(contains(plain)).toBe(true);
    const walk = (folder: string): boolean =>
      filesOf(folder).some((name) => {
        if (name === 'state') return walk(`${folder}/state`);
        let found = false;
        edit(`${folder}/${name}`, (bytes) => {
          found = contains(bytes);
          return bytes;
        });
        return found;
      });
    expect(walk(core.folder)).toBe(false);
    const launched = core.launch();
    expect(contains(launched.bundle)).toBe(false);
    const { envelope, payload, headerBytes } = parseBundle(launched.bundle);
    const code = openEnvelopePayload(
      launched.grant.codeKey,
      envelope!,
      payload,
      bundleAssociatedData(headerBytes),
    );
    expect(code).toEqual(secretCode);
  });

  it('for another TEE is refused', async () => {
    const [core, other] = [new TestCore(), new TestCore()];
    const bundle = encryptBundle(await bundleOf(), fromBase64(other.info.bundleKey));
    await expect(install(core, bundle)).rejects.toMatchObject({ code: 'ERR_TEE_BUNDLE_RECIPIENT' });
  });

  it('with another envelope, nonce or ciphertext is refused with one code', async () => {
    const core = new TestCore();
    const key = fromBase64(core.info.bundleKey);
    const bundle = encryptBundle(await bundleOf(), key);
    const parsed = parseBundle(bundle);
    const stranger = parseBundle(encryptBundle(await bundleOf({ version: 8 }), key));
    const altered = [
      { ...parsed, envelope: { ...parsed.envelope!, nonce: 'AAAAAAAAAAAAAAAA' } },
      { ...parsed, envelope: { ...parsed.envelope!, wrappedKey: stranger.envelope!.wrappedKey } },
      { ...parsed, payload: flip(parsed.payload, 0) },
      { ...parsed, payload: flip(parsed.payload, parsed.payload.length - 1) },
      // The code of one application under the header of another.
      { ...parsed, envelope: stranger.envelope, payload: stranger.payload },
    ];
    for (const bytes of altered.map(encodeBundle)) {
      const error = await install(core, bytes).then(
        () => undefined,
        (reason) => reason as { code: string; detail?: string },
      );
      expect(error).toMatchObject({ code: 'ERR_TEE_BUNDLE_RECIPIENT' });
      expect(error?.detail ?? '').toBe('');
    }
  });
});

describe('evidence', () => {
  const nonce = new Uint8Array(32).fill(9);
  const ask = (core: TestCore, { link, info }: LaunchedTa, given = nonce, userData = utf8('bound')) => {
    const frame = link.seal(encodeTaRequest({ kind: 'evidence', nonce: given, userData }));
    const [answer] = core.control(
      'ta-request',
      canonicalJson({ instance: info.instance, time: TIME }),
      frame,
    );
    return decodeTaRequestAnswer(link.open(answer!));
  };

  it('states the instance that asks, not what it says of itself [part of CC-005]', async () => {
    const { core } = await installed();
    const launched = core.launch();
    const { result, parts } = ask(core, launched);
    expect(result).toBe(0);
    const [report, ...certificates] = parts;
    const measurement = codeMeasurement([...EVENTS, { stage: 'ta', name: 'sample', digest: digest(CODE) }]);
    const verdict = verifyEvidence(
      { format: EVIDENCE_FORMAT, report: report!, certificates },
      {
        nonce,
        anchors: [parseCertificate(core.rootCertificate)],
        time: new Date(TIME),
        reference: { taUuid: TA_UUID, taMeasurement: measurement, minimumVersion: 3, minimumTcb: 1 },
      },
    );
    expect(isAccepted(verdict)).toBe(true);
    expect(verdict.claims).toMatchObject({ starts: 1, tcbVersion: 1, ta: { uuid: TA_UUID, version: 3 } });
  });

  it.each([
    ['a nonce that is too short', new Uint8Array(15), 0, 0xffff0006],
    ['a nonce that is too long', new Uint8Array(65), 0, 0xffff0004],
    ['user data that is too long', new Uint8Array(16), 65, 0xffff0004],
  ])('%s is answered with GlobalPlatform results', async (_, given, userData, result) => {
    const { core } = await installed();
    expect(ask(core, core.launch(), given, new Uint8Array(userData))).toEqual({ result, parts: [] });
  });

  it('is refused to an application that did not declare it', async () => {
    const core = new TestCore();
    await install(core, await bundleOf({ apis: ['crypto'] }));
    expect(ask(core, core.launch())).toEqual({ result: 0xffff0001, parts: [] });
  });

  it('is not given to an instance that has ended, is locked or whose frame is another’s', async () => {
    const { core } = await installed();
    const [a, b] = [core.launch(), core.launch()];
    const frame = a.link.seal(encodeTaRequest({ kind: 'evidence', nonce, userData: new Uint8Array(0) }));
    const request = (id: string) =>
      codeOf(() => core.control('ta-request', canonicalJson({ instance: id, time: TIME }), frame));
    expect(request(b.info.instance)).toMatch(/^ERR_TEE_CHANNEL /);
    expect(request('00'.repeat(16))).toBe('ERR_TEE_CHANNEL reason=instance');
    core.control('ended', canonicalJson({ instance: a.info.instance }));
    expect(request(a.info.instance)).toBe('ERR_TEE_CHANNEL reason=instance');
    const c = core.launch();
    await core.execute({ action: 'lock-ta', ta: TA_UUID });
    expect(codeOf(() => ask(core, c))).toBe('ERR_TEE_CHANNEL reason=instance');
  });
});

describe('channels between applications', () => {
  async function two(callers: readonly string[] | null, apis = MANIFEST.apis) {
    const core = new TestCore();
    await install(core, await bundleOf({ apis }));
    await install(core, await bundleOf({ uuid: OTHER_UUID, name: 'called', callers }));
    return { core, from: core.launch(TA_UUID), to: core.launch(OTHER_UUID) };
  }
  const connect = (core: TestCore, from: LaunchedTa, to: LaunchedTa) =>
    core.control('connect', canonicalJson({ from: from.info.instance, to: to.info.instance }));

  it('are made with one key and the identities the core knows', async () => {
    const { core, from, to } = await two([TA_UUID]);
    const [a, b] = connect(core, from, to);
    const [caller, called] = [openTicket(from.link, a!), openTicket(to.link, b!)];
    expect(caller).toMatchObject({ role: 'initiator', peer: OTHER_UUID });
    expect(called).toMatchObject({ role: 'responder', peer: TA_UUID });
    expect(caller.key).toEqual(called.key);
    expect(codeOf(() => openTicket(from.link, b!))).toMatch(/^ERR_TEE_CHANNEL /);
  });

  it.each([
    ['a caller that is not in the manifest of the called', [OTHER_UUID], MANIFEST.apis],
    ['a called one that takes nobody', [], MANIFEST.apis],
    ['a caller that did not declare it', null, ['evidence'] as const],
  ])('are refused and audited: %s [part of CC-042]', async (_, callers, apis) => {
    const { core, from, to } = await two(callers, apis);
    let result: unknown;
    try {
      connect(core, from, to);
    } catch (error) {
      result = error;
    }
    expect(result).toMatchObject({ result: 0xffff0001, origin: 3 });
    expect(last(core)).toMatchObject({ event: 'connect-refused', uuid: OTHER_UUID });
    expect(last(core)?.detail).toContain(`caller=${TA_UUID}`);
  });

  it('are not made with an instance that does not run', async () => {
    const { core, from, to } = await two(null);
    core.control('ended', canonicalJson({ instance: to.info.instance }));
    expect(codeOf(() => connect(core, from, to))).toBe('ERR_TEE_CHANNEL reason=instance');
  });
});

describe('TCB recovery [part of CC-045]', () => {
  it('a TCB below the floor starts nothing until it is updated; then it has a new attestation key', async () => {
    const { core } = await installed();
    const seed = seedOf(core.launch());
    const { effect } = await core.execute({ action: 'raise-tcb-floor', minimum: 2 });
    expect(new Set(effect.stop)).toEqual(new Set([TA_UUID, BUILT_IN_UUID]));
    expect(codeOf(() => core.launch())).toBe('ERR_TEE_TCB_OUTDATED reason=floor');
    expect(core.audit().at(-1)).toMatchObject({ event: 'launch-refused', code: 'ERR_TEE_TCB_OUTDATED' });
    const old = restarted(core);
    expect(codeOf(() => old.launch(BUILT_IN_UUID))).toBe('ERR_TEE_TCB_OUTDATED reason=floor');
    expect(old.info).toMatchObject({ tcbVersion: 1, tcbFloor: 2 });
    expect(old.audit().find(({ event, code }) => event === 'started' && code !== '')?.code).toBe(
      'ERR_TEE_TCB_OUTDATED',
    );
    await expect(old.execute({ action: 'lock-tee' })).rejects.toMatchObject({ code: 'ERR_TEE_TCB_OUTDATED' });
    const updated = restarted(old, { tcbVersion: 2 });
    expect(seedOf(updated.launch())).toBe(seed);
    expect(updated.info.device).toBe(core.info.device);
    expect(updated.info.attestationCertificate).not.toBe(core.info.attestationCertificate);
    expect(
      updated
        .audit()
        .filter(({ event }) => event === 'provisioned')
        .map(({ detail }) => detail),
    ).toEqual(['tcb=1', 'tcb=2']);
  });

  it('there is no way back to an older TCB', () => {
    const core = new TestCore({ tcbVersion: 3 });
    const older = restarted(core, { tcbVersion: 2 });
    expect(codeOf(() => older.launch(BUILT_IN_UUID))).toBe('ERR_TEE_TCB_OUTDATED reason=floor');
    expect(older.info.attestationCertificate).toBe(core.info.attestationCertificate);
    expect(restarted(older, { tcbVersion: 3 }).launch(BUILT_IN_UUID).grant.tcbVersion).toBe(3);
  });
});

it('a root domain is what the snapshot names for built-in applications', () => {
  const core = new TestCore({ folder: coreFolder() });
  expect(core.snapshot().applications).toEqual([
    {
      uuid: BUILT_IN_UUID,
      name: 'built-in',
      version: 1,
      state: 'selectable',
      domain: ROOT_SECURITY_DOMAIN,
      builtIn: true,
      memoryBytes: 65_536,
    },
  ]);
  expect(fromHex(core.info.device).length).toBe(32);
});

import { parseCertificate } from '@cssi/pki';
import { fromBase64, isAccepted, sm2, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { openEnclaves } from '../../../src/enclave/index.ts';
import {
  type AppraisalPolicy,
  appraise,
  openReferenceStore,
  type ReferenceStore,
  signReferenceValues,
} from '../../../src/evidence/appraisal/index.ts';
import { attesterOf } from '../../../src/evidence/software/index.ts';
import { verifyAttestation } from '../../../src/evidence/verify-attestation.ts';
import { encryptPersonalisation, payloadDigest } from '../../../src/management/index.ts';
import type { AttestationVerdict } from '../../../src/spec/v1/attestation.ts';
import { PERSONALISE_COMMAND } from '../../../src/spec/v1/personalisation.ts';
import { failureOf, NOW } from '../../basics.ts';
import { type ManagedTee, startManaged, testManifest } from '../../software/installing.ts';
import { contents, found, genuine, issuerSigner, POLICY, storeOf, TIME } from './support.ts';

const floor = (minimum: number, component = 'firmware', type: 'csv' | 'software' = 'csv') => [
  { type, component, minimum },
];

describe('TCB recovery by reference values [CC-007]', () => {
  const firmware = (value: number) => genuine({ versions: [{ name: 'firmware', value }] });

  it('refuses a TEE below a raised floor and admits it again after its update', async () => {
    const store = await storeOf({ sequence: 1, versions: floor(5) });
    const judge = (version: number) =>
      appraise(firmware(version), { time: TIME, policy: POLICY, reference: store });
    expect(isAccepted(judge(5))).toBe(true);
    // A weakness of version 5 becomes known: the issuer raises the floor.
    store.add(await signReferenceValues(contents({ sequence: 2, versions: floor(6) }), issuerSigner), TIME);
    expect(found(judge(5))).toEqual(['tcb/TCB_TOO_OLD']);
    expect(judge(5).trust.status).toBe('failed');
    expect(isAccepted(judge(6))).toBe(true);
  });

  it('cannot be undone by an old set of values, after a restart either', async () => {
    const store = await storeOf({ sequence: 2, versions: floor(6) });
    const old = await signReferenceValues(contents({ sequence: 1, versions: floor(5) }), issuerSigner);
    const again = openReferenceStore({
      issuers: [{ publicKeyInfo: issuerSigner.publicKeyInfo }],
      sequences: store.sequences,
    });
    for (const one of [store, again]) expect(() => one.add(old, TIME)).toThrow(/rollback/);
    expect(found(appraise(firmware(5), { time: TIME, policy: POLICY, reference: store }))).toEqual([
      'tcb/TCB_TOO_OLD',
    ]);
  });

  it('is no waiver: what is new enough and runs something else stays out', async () => {
    const store = await storeOf({ sequence: 2, versions: floor(6) });
    const verdict = appraise(genuine({ versions: [{ name: 'firmware', value: 6 }], debug: 'enabled' }), {
      time: TIME,
      policy: POLICY,
      reference: store,
    });
    expect(found(verdict)).toEqual(['configuration/DEBUG_ENABLED']);
  });
});

/** An application that keeps the secret it was given, and shows it (which a real one would not). */
const TA = '70000000-0000-4000-8000-0000000000e1';
const CODE = `
(tee) => {
  const id = new TextEncoder().encode('secret');
  return {
    TA_OpenSessionEntryPoint() { return {}; },
    TA_InvokeCommandEntryPoint(session, command, types, params) {
      if (command === ${PERSONALISE_COMMAND}) {
        tee.TEE_CloseObject(tee.TEE_CreatePersistentObject(1, id, 0x407, null, params[0].buffer.slice()));
        return;
      }
      const object = tee.TEE_OpenPersistentObject(1, id, 1);
      const secret = tee.TEE_ReadObjectData(object, 100);
      tee.TEE_CloseObject(object);
      params[1].buffer.set(secret);
      params[1].size = secret.length;
    },
  };
}`;

const software: AppraisalPolicy = {
  ...POLICY,
  name: 'applications',
  types: ['software'],
  deployments: ['trusted-application'],
  requireMemoryEncryption: false,
  allowDebug: true,
  migration: 'unrestricted',
  allowEmulated: true,
  minimumVersions: [],
  untrustedSoftware: [],
  measurements: [{ by: 'name', of: 'ta', accept: null }],
};

/** A relying party: it gives a secret to whoever its policy and its reference values accept. */
class Owner {
  readonly reference: ReferenceStore;
  #challenges = 0;

  constructor(reference: ReferenceStore) {
    this.reference = reference;
  }

  async judge(managed: ManagedTee, replayed?: Uint8Array): Promise<AttestationVerdict> {
    const reportData = new Uint8Array(32).fill(++this.#challenges);
    const evidence = replayed ?? (await evidenceOf(managed, reportData));
    return verifyAttestation(evidence, {
      time: NOW,
      anchors: { certificates: [parseCertificate(managed.tee.rootCertificate)] },
      reportData,
      policy: software,
      reference: this.reference,
    });
  }

  async provision(managed: ManagedTee, secret: string): Promise<void> {
    const verdict = await this.judge(managed);
    if (!isAccepted(verdict)) throw new Error(found(verdict).join(' '));
    const data = encryptPersonalisation(TA, utf8(secret), fromBase64(managed.tee.info.bundleKey));
    await managed.manage({ action: 'personalise-ta', ta: TA, dataDigest: payloadDigest(data) }, data);
  }
}

async function evidenceOf({ tee }: ManagedTee, reportData: Uint8Array): Promise<Uint8Array> {
  const enclave = await openEnclaves(tee.module).create(TA);
  try {
    return await attesterOf(enclave).evidence(reportData);
  } finally {
    await enclave.destroy();
  }
}

async function secretOf({ tee }: ManagedTee): Promise<string> {
  const enclave = await openEnclaves(tee.module).create(TA);
  const secret = await enclave.call(1, new Uint8Array(0));
  await enclave.destroy();
  return Buffer.from(secret).toString();
}

describe('TCB recovery of a software TEE, from the first secret to the second [CC-007]', () => {
  it('refused when its TCB is known to be weak, updated, admitted, given its secret anew', async () => {
    const pair = sm2.generateKeyPair();
    const old = await startManaged({ mode: 'in-process' }, pair);
    await old.install(testManifest(TA, { services: ['evidence'] }), CODE);
    const first = new Uint8Array(32).fill(0xee);
    const stale = await evidenceOf(old, first);
    const unjudged = verifyAttestation(stale, { time: NOW, anchors: {}, reportData: first });
    const measurement = unjudged.claims.measurements.find(({ name }) => name === 'ta')!;
    const reference = (sequence: number, minimum: number) =>
      signReferenceValues(
        contents({
          sequence,
          measurements: [
            {
              type: 'software',
              by: 'name',
              of: 'ta',
              label: 'test application',
              values: [`sm3:${Buffer.from(measurement.value).toString('hex')}`],
            },
          ],
          versions: floor(minimum, 'tcb', 'software'),
        }),
        issuerSigner,
      );
    const store = openReferenceStore({ issuers: [{ publicKeyInfo: issuerSigner.publicKeyInfo }] });
    store.add(await reference(1, 1), NOW);
    const owner = new Owner(store);
    await owner.provision(old, 'first secret');
    expect(await secretOf(old)).toBe('first secret');

    // A weakness of TCB 1 becomes known.
    store.add(await reference(2, 2), NOW);
    expect(found(await owner.judge(old))).toEqual(['tcb/TCB_TOO_OLD']);
    expect(await failureOf(() => owner.provision(old, 'second secret'))).toMatchObject({
      message: 'tcb/TCB_TOO_OLD',
    });
    // The device’s own owner stops it as well: it starts nothing, so it proves nothing.
    await old.manage({ action: 'raise-tcb-floor', minimum: 2 });
    expect(await failureOf(() => owner.judge(old))).toMatchObject({ code: 'ERR_TEEC_ACCESS_DENIED' });
    await old.tee.close();

    // Brought up to date: the same device, another attestation key.
    const renewed = await startManaged({ mode: 'in-process', dataDir: old.dataDir }, pair, { tcbVersion: 2 });
    const verdict = await owner.judge(renewed);
    expect(found(verdict)).toEqual([]);
    expect(isAccepted(verdict)).toBe(true);
    expect(verdict.claims.versions).toContainEqual({ name: 'tcb', value: 2 });
    await owner.provision(renewed, 'second secret');
    expect(await secretOf(renewed)).toBe('second secret');

    // What the old TCB said of itself is worth nothing now, to anybody.
    expect(found(await owner.judge(renewed, stale))).toEqual(['freshness/NONCE_MISMATCH', 'tcb/TCB_TOO_OLD']);
    // And the device cannot be put back to it.
    await renewed.tee.close();
    const back = await startManaged({ mode: 'in-process', dataDir: old.dataDir }, pair, { tcbVersion: 1 });
    expect(await failureOf(() => owner.judge(back))).toMatchObject({ code: 'ERR_TEEC_ACCESS_DENIED' });
  });
});

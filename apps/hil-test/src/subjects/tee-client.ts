import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCertificate } from '@cssi/pki';
import { fromBase64, sm2 } from '@cssi/sm-core';
import { openRootKeyService } from '@cssi/tee-client';
import { createSoftwareTee, softwareTaMeasurement } from '@cssi/tee-client/adapters/software';
import {
  conformanceCapabilities,
  managementSuite,
  rootKeyServiceSuite,
  securityModuleSuite,
  teeClientSuite,
} from '@cssi/tee-client/conformance';
import { managementSigner } from '@cssi/tee-client/management';
import { type Trial, trial } from '../trial.ts';
import { startSoftwareTee } from './software-tee.ts';

const NAME = 'software TEE';
const MODES = ['process', 'worker', 'in-process'] as const;

/** Cases about time need one that goes on. */
const clock = (): Date => new Date();

const perMode = MODES.flatMap((mode): Trial[] => [
  trial('tee-client', teeClientSuite, `${NAME}, ${mode}`, async (setting) => {
    const tee = await startSoftwareTee(setting, { mode, conformanceTa: true, clock });
    return { subject: tee, emulated: tee.emulated, capabilities: await conformanceCapabilities(tee) };
  }),
  trial('tee-client', securityModuleSuite, `${NAME}, ${mode}`, async (setting) => {
    const tee = await startSoftwareTee(setting, { mode, conformanceTa: true });
    const others = join(setting.folder, 'others');
    await mkdir(others);
    const open = async () => {
      const dataDir = await mkdtemp(join(others, 'tee-'));
      const other = await createSoftwareTee({
        dataDir,
        mode,
        conformanceTa: true,
        clock: () => setting.now,
      });
      return other.module;
    };
    return {
      subject: { module: tee.module, open },
      emulated: tee.emulated,
      capabilities: tee.module.describe().capabilities,
    };
  }),
]);

export const teeClientTrials: readonly Trial[] = [
  ...perMode,
  trial('tee-client', managementSuite, NAME, async (setting) => {
    const pair = sm2.generateKeyPair();
    const { module, info, emulated } = await startSoftwareTee(setting, { managementKey: pair.publicKey });
    setting.onClose(async () => pair.privateKey.destroy());
    let sequence = 0;
    return {
      emulated,
      capabilities: module.describe().capabilities,
      subject: {
        module,
        device: info.device,
        bundleKey: fromBase64(info.bundleKey),
        attestationKey: parseCertificate(fromBase64(info.attestationCertificate)).sm2PublicKey!,
        root: managementSigner(pair),
        makeSigner: () => managementSigner(sm2.generateKeyPair()),
        nextSequence: () => ++sequence,
      },
    };
  }),
  trial('tee-client', rootKeyServiceSuite, NAME, async (setting) => {
    const tee = await startSoftwareTee(setting);
    return {
      emulated: tee.emulated,
      subject: {
        open: () => openRootKeyService(tee),
        anchors: [parseCertificate(tee.rootCertificate)],
        taMeasurement: softwareTaMeasurement(),
        time: () => setting.now,
      },
    };
  }),
];

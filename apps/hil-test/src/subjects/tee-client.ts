import { parseCertificate } from '@cssi/pki';
import { openRootKeyService } from '@cssi/tee-client';
import { softwareTaMeasurement } from '@cssi/tee-client/adapters/software';
import { rootKeyServiceSuite, teeClientSuite } from '@cssi/tee-client/conformance';
import { type Trial, trial } from '../trial.ts';
import { startSoftwareTee } from './software-tee.ts';

const NAME = 'software TEE';

export const teeClientTrials: readonly Trial[] = [
  trial('tee-client', teeClientSuite, NAME, async (setting) => {
    const tee = await startSoftwareTee(setting, { conformanceTa: true });
    return { subject: tee, emulated: tee.emulated, capabilities: tee.capabilities };
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

import { sm2 } from '@cssi/sm-core';
import { type BootEvent, codeMeasurement, replayEvents } from '../../../spec/v1/evidence.ts';
import { encodeReport } from '../../../spec/v1/evidence-codec.ts';
import { TEEC_RESULTS } from '../../../spec/v1/results.ts';
import { ROOT_KEY_LIMITS } from '../../../spec/v1/root-key-service.ts';
import type { DeviceIdentity } from './device-identity.ts';
import type { Instance } from './instances.ts';
import {
  decodeTaRequest,
  type EvidenceRequest,
  encodeTaRequestAnswer,
  type TaRequestAnswer,
} from './ta-request.ts';

/** What evidence states besides what the application gives. */
export interface EvidenceContext {
  readonly device: DeviceIdentity;
  readonly tcbVersion: number;
  readonly events: readonly BootEvent[];
  readonly starts: number;
  readonly time: Date;
}

function makeEvidence(
  instance: Instance,
  request: EvidenceRequest,
  context: EvidenceContext,
): TaRequestAnswer {
  const { nonce, userData } = request;
  const { nonceMin, nonceMax, userData: userDataMax } = ROOT_KEY_LIMITS;
  const refused = (result: keyof typeof TEEC_RESULTS) => ({ result: TEEC_RESULTS[result], parts: [] });
  const { apis, services, uuid, version } = instance.manifest;
  const may = apis.includes('evidence') || services.includes('evidence') || services.includes('channel');
  if (!may) return refused('ACCESS_DENIED');
  if (nonce.length > nonceMax || userData.length > userDataMax) return refused('EXCESS_DATA');
  if (nonce.length < nonceMin) return refused('BAD_PARAMETERS');
  const { device, tcbVersion, starts, time } = context;
  // The application asks; who it is and what runs the core says, from the launch it granted.
  const events = [...context.events, instance.event];
  const report = encodeReport(
    {
      platform: 'software',
      emulated: true,
      memoryEncryption: 'none',
      nonce,
      userData,
      ta: { uuid, version, measurement: codeMeasurement(events) },
      boot: { events, register: replayEvents(events) },
      tcbVersion,
      starts,
      issuedAt: time,
    },
    (input) => sm2.signWith(device.attestation, input, { format: 'raw' }),
  );
  return { result: TEEC_RESULTS.SUCCESS, parts: [report, device.attestationCertificate] };
}

/**
 * Answers what an instance asks over its launch link.
 *
 * @param adopted - takes note that the instance has marked the storage it came with
 * @throws {@link SmError} ERR_TEE_CHANNEL for a frame that is not the instance's next; what `adopted` throws
 */
export function answerTaRequest(
  instance: Instance,
  frame: Uint8Array,
  context: EvidenceContext,
  adopted: (instance: Instance) => void,
): Uint8Array {
  const request = decodeTaRequest(instance.link.open(frame));
  if (request.kind === 'adopted') {
    adopted(instance);
    return instance.link.seal(encodeTaRequestAnswer({ result: TEEC_RESULTS.SUCCESS, parts: [] }));
  }
  return instance.link.seal(encodeTaRequestAnswer(makeEvidence(instance, request, context)));
}

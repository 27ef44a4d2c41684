import { parseCertificate } from '@cssi/pki';
import { isAccepted, type Sm2KeyPair, sm2, toHex } from '@cssi/sm-core';
import { type SoftwareTee, softwareTaMeasurement } from '../../src/adapters/software/index.ts';
import { openEnclaves } from '../../src/enclave/index.ts';
import { softwareVerifier } from '../../src/evidence/software/verifier.ts';
import type { EnclaveChannelOptions } from '../../src/spec/v1/channel.ts';
import { decodeAnswer, encodeProgram } from '../../src/spec/v1/conformance-call.ts';
import {
  CONFORMANCE_COMMANDS,
  CONFORMANCE_TA_UUID,
  REMOTE_FUNCTIONS,
} from '../../src/spec/v1/conformance-ta.ts';
import type { Enclave } from '../../src/spec/v1/enclave.ts';
import { TEE_PROPSET } from '../../src/spec/v1/internal/constants.ts';
import type { ModuleServiceAnswer, ModuleServiceRequest } from '../../src/spec/v1/module.ts';
import { changed } from '../support/changed.ts';
import { NOW, startTee } from '../support.ts';

export const pair: Sm2KeyPair = sm2.generateKeyPair();

/** Accepts evidence of the application on this device, as a real client would. */
export function appraiserOf(
  tee: SoftwareTee,
  uuid: string = CONFORMANCE_TA_UUID,
): EnclaveChannelOptions['appraise'] {
  const anchors = { certificates: [parseCertificate(tee.rootCertificate)] };
  return (evidence, reportData) => {
    const verdict = softwareVerifier.verify(evidence, { time: NOW, anchors, reportData });
    if (!isAccepted(verdict)) {
      const failed = verdict.steps.filter(({ status }) => status !== 'passed').map(({ code }) => code);
      throw new Error(`verdict: ${failed.join(' ')}`);
    }
    const measured = verdict.claims.measurements.find(({ name }) => name === 'ta')?.value;
    if (verdict.claims.details.uuid !== uuid) throw new Error('another application');
    if (toHex(measured as Uint8Array) !== softwareTaMeasurement(uuid, 'in-process'))
      throw new Error('other code');
  };
}

/** What a host does with a request for a service; `next` hands it to the module. */
export type Host = (
  request: ModuleServiceRequest,
  next: (request: ModuleServiceRequest) => Promise<ModuleServiceAnswer>,
) => Promise<ModuleServiceAnswer>;

/** An enclave of the conformance TA behind a host that may do what it likes. */
export async function startEnclave(
  host: Host = (request, next) => next(request),
  uuid: string = CONFORMANCE_TA_UUID,
): Promise<{
  readonly tee: SoftwareTee;
  readonly enclave: Enclave;
  readonly options: EnclaveChannelOptions;
  /** Everything that went through the host, both ways. */
  readonly wire: Uint8Array[];
}> {
  const { tee } = await startTee({ mode: 'in-process' });
  const wire: Uint8Array[] = [];
  const module = changed(tee.module, (inner) => ({
    service: async (session, request, call) => {
      if ('data' in request) wire.push(request.data.slice());
      const answer = await host(request, (one) => inner.service(session, one, call));
      wire.push(...answer.parts.map((part) => part.slice()));
      return answer;
    },
  }));
  const enclave = await openEnclaves(module).create(uuid);
  const options = { credential: { kind: 'key', pair }, appraise: appraiserOf(tee, uuid) } as const;
  return { tee, enclave, options, wire };
}

/** A program for CALL that asks for the other end of the channel, as the application sees it. */
export const PEER_PROGRAM: Uint8Array = encodeProgram([
  {
    function: REMOTE_FUNCTIONS.TEE_GetPropertyAsBinaryBlock,
    args: [TEE_PROPSET.CURRENT_CLIENT, 'cssi.channel.peer'],
  },
]);

/** Hex of the peer the application sees, or the result why it sees none. */
export function peerIn(answer: Uint8Array): string {
  const [only] = decodeAnswer(answer);
  return only?.value instanceof Uint8Array ? toHex(only.value) : `${only?.result.toString(16)}`;
}

export const { CALL, COPY, COUNT, PANIC } = CONFORMANCE_COMMANDS;

import type { SecureLink } from '../../../channel/secure-link.ts';
import { isChannelReportData } from '../../../spec/v1/channel.ts';
import { TEEC_RESULTS } from '../../../spec/v1/results.ts';
import { decodeTaRequestAnswer, encodeTaRequest } from '../core/ta-request.ts';
import type { DomainHost } from '../domain-protocol.ts';

const { BAD_PARAMETERS, COMMUNICATION, SUCCESS } = TEEC_RESULTS;
const NO_BYTES = new Uint8Array(0);

/** Report and certificates, or the result why not. */
export interface EvidenceAnswer {
  readonly result: number;
  readonly parts: readonly Uint8Array[];
}

/** How a domain has evidence of its application made, by what it is for. */
export interface EvidenceRequests {
  /** Over a challenge that the application or a client chose. */
  evidence(nonce: Uint8Array, userData: Uint8Array): EvidenceAnswer;
  /** For a handshake in which the runtime itself holds the ephemeral key. */
  channelEvidence(reportData: Uint8Array): EvidenceAnswer;
}

/** Asks the core, which believes what comes over the link of the launch and nothing else. */
export function evidenceRequests(host: DomainHost, core: SecureLink): EvidenceRequests {
  const ask = (nonce: Uint8Array, userData: Uint8Array): EvidenceAnswer => {
    const failed = { result: COMMUNICATION, parts: [] };
    if (core.dead) return failed;
    const frame = core.seal(encodeTaRequest({ kind: 'evidence', nonce, userData }));
    const answer = host.rpc({ kind: 'core', frame });
    const [sealed] = answer.parts;
    if (answer.result !== SUCCESS || sealed === undefined) return failed;
    try {
      return decodeTaRequestAnswer(core.open(sealed));
    } catch {
      return failed;
    }
  };
  return {
    // Whoever could have evidence made for a handshake of his own would pass for this application in it.
    evidence: (nonce, userData) =>
      isChannelReportData(nonce) ? { result: BAD_PARAMETERS, parts: [] } : ask(nonce, userData),
    channelEvidence: (reportData) => ask(reportData, NO_BYTES),
  };
}

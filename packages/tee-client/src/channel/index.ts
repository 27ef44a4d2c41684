/**
 * The attested secure channel (可信安全信道) between a client and an enclave, or between two TEEs.
 *
 * @packageDocumentation
 */
export {
  CHANNEL_LIMITS,
  CHANNEL_PEER_PROPERTY,
  CHANNEL_REPORT_MARK,
  CHANNEL_SIGNER_ID,
  CHANNEL_SUITES,
  CHANNEL_VERSION,
  type ChannelAcceptance,
  type ChannelCredential,
  type ChannelOptions,
  type ChannelPeer,
  ENCLAVE_CHANNEL_PROLOGUE,
  type EnclaveChannel,
  type EnclaveChannelCallOptions,
  type EnclaveChannelOptions,
  isChannelReportData,
} from '../spec/v1/channel.ts';
export {
  type ChannelAnswer,
  type ChannelRequest,
  decodeChannelAnswer,
  decodeChannelRequest,
  encodeChannelAnswer,
  encodeChannelRequest,
} from '../spec/v1/channel-codec.ts';
export type { ChannelEstablished, ChannelFinished } from './handshake.ts';
export { ChannelInitiator } from './initiator.ts';
export { ChannelResponder } from './responder.ts';
export { SecureChannel } from './secure-channel.ts';

import { sm2SoftwareDecipherer } from '@cssi/pki/adapters/software';
import {
  decryptMessage,
  encryptMessage,
  parseMessage,
  signMessage,
  verifySignedMessage,
} from '@cssi/pki/messages';
import {
  createTimeStampAuthority,
  createTimeStampRequest,
  parseTimeStampResponse,
} from '@cssi/pki/timestamp';
import { isAccepted, randomBytes, sm2 } from '@cssi/sm-core';
import type { BenchRow } from '../area.ts';
import { agree, agreeBytes } from './agree.ts';
import { type Chain, issue, TIME } from './pki-fixture.ts';
import { rate } from './sm-core-sm2.ts';

/** A request body. */
const CONTENT_BYTES = 1024;

/** Messages of GB/T 35275 and time stamps, with the bare SM2 operation as the measure. */
export async function messageRows({ root, sub, leaves }: Chain): Promise<BenchRow[]> {
  const content = randomBytes(CONTENT_BYTES);
  const [holder] = leaves;
  const receiver = await issue('接收者', 'person-encryption', sub);
  const signers = [{ signer: holder!.signer, certificate: holder!.certificate }];
  const signed = await signMessage(content, { syntax: 'gbt35275', signers });
  const path = { anchors: [root.certificate], intermediates: [sub.certificate], time: TIME };
  const verify = () => {
    const message = parseMessage(signed);
    return message.kind === 'signedData' && isAccepted(verifySignedMessage(message, { path }).verdict);
  };
  const recipients = [{ certificate: receiver.certificate }];
  const enveloped = await encryptMessage(content, { syntax: 'gbt35275', recipients });
  const recipient = { decipherer: sm2SoftwareDecipherer(receiver.pair), certificate: receiver.certificate };
  const decrypt = async () => {
    const message = parseMessage(enveloped);
    if (message.kind !== 'envelopedData') throw new Error('another kind');
    return (await decryptMessage(message, recipient)).content;
  };
  const tsa = await issue('时间戳', 'tsa', sub);
  let serial = 0;
  const authority = createTimeStampAuthority({
    ...{ signer: tsa.signer, certificate: tsa.certificate, policy: '1.2.3.4', clock: () => TIME },
    serial: () => Uint8Array.of(1, (++serial >> 16) & 0xff, (serial >> 8) & 0xff, serial & 0xff),
  });
  const request = createTimeStampRequest({ content });
  agree(verify(), 'the signed message');
  agreeBytes(content, { ours: await decrypt() }, 'decrypting a message');
  agree(parseTimeStampResponse(await authority.reply(request)).token !== undefined, 'the time stamp');
  const bareSign = { 'sm2.signWith alone': () => sm2.signWith(holder!.pair, content) };
  return [
    {
      ...rate,
      id: 'message.sign',
      ours: () => signMessage(content, { syntax: 'gbt35275', signers }),
      peers: bareSign,
    },
    { ...rate, id: 'message.verify-with-path', ours: verify, peers: {} },
    {
      ...rate,
      id: 'message.encrypt',
      ours: () => encryptMessage(content, { syntax: 'gbt35275', recipients }),
      peers: { 'sm2.encrypt alone': () => sm2.encrypt(receiver.pair.publicKey, content.subarray(0, 16)) },
    },
    { ...rate, id: 'message.decrypt', ours: decrypt, peers: {} },
    { ...rate, id: 'time-stamp.reply', ours: () => authority.reply(request), peers: bareSign },
  ];
}

import { coreOperations, type ServiceClient } from '@cssi/security-service-api';
import { equalBytes, fromBase64, SmError, sm2, toBase64, utf8 } from '@cssi/sm-core';
import { expect } from '../expect.ts';

/** Signs and verifies, encrypts and decrypts with keys that stay in the service. */
export async function signAndEncrypt(client: ServiceClient, say: (text: string) => void): Promise<void> {
  const signing = await client.call(coreOperations['key.create'], {
    algorithm: 'SM2',
    usage: ['sign'],
    label: 'demo signing key',
  });
  const message = utf8('a message of the demo');
  const { signature } = await client.call(coreOperations.sign, {
    keyId: signing.keyId,
    message: toBase64(message),
  });
  const check = (text: Uint8Array) =>
    client.call(coreOperations.verify, { keyId: signing.keyId, message: toBase64(text), signature });
  expect((await check(message)).valid, 'the signature must verify');
  expect(
    sm2.verify(fromBase64(signing.publicKey!), message, fromBase64(signature)),
    'it must verify here as well',
  );
  expect(!(await check(utf8('another message'))).valid, 'a signature over another message must not verify');
  say('SM2 signature verified by the service and here; another message is refused');

  const cipher = await client.call(coreOperations['key.create'], {
    algorithm: 'SM4',
    usage: ['encrypt'],
    label: 'demo encryption key',
  });
  const aad = toBase64(utf8('order 42'));
  const { ciphertext } = await client.call(coreOperations.encrypt, {
    keyId: cipher.keyId,
    plaintext: toBase64(message),
    aad,
  });
  const opened = await client.call(coreOperations.decrypt, { keyId: cipher.keyId, ciphertext, aad });
  expect(equalBytes(fromBase64(opened.plaintext), message), 'decryption must give the message back');
  const code = await client
    .call(coreOperations.decrypt, { keyId: cipher.keyId, ciphertext, aad: toBase64(utf8('order 43')) })
    .then(
      () => 'accepted',
      (error: unknown) => (error instanceof SmError ? error.code : 'uncoded'),
    );
  expect(code === 'ERR_DECRYPT_FAILED', `other associated data: ${code}`);
  say('SM4-GCM round trip; other associated data is refused with ERR_DECRYPT_FAILED');
}

import { utf8 } from '@cssi/sm-core';
import {
  badAnswer,
  copyOf,
  isResult,
  output,
  requiredSize,
  Sessions,
  secretOutput,
} from './service-session.ts';
import { unpackCertificates } from './spec/v1/certificate-list.ts';
import type { TeeClient, TeecContext, TeecSession } from './spec/v1/client.ts';
import { EVIDENCE_FORMAT } from './spec/v1/evidence.ts';
import { type TeecOperation, type TeecParameter, teecParam } from './spec/v1/operation.ts';
import {
  type Evidence,
  ROOT_KEY_COMMANDS,
  ROOT_KEY_LIMITS,
  ROOT_KEY_SERVICE_UUID,
  type RootKeyService,
} from './spec/v1/root-key-service.ts';

const MAC_BYTES = 32;
const REPORT_BYTES = 8_192;
const CERTIFICATES_BYTES = 4_096;
const MAX_ATTEMPTS = 3;
const MAX_ANSWER_BYTES = 65_536;

async function openSession(context: TeecContext): Promise<TeecSession> {
  const session = await context.openSession(ROOT_KEY_SERVICE_UUID);
  const info = await session.invokeCommand(ROOT_KEY_COMMANDS.GET_INFO, {
    params: [teecParam.valueOutput(), teecParam.valueOutput()],
  });
  const [version] = info.params;
  if (version === undefined || !('a' in version) || version.b !== 1) {
    await session.close();
    throw badAnswer('interface-version');
  }
  return session;
}

/**
 * Opens the root key service of a TEE, by GlobalPlatform calls only.
 *
 * When the trusted application dies, the call that was running is made once more on a new
 * session; that is safe because no command changes the application's state.
 *
 * @example
 * ```ts
 * const service = await openRootKeyService(tee);
 * const blob = await service.wrap(platformKey, utf8('platform-key/1'));
 * ```
 * @throws {@link TeecError} what the TEE refused with
 * @throws {@link SmError} ERR_TEE_ANSWER_MALFORMED when the application speaks another version
 * @group Root key service
 */
export async function openRootKeyService(client: TeeClient): Promise<RootKeyService> {
  const context = await client.initializeContext();
  const sessions = new Sessions(() => openSession(context));

  const invoke = async (command: number, params: () => readonly TeecParameter[]): Promise<TeecOperation> => {
    for (let attempt = 1; ; attempt++) {
      const opening = sessions.get();
      try {
        return await (await opening).invokeCommand(command, { params: params() });
      } catch (error) {
        if (!isResult(error, 'TARGET_DEAD')) throw error;
        sessions.drop(opening);
        if (attempt === 2) throw error;
      }
    }
  };

  try {
    await sessions.get();
  } catch (error) {
    await context.finalize();
    throw error;
  }

  const service: RootKeyService = {
    specVersion: '1',
    wrap: async (plaintext, aad) => {
      const input = copyOf(plaintext, 'plaintext');
      const data = copyOf(aad, 'aad');
      try {
        const answer = await invoke(ROOT_KEY_COMMANDS.WRAP, () => [
          teecParam.tempInput(input),
          teecParam.tempInput(data),
          teecParam.tempOutput(input.length + ROOT_KEY_LIMITS.wrapOverhead),
        ]);
        return output(answer, 2);
      } finally {
        input.fill(0);
      }
    },
    unwrap: async (blob, aad) => {
      const input = copyOf(blob, 'blob');
      const data = copyOf(aad, 'aad');
      const answer = await invoke(ROOT_KEY_COMMANDS.UNWRAP, () => [
        teecParam.tempInput(input),
        teecParam.tempInput(data),
        teecParam.tempOutput(input.length),
      ]);
      return secretOutput(answer, 2);
    },
    mac: async (label, data) => {
      const input = copyOf(data, 'data');
      const name = utf8(label);
      const answer = await invoke(ROOT_KEY_COMMANDS.MAC, () => [
        teecParam.tempInput(name),
        teecParam.tempInput(input),
        teecParam.tempOutput(MAC_BYTES),
      ]);
      const tag = output(answer, 2);
      if (tag.length !== MAC_BYTES) throw badAnswer('mac-length');
      return tag;
    },
    evidence: async (nonce, userData = new Uint8Array(0)): Promise<Evidence> => {
      const challenge = copyOf(nonce, 'nonce');
      const bound = copyOf(userData, 'userData');
      let sizes: readonly [number, number] = [REPORT_BYTES, CERTIFICATES_BYTES];
      for (let attempt = 1; ; attempt++) {
        try {
          const answer = await invoke(ROOT_KEY_COMMANDS.EVIDENCE, () => [
            teecParam.tempInput(challenge),
            teecParam.tempInput(bound),
            teecParam.tempOutput(sizes[0]),
            teecParam.tempOutput(sizes[1]),
          ]);
          return {
            format: EVIDENCE_FORMAT,
            report: output(answer, 2),
            certificates: unpackCertificates(output(answer, 3)),
          };
        } catch (error) {
          if (!isResult(error, 'SHORT_BUFFER') || attempt === MAX_ATTEMPTS) throw error;
          sizes = [
            Math.min(MAX_ANSWER_BYTES, Math.max(sizes[0], requiredSize(error, 2))),
            Math.min(MAX_ANSWER_BYTES, Math.max(sizes[1], requiredSize(error, 3))),
          ];
        }
      }
    },
    close: () => context.finalize(),
  };
  return service;
}

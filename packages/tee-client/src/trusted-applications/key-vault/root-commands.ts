import {
  ROOT_KEY_COMMANDS,
  ROOT_KEY_LIMITS,
  ROOT_KEY_SERVICE_VERSION,
} from '../../spec/v1/root-key-service.ts';
import { concat, u32 } from '../../ta/bytes.ts';
import type { TEE_Params, Tee } from '../../ta/index.ts';
import { expectTypes, inputAt, valueAt, writeOutputs } from '../../ta/parameters.ts';
import type { RootKeys } from './root-keys.ts';

const INTERFACE_VERSION = 1;

/** The commands of the root key service, see `ROOT_KEY_COMMANDS`; false for any other. */
export function invokeRootCommand(tee: Tee, keys: RootKeys, command: number, params: TEE_Params): boolean {
  switch (command) {
    case ROOT_KEY_COMMANDS.GET_INFO: {
      expectTypes(tee, params, 2, 2);
      const [versions, limits] = [valueAt(tee, params, 0), valueAt(tee, params, 1)];
      versions.a = ROOT_KEY_SERVICE_VERSION;
      versions.b = INTERFACE_VERSION;
      limits.a = ROOT_KEY_LIMITS.wrapPlaintext;
      limits.b = keys.starts;
      return true;
    }
    case ROOT_KEY_COMMANDS.WRAP: {
      expectTypes(tee, params, 5, 5, 6);
      const plaintext = inputAt(tee, params, 0, ROOT_KEY_LIMITS.wrapPlaintext);
      const aad = inputAt(tee, params, 1, ROOT_KEY_LIMITS.associatedData);
      try {
        writeOutputs(tee, params, [2, keys.wrap(plaintext, aad)]);
      } finally {
        plaintext.fill(0);
      }
      return true;
    }
    case ROOT_KEY_COMMANDS.UNWRAP: {
      expectTypes(tee, params, 5, 5, 6);
      const aad = inputAt(tee, params, 1, ROOT_KEY_LIMITS.associatedData);
      const plaintext = keys.unwrap(inputAt(tee, params, 0, Number.MAX_SAFE_INTEGER), aad);
      try {
        writeOutputs(tee, params, [2, plaintext]);
      } finally {
        plaintext.fill(0);
      }
      return true;
    }
    case ROOT_KEY_COMMANDS.MAC: {
      expectTypes(tee, params, 5, 5, 6);
      const label = inputAt(tee, params, 0, ROOT_KEY_LIMITS.macLabel, 1);
      const data = inputAt(tee, params, 1, ROOT_KEY_LIMITS.macData);
      writeOutputs(tee, params, [2, keys.mac(label, data)]);
      return true;
    }
    case ROOT_KEY_COMMANDS.EVIDENCE: {
      expectTypes(tee, params, 5, 5, 6, 6);
      const nonce = inputAt(tee, params, 0, ROOT_KEY_LIMITS.nonceMax, ROOT_KEY_LIMITS.nonceMin);
      const userData = inputAt(tee, params, 1, ROOT_KEY_LIMITS.userData);
      const { report, certificates } = tee.CSSI_GetEvidence(nonce, userData);
      const list = concat(...certificates.flatMap((der) => [u32(der.length), der]));
      writeOutputs(tee, params, [2, report], [3, list]);
      return true;
    }
    default:
      return false;
  }
}

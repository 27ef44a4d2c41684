import { fromUtf8, sm2 } from '@cssi/sm-core';
import { packCertificates } from '../../../../spec/v1/certificate-list.ts';
import { codeMeasurement } from '../../../../spec/v1/evidence.ts';
import { encodeReport } from '../../../../spec/v1/evidence-codec.ts';
import {
  ROOT_KEY_COMMANDS,
  ROOT_KEY_LIMITS,
  ROOT_KEY_SERVICE_UUID,
  ROOT_KEY_SERVICE_VERSION,
} from '../../../../spec/v1/root-key-service.ts';
import {
  expectTypes,
  memoryAt,
  type TaCall,
  type TaEnvironment,
  TaFailure,
  type TrustedApplication,
  valueAt,
  writeOutputs,
} from '../trusted-application.ts';
import { type DeviceState, decodeDevice, encodeDevice, makeDevice } from './device-identity.ts';
import { RootKeys } from './root-keys.ts';

const INTERFACE_VERSION = 1;

function inputUpTo(call: TaCall, index: number, max: number): Uint8Array {
  const { buffer } = memoryAt(call, index);
  if (buffer.length > max) throw new TaFailure('EXCESS_DATA');
  return buffer;
}

function labelOf(call: TaCall): Uint8Array {
  const label = inputUpTo(call, 0, ROOT_KEY_LIMITS.macLabel);
  if (label.length === 0) throw new TaFailure('BAD_PARAMETERS');
  try {
    fromUtf8(label);
  } catch {
    throw new TaFailure('BAD_FORMAT');
  }
  return label;
}

/** Opens the sealed state, or makes a new device where none was ever written, and seals it again. */
async function loadDevice({ store, time }: TaEnvironment): Promise<DeviceState> {
  const sealed = store.load();
  const device = sealed === undefined ? await makeDevice(time) : decodeDevice(sealed);
  sealed?.destroy();
  // Sealed anew at each start: the counter moves on and older copies of the file stop opening.
  const contents = encodeDevice(device);
  store.save(contents);
  contents.destroy();
  // It has issued the one certificate it is for; from now on only the sealed copy is left.
  device.deviceRoot.privateKey.destroy();
  return device;
}

/** The root key service. Its commands are described at `ROOT_KEY_COMMANDS`. */
export async function createTrustedApplication(environment: TaEnvironment): Promise<TrustedApplication> {
  const device = await loadDevice(environment);
  const keys = new RootKeys(device.rootKey);
  const { boot, store } = environment;
  const certificates = packCertificates([device.attestationCertificate]);

  const evidence = (call: TaCall): void => {
    expectTypes(call, 5, 5, 6, 6);
    const nonce = inputUpTo(call, 0, ROOT_KEY_LIMITS.nonceMax);
    if (nonce.length < ROOT_KEY_LIMITS.nonceMin) throw new TaFailure('BAD_PARAMETERS');
    const report = encodeReport(
      {
        platform: 'software',
        emulated: true,
        memoryEncryption: 'none',
        nonce,
        userData: inputUpTo(call, 1, ROOT_KEY_LIMITS.userData),
        ta: {
          uuid: ROOT_KEY_SERVICE_UUID,
          version: ROOT_KEY_SERVICE_VERSION,
          measurement: codeMeasurement(boot.events),
        },
        boot,
        starts: store.counter,
        issuedAt: call.time,
      },
      (input) => sm2.signWith(device.attestation, input, { format: 'raw' }),
    );
    writeOutputs([memoryAt(call, 2), report], [memoryAt(call, 3), certificates]);
  };

  return {
    publicInfo: { rootCertificate: device.deviceRootCertificate },
    openSession: (call) => {
      expectTypes(call);
      return undefined;
    },
    closeSession: () => {},
    destroy: () => {
      keys.destroy();
      device.attestation.privateKey.destroy();
    },
    invokeCommand: (_session, commandId, call) => {
      switch (commandId) {
        case ROOT_KEY_COMMANDS.GET_INFO: {
          expectTypes(call, 2, 2);
          const [versions, limits] = [valueAt(call, 0), valueAt(call, 1)];
          versions.a = ROOT_KEY_SERVICE_VERSION;
          versions.b = INTERFACE_VERSION;
          limits.a = ROOT_KEY_LIMITS.wrapPlaintext;
          limits.b = store.counter;
          return;
        }
        case ROOT_KEY_COMMANDS.WRAP: {
          expectTypes(call, 5, 5, 6);
          const plaintext = inputUpTo(call, 0, ROOT_KEY_LIMITS.wrapPlaintext);
          const aad = inputUpTo(call, 1, ROOT_KEY_LIMITS.associatedData);
          try {
            writeOutputs([memoryAt(call, 2), keys.wrap(plaintext, aad)]);
          } finally {
            plaintext.fill(0);
          }
          return;
        }
        case ROOT_KEY_COMMANDS.UNWRAP: {
          expectTypes(call, 5, 5, 6);
          const aad = inputUpTo(call, 1, ROOT_KEY_LIMITS.associatedData);
          const plaintext = keys.unwrap(memoryAt(call, 0).buffer, aad);
          if (plaintext === undefined) throw new TaFailure('MAC_INVALID');
          try {
            writeOutputs([memoryAt(call, 2), plaintext]);
          } finally {
            plaintext.fill(0);
          }
          return;
        }
        case ROOT_KEY_COMMANDS.MAC:
          expectTypes(call, 5, 5, 6);
          writeOutputs([
            memoryAt(call, 2),
            keys.mac(labelOf(call), inputUpTo(call, 1, ROOT_KEY_LIMITS.macData)),
          ]);
          return;
        case ROOT_KEY_COMMANDS.EVIDENCE:
          evidence(call);
          return;
        default:
          throw new TaFailure('NOT_SUPPORTED');
      }
    },
  };
}

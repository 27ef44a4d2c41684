/**
 * Confidential query (机密查询): data of several owners, released only as approved aggregates with
 * differential-privacy noise and as masked columns. Commands: `CONFIDENTIAL_QUERY_COMMANDS`.
 */
import {
  CONFIDENTIAL_QUERY_COMMANDS as COMMANDS,
  CONFIDENTIAL_QUERY_VERSION,
  CONFIDENTIAL_QUERY_LIMITS as LIMITS,
} from '../../spec/v1/confidential-query.ts';
import { concat, toBase64, toHex, u32 } from '../../ta/bytes.ts';
import {
  defineTrustedApplication,
  type TEE_Identity,
  type TEE_Params,
  TEE_PROPSET,
  type TrustedApplication,
} from '../../ta/index.ts';
import { Inventory } from '../../ta/inventory.ts';
import { encodeJson, type Json } from '../../ta/json.ts';
import { expectTypes, inputAt, requireRoom, writeOutputs } from '../../ta/parameters.ts';
import { objectIds } from '../../ta/storage.ts';
import { Catalogue, COUNTED } from './catalogue.ts';
import { accountOf } from './declaration.ts';
import { Identity, UPLOAD_KEY_ID } from './identity.ts';
import { countLedger, Ledger } from './ledger.ts';
import { OwnerCommands } from './owner-commands.ts';
import { QueryCommands } from './query-commands.ts';
import { refuse } from './refusal.ts';
import type { Upload } from './upload.ts';

const ID_BYTES = 32;
const [NONCE_MIN, NONCE_MAX] = [16, 64];

interface Session {
  readonly client: TEE_Identity;
  upload: Upload | undefined;
}

interface Service {
  readonly identity: Identity;
  readonly catalogue: Catalogue;
  readonly ledger: Ledger;
  readonly owners: OwnerCommands;
  readonly queries: QueryCommands;
}

export default defineTrustedApplication((tee): TrustedApplication<Session> => {
  let service: Service | undefined;

  const endUpload = (session: Session): void => {
    session.upload?.close();
    session.upload = undefined;
  };
  const running = (session: Session): Upload => {
    if (session.upload === undefined) throw tee.error('BAD_STATE');
    return session.upload;
  };
  const answer = (params: TEE_Params, index: number, value: unknown): void =>
    writeOutputs(tee, params, [index, encodeJson(value as Json)]);

  const upload = (session: Session, command: number, params: TEE_Params, { owners }: Service): void => {
    if (command === COMMANDS.BEGIN_UPLOAD) {
      endUpload(session);
      session.upload = owners.beginUpload(params);
      return;
    }
    const current = running(session);
    let kept = false;
    try {
      if (command === COMMANDS.UPLOAD) {
        expectTypes(tee, params, 5);
        current.push(inputAt(tee, params, 0, LIMITS.chunk + 16));
        kept = true;
      } else owners.finishUpload(params, current);
    } finally {
      if (!kept) endUpload(session);
    }
  };

  const evidence = (params: TEE_Params, { identity }: Service): void => {
    expectTypes(tee, params, 5, 6, 6);
    const nonce = inputAt(tee, params, 0, NONCE_MAX, NONCE_MIN);
    const { report, certificates } = tee.CSSI_GetEvidence(nonce, identity.digest);
    const list = concat(...certificates.flatMap((der) => [u32(der.length), der]));
    writeOutputs(tee, params, [1, report], [2, list]);
  };

  const info = (params: TEE_Params, { identity, catalogue }: Service): void => {
    expectTypes(tee, params, 6);
    answer(params, 0, {
      version: CONFIDENTIAL_QUERY_VERSION,
      publicKey: toBase64(identity.publicKey),
      ...catalogue.counts,
    });
  };

  const ledger = (params: TEE_Params, { catalogue, ledger: accounts }: Service): void => {
    expectTypes(tee, params, 5, 6);
    const record = catalogue.knownDataSet(toHex(inputAt(tee, params, 0, ID_BYTES, ID_BYTES)));
    const entry = record && accounts.entry(accountOf(record.declaration));
    if (entry === undefined) throw refuse(tee, 'UNKNOWN');
    answer(params, 1, entry);
  };

  const query = (session: Session, params: TEE_Params, { queries }: Service): void => {
    expectTypes(tee, params, 5, 6);
    const body = inputAt(tee, params, 0, LIMITS.document, 1);
    // Asked for before the budget is touched: an answer that does not fit would be paid for all the same.
    const room = (bytes: number): void => requireRoom(tee, params, [1, bytes]);
    answer(params, 1, queries.answer(body, session.client, room));
  };

  return {
    TA_CreateEntryPoint: () => {
      const found = [...COUNTED.map((kind) => objectIds(tee, kind).length), countLedger(tee)];
      const identity = new Identity(
        tee,
        found.some((count) => count > 0),
      );
      const inventory = new Inventory(tee, UPLOAD_KEY_ID, found);
      const catalogue = new Catalogue(tee, inventory);
      const accounts = new Ledger(tee, inventory);
      service = {
        identity,
        catalogue,
        ledger: accounts,
        owners: new OwnerCommands(tee, identity, catalogue, accounts),
        queries: new QueryCommands(tee, catalogue, accounts),
      };
    },
    TA_OpenSessionEntryPoint: (_paramTypes, params) => {
      expectTypes(tee, params);
      const client = tee.TEE_GetPropertyAsIdentity(TEE_PROPSET.CURRENT_CLIENT, 'gpd.client.identity');
      return { client, upload: undefined };
    },
    TA_CloseSessionEntryPoint: endUpload,
    TA_InvokeCommandEntryPoint: (session, command, _paramTypes, params) => {
      if (service === undefined) throw tee.error('BAD_STATE');
      switch (command) {
        case COMMANDS.GET_INFO:
          return info(params, service);
        case COMMANDS.EVIDENCE:
          return evidence(params, service);
        case COMMANDS.REGISTER_OWNER:
          return service.owners.register(params);
        case COMMANDS.BEGIN_UPLOAD:
        case COMMANDS.UPLOAD:
        case COMMANDS.FINISH_UPLOAD:
          return upload(session, command, params, service);
        case COMMANDS.REMOVE_DATA:
          return service.owners.removeData(params);
        case COMMANDS.APPROVE_POLICY:
          return service.owners.approvePolicy(params);
        case COMMANDS.REVOKE_POLICY:
          return service.owners.revokePolicy(params);
        case COMMANDS.QUERY:
          return query(session, params, service);
        case COMMANDS.LEDGER:
          return ledger(params, service);
        default:
          throw tee.error('NOT_SUPPORTED');
      }
    },
  };
});

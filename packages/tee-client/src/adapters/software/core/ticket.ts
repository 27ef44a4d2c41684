import { concatBytes, equalBytes, utf8 } from '@cssi/sm-core';
import type { LinkRole, SecureLink } from '../../../channel/secure-link.ts';
import { TEE_CLIENT_ERRORS } from '../../../errors.ts';
import { type TeecUuid, uuidFromOctets, uuidToOctets } from '../../../spec/v1/uuid.ts';

const MAGIC = /* @__PURE__ */ utf8('CSTK');
const KEY_BYTES = 32;
const TICKET_BYTES = MAGIC.length + 1 + 1 + 16 + KEY_BYTES;
const ROLES: readonly LinkRole[] = ['initiator', 'responder'];

/** What each end of a channel between two applications gets from the core. */
export interface ChannelTicket {
  /** What the holder of the ticket is: who calls is the initiator. */
  readonly role: LinkRole;
  /** The application at the other end, as the core knows it. */
  readonly peer: TeecUuid;
  /** 32 bytes for `new SecureLink(key, role)`; to be zeroed after. */
  readonly key: Uint8Array;
}

/** Seals a ticket by the core's end of a launch link. */
export function sealTicket(link: SecureLink, ticket: ChannelTicket): Uint8Array {
  const plain = concatBytes(
    MAGIC,
    Uint8Array.of(1, ROLES.indexOf(ticket.role)),
    uuidToOctets(ticket.peer),
    ticket.key,
  );
  try {
    return link.sealTicket(plain);
  } finally {
    plain.fill(0);
  }
}

/**
 * Opens a ticket by the application's end of its launch link. A ticket opens once.
 *
 * @throws {@link SmError} ERR_TEE_CHANNEL
 */
export function openTicket(link: SecureLink, sealed: Uint8Array): ChannelTicket {
  const plain = link.openTicket(sealed);
  try {
    const role = ROLES[plain[5] ?? 2];
    if (
      plain.length !== TICKET_BYTES ||
      !equalBytes(plain.subarray(0, 4), MAGIC) ||
      plain[4] !== 1 ||
      role === undefined
    ) {
      throw TEE_CLIENT_ERRORS.create('ERR_TEE_CHANNEL', { detail: 'reason=ticket' });
    }
    return { role, peer: uuidFromOctets(plain.slice(6, 22)), key: plain.slice(22) };
  } finally {
    plain.fill(0);
  }
}

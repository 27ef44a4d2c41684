import type { DomainStart } from './domain-protocol.ts';
import type { Eventual } from './flow.ts';
import { loadInProcess } from './link/in-process-link.ts';
import { type DomainLink, type LinkHandlers, type LinkOptions, openLink } from './link/link.ts';
import type { Settings } from './options.ts';

/** Opens a domain of the TEE's mode; at once where it is in the calling process. */
export type OpenDomain = (start: DomainStart, handlers: LinkHandlers) => Eventual<DomainLink>;

/** What opens the domains of one TEE. */
export async function domainOpener(settings: Settings): Promise<OpenDomain> {
  const { mode, maxPendingCalls, instrument, clock } = settings;
  const options: LinkOptions = {
    maxPending: maxPendingCalls,
    instrument,
    clock: () => clock().getTime(),
  };
  if (mode !== 'in-process') return (start, handlers) => openLink(mode, start, handlers, options);
  const open = await loadInProcess();
  return (start, handlers) => open(start, handlers, options);
}

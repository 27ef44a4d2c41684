import type { TeecUuid } from '../../spec/v1/uuid.ts';
import type { LaunchInfo } from './domain-protocol.ts';
import type { DomainLink } from './link/link.ts';

/** One run of an application's domain, from its launch to its end. */
export class TaDomain {
  readonly uuid: TeecUuid;
  readonly link: DomainLink;
  readonly memoryLimit: number;
  /** Resolved when nothing of the domain runs any more. */
  readonly exited: Promise<void>;
  /** Sessions and channels that hold it, and requests on their way to it. */
  uses = 0;
  /** It was asked to end: nobody new gets it. */
  stopping = false;
  /** Why it is being ended, where the host ends it. */
  stopReason: string | undefined;
  idleTimer: NodeJS.Timeout | undefined;
  /** The domain whose answer it waits for. */
  waitsFor: TaDomain | undefined;
  /** JSON facts of the launch; there before any of the application's code runs. */
  info: LaunchInfo | undefined;
  /** Its start has answered. Before that its code is only being evaluated. */
  started = false;
  measurement = '';
  sessions = 0;

  constructor(uuid: TeecUuid, link: DomainLink, memoryLimit: number, exited: Promise<void>) {
    this.uuid = uuid;
    this.link = link;
    this.memoryLimit = memoryLimit;
    this.exited = exited;
  }

  get usable(): boolean {
    return !this.stopping && !this.link.dead;
  }

  /** Would a request from this domain to `target` wait for itself? */
  wouldDeadlock(target: TaDomain): boolean {
    for (let at: TaDomain | undefined = target; at !== undefined; at = at.waitsFor) {
      if (at === this) return true;
    }
    return false;
  }
}

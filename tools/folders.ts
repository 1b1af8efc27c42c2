import { homedir } from "node:os";
import path from "node:path";

/** The folder of this checkout. */
export const checkout = path.dirname(import.meta.dirname);

/** What belongs to this checkout alone and is not in git: the stacks' state, the passphrase. */
export const checkoutState = path.join(checkout, ".handover");

/** What set-up downloads and builds, shared by all checkouts of this user. It can be deleted at any time. */
export const cache = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), ".cache"), "handover");

import type { DatabaseAddress, DatabaseName } from '../config/settings.js';

/** Where both databases are, once the embedded ones run. Injected by this class as the token. */
export abstract class DatabaseAddresses implements Record<DatabaseName, DatabaseAddress> {
  abstract readonly policy: DatabaseAddress;
  abstract readonly market: DatabaseAddress;
}

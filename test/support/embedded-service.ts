/** A process that works with an embedded server as the service does; says so in one line, and stays. */
import { startEmbeddedPostgres } from '../../src/platform/database/embedded/embedded-postgres.js';

await startEmbeddedPostgres(process.argv[2] ?? '');
console.log('ready');

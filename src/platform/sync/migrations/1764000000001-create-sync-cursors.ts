import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Targets and cursors: who must receive the changes, and how far each has got with each record (ADR 2). */
export class CreateSyncCursors1764000000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [
      targets,
      secrets,
      secretsOfTarget,
      breakers,
      cursors,
      ids,
      due,
      pending,
      held,
      claims,
      jobs,
      unfinishedJobs,
      attempts,
      attemptsOfRecord,
      attemptsOfTarget,
      instances,
    ])
      await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP SEQUENCE hms.sync_claims');
    await queryRunner.query(
      `DROP TABLE hms.sync_instances, hms.sync_attempts, hms.sync_jobs, hms.sync_cursors, hms.sync_breakers,
       hms.sync_secrets, hms.sync_targets`,
    );
  }
}

/**
 * Read by the capture trigger in every write: nothing that changes often may be stored here.
 *
 * - `agency` null: the changes of all agencies.
 * - `origin`: who says what the target is: an administrator (`api`), `SYNC_URL`, or the demo.
 * - `actions` null: all of them. `condition` null: all records; else member and the values of which it must
 *   have one, before the change or after it.
 * - `timeout` and `concurrency` null: those of the settings. `timeout` is in milliseconds.
 * - `headers`: sealed with the key `headers_key_id`, as they may hold credentials; `header_names` says which.
 * - `detached`: gets no cursors, since it was paused for too long; it is filled anew when it is resumed.
 * - `revision` counts the changes made to this row, for conditional requests.
 */
const targets = `CREATE TABLE hms.sync_targets (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  resource text COLLATE "C" NOT NULL,
  agency text COLLATE "C",
  name text COLLATE "C" NOT NULL,
  origin text NOT NULL DEFAULT 'api' CHECK (origin IN ('api', 'environment', 'demo')),
  url text NOT NULL,
  actions text[],
  condition jsonb,
  mode text NOT NULL DEFAULT 'every' CHECK (mode IN ('every', 'latest')),
  after_dead_letter text NOT NULL DEFAULT 'hold' CHECK (after_dead_letter IN ('hold', 'skip')),
  timeout integer,
  concurrency integer,
  header_names text[] NOT NULL DEFAULT '{}',
  headers bytea,
  headers_key_id text,
  allowed_networks text[] NOT NULL DEFAULT '{}',
  paused boolean NOT NULL DEFAULT false,
  paused_at timestamptz,
  paused_reason text,
  detached boolean NOT NULL DEFAULT false,
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE NULLS NOT DISTINCT (resource, agency, name)
)`;

/**
 * What signs the messages of a target: `v1` an HMAC secret, `v1a` an Ed25519 key pair, of which
 * `public_key` (`whpk_…`) is told to anybody. `sealed` is AES-256-GCM under the key that `key_id` names; the
 * keys are in no database. One that was replaced has an end, and signs beside its successor until then.
 */
const secrets = `CREATE TABLE hms.sync_secrets (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  target_id integer NOT NULL REFERENCES hms.sync_targets ON DELETE CASCADE,
  scheme text NOT NULL CHECK (scheme IN ('v1', 'v1a')),
  key_id text NOT NULL,
  sealed bytea NOT NULL,
  public_key text,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz
)`;

const secretsOfTarget = 'CREATE INDEX sync_secrets_of_target ON hms.sync_secrets (target_id)';

/**
 * What all dispatchers know of a target that does not work (ADR 10). No row: it works. `open`: it gets one
 * request at a time, and whoever sets `probe_at` ahead may send it; `probes` counts them. `disabled`: it said
 * that it is gone (410) and gets none. `quiet_until`: it asked for that with Retry-After.
 */
const breakers = `CREATE TABLE hms.sync_breakers (
  target_id integer PRIMARY KEY REFERENCES hms.sync_targets ON DELETE CASCADE,
  state text NOT NULL CHECK (state IN ('closed', 'open', 'disabled')),
  reason text,
  probes integer NOT NULL DEFAULT 0,
  probe_at timestamptz,
  quiet_until timestamptz,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
)`;

/**
 * One row per target and record: "this system has version delivered_version, the newest is
 * latest_version, look again at due_at". No foreign key to the targets: its lock deadlocks with writers.
 *
 * - `due_at` null: nothing to do, or held; in the future: the end of a back-off.
 * - `claimed_until` in the future: somebody works on it. It is in no index, and pages have room, so that a
 *   claim, and a write while the cursor is pending, are HOT updates.
 * - `claim` fences acknowledgements: one that comes after its claim was taken over changes nothing.
 * - `attempts`: failed ones at the next version, as far as they count against the record.
 * - `starts`: claims of which no process has told that it lived through them; `alone`: of those, the ones in which
 *   nothing else was under way. A record that ends the process is found by them.
 * - `held_at`: a dead letter; it waits for an administrator, and new versions wait behind it.
 * - `resync`: the job for which the target gets the newest version, whatever it had before.
 */
const cursors = `CREATE TABLE hms.sync_cursors (
  id bigint GENERATED ALWAYS AS IDENTITY,
  target_id integer NOT NULL,
  agency text COLLATE "C" NOT NULL,
  record_id text COLLATE "C" NOT NULL,
  latest_version integer NOT NULL,
  delivered_version integer NOT NULL DEFAULT 0,
  resync integer,
  pending_since timestamptz,
  due_at timestamptz,
  claim bigint,
  claimed_until timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  starts smallint NOT NULL DEFAULT 0,
  alone smallint NOT NULL DEFAULT 0,
  held_at timestamptz,
  last_status integer,
  last_error text,
  PRIMARY KEY (target_id, agency, record_id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000)`;

// Not unique, as the sequence sees to that: a unique index passes over all old entries of a key at each change, and
// while some transaction holds an old snapshot there are as many of them as the record has had changes since.
const ids = 'CREATE INDEX sync_cursors_id ON hms.sync_cursors (id)';

const due = 'CREATE INDEX sync_cursors_due ON hms.sync_cursors (target_id, due_at) WHERE due_at IS NOT NULL';

// The age of the oldest undelivered change of a target is what its operators watch. It changes together with
// due_at, so that it costs a claim nothing.
const pending =
  'CREATE INDEX sync_cursors_pending ON hms.sync_cursors (target_id, pending_since) WHERE pending_since IS NOT NULL';

const held =
  'CREATE INDEX sync_cursors_held ON hms.sync_cursors (target_id, held_at) WHERE held_at IS NOT NULL';

const claims = 'CREATE SEQUENCE hms.sync_claims CACHE 100';

/**
 * Work on all records of a target, in the order of their key. `after_agency` and `after_id` are the last
 * record done, so that whoever takes over goes on there. `barrier`: may begin when all transactions before
 * this one have ended, as they may not have seen the target.
 *
 * - `fill` gives a new target the records that existed before it.
 * - `resync` gives a target the newest version of everything, deleted records included.
 * - `replay` sends again what changed since `since`, or the versions from `since_version` on; of one record
 *   only, where `agency` and `record_id` name it.
 *
 * A target has one job under way at most.
 */
const jobs = `CREATE TABLE hms.sync_jobs (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  target_id integer NOT NULL REFERENCES hms.sync_targets ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('fill', 'resync', 'replay')),
  state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'cancelled')),
  since timestamptz,
  since_version integer,
  agency text COLLATE "C",
  record_id text COLLATE "C",
  barrier xid8,
  after_agency text COLLATE "C" NOT NULL DEFAULT '',
  after_id text COLLATE "C" NOT NULL DEFAULT '',
  records bigint NOT NULL DEFAULT 0,
  created_by text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz
)`;

const unfinishedJobs = `CREATE UNIQUE INDEX sync_jobs_running ON hms.sync_jobs (target_id) WHERE state = 'running'`;

/**
 * What was sent and what came back, kept for a time: for diagnosis, not as evidence. Written after the
 * acknowledgement, so a crash may lose the newest rows. `answer`: the beginning of what a target that
 * refused a change answered.
 */
const attempts = `CREATE TABLE hms.sync_attempts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  target_id integer NOT NULL,
  agency text COLLATE "C" NOT NULL,
  record_id text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('delivered', 'failed', 'held', 'skipped')),
  status integer,
  error text,
  answer text,
  duration integer NOT NULL,
  attempted_at timestamptz NOT NULL DEFAULT clock_timestamp()
)`;

const attemptsOfRecord =
  'CREATE INDEX sync_attempts_of_record ON hms.sync_attempts (target_id, agency, record_id, id)';

const attemptsOfTarget = 'CREATE INDEX sync_attempts_of_target ON hms.sync_attempts (target_id, id)';

/** The processes that deliver from this database, so that those whose settings disagree are found. */
/**
 * The processes that deliver from this database, so that those whose settings disagree are found. `settings`
 * is a fingerprint of `SYNC_URL` and `SYNC_SECRET`, from which neither can be found out.
 */
const instances = `CREATE TABLE hms.sync_instances (
  id uuid PRIMARY KEY,
  settings text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
)`;

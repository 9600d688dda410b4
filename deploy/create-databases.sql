-- Makes the two logins and the two databases of HMS on a PostgreSQL of your own, 15 or newer. Run it once with
-- psql as a superuser; the passwords come from the environment, so that they are in no file:
--   HMS_OWNER_PASSWORD=... HMS_APP_PASSWORD=... psql -d postgres -f deploy/create-databases.sql
-- For two servers, run it on both; the database that a server does not need may be dropped.
\set ON_ERROR_STOP on
\getenv owner_password HMS_OWNER_PASSWORD
\getenv app_password HMS_APP_PASSWORD
\if :{?owner_password}
\if :{?app_password}
\else
DO $$ BEGIN RAISE EXCEPTION 'Set HMS_APP_PASSWORD.'; END $$;
\endif
\else
DO $$ BEGIN RAISE EXCEPTION 'Set HMS_OWNER_PASSWORD.'; END $$;
\endif

-- Owns the tables and runs the migrations.
CREATE ROLE hms_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner_password';
-- Serves the requests. It owns nothing and gets its rights from the migrations.
CREATE ROLE hms_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'app_password';

CREATE DATABASE policy OWNER hms_owner TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE market OWNER hms_owner TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE policy, market FROM PUBLIC;
GRANT CONNECT ON DATABASE policy, market TO hms_app;

\connect policy
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO hms_app;

\connect market
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO hms_app;

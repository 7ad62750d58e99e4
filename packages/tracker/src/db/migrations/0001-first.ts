import { type Kysely, sql } from 'kysely'

/**
 * Keys are compared byte by byte (`collate "C"`), so that both engines and all servers give one order. Facts are
 * stored once: records as they came, advisories reduced from them, components from package sets, matches of the two.
 * Names, aliases and matches have no foreign keys: they are derived in the transaction that writes what they point to,
 * in hundreds of thousands, and checking each costs more than writing it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS: readonly string[] = [
  // One row. version: moves with every write, for what readers remember. matcher: made the matches. churn: rows
  // written since the last vacuum.
  `create table state (
    one boolean primary key default true check (one),
    version integer not null,
    matcher text not null,
    churn integer not null
  )`,
  `insert into state (version, matcher, churn) values (0, '', 0)`,

  // A record as published, zstd. The newest one alone: a new one replaces the old.
  `create table record (
    source text collate "C" not null check (source in ('cve', 'nvd', 'osv')),
    id text collate "C" not null,
    digest text not null,
    raw bytea not null,
    updated timestamptz,
    imported timestamptz not null,
    primary key (source, id)
  )`,
  `alter table record alter column raw set storage external`,

  // CVE and NVD records speak of the advisory of their own id; which ones an OSV record speaks of is written here.
  `create table osv_advisory (
    advisory text collate "C" not null,
    record text collate "C" not null,
    primary key (advisory, record)
  )`,
  `create index osv_advisory_record on osv_advisory (record)`,

  // The reduced advisory, merged from its records in the transaction that changes one of them.
  `create table advisory (
    id text collate "C" primary key,
    body text not null,
    digest text not null,
    published timestamptz,
    score real,
    rejected boolean not null,
    search tsvector not null
  )`,
  `create index advisory_published on advisory (published desc nulls last)`,
  `create index advisory_search on advisory using gin (search)`,
  `create table advisory_name (
    name text collate "C" not null,
    advisory text collate "C" not null,
    primary key (name, advisory)
  )`,
  `create index advisory_name_advisory on advisory_name (advisory)`,
  `create table alias (
    alias text collate "C" not null,
    advisory text collate "C" not null,
    primary key (alias, advisory)
  )`,
  `create index alias_advisory on alias (advisory)`,

  `create table kev (cve text collate "C" primary key, entry text not null)`,
  `create table epss (
    cve text collate "C" primary key,
    score real not null,
    percentile real not null,
    scored text not null
  )`,

  // Distinct facts of a package, whatever channels have it. live: some channel has it now, or is about to; only then
  // are its names and matches kept.
  `create table component (
    id integer generated always as identity primary key,
    digest text not null unique,
    attribute text collate "C" not null,
    pname text,
    version text,
    facts text not null,
    live boolean not null,
    search tsvector not null
  )`,
  `create index component_attribute on component (attribute)`,
  `create index component_search on component using gin (search) where live`,
  `create table component_name (
    name text collate "C" not null,
    component integer not null,
    primary key (name, component)
  )`,
  `create index component_name_component on component_name (component)`,

  // A package set that was seen whole.
  `create table evaluation (
    id integer generated always as identity primary key,
    channel text collate "C" not null,
    revision text,
    imported timestamptz not null,
    packages integer not null,
    added integer not null,
    changed integer not null,
    removed integer not null
  )`,
  `create index evaluation_channel on evaluation (channel, id desc)`,

  // Which component an attribute of a channel was, from one evaluation until (not including) another.
  `create table presence (
    channel text collate "C" not null,
    attribute text collate "C" not null,
    component integer not null references component,
    since integer not null references evaluation,
    until integer references evaluation,
    primary key (channel, attribute, since)
  )`,
  `create unique index presence_now on presence (channel, attribute) where until is null`,
  `create index presence_component on presence (component) where until is null`,
  `create index presence_attribute on presence (attribute)`,

  // What of a package set has come in so far.
  `create table staged (
    ingestion integer not null,
    attribute text collate "C" not null,
    component integer not null,
    primary key (ingestion, attribute)
  )`,
  `create index staged_component on staged (component)`,
  `create table store_path (
    path text collate "C" primary key,
    component integer not null,
    seen timestamptz not null
  )`,

  // The matcher's verdict of each live component and advisory that share a name and are of one product.
  `create table match (
    component integer not null,
    advisory text collate "C" not null,
    verdict text not null check (verdict in ('affected', 'not_affected', 'patched', 'undetermined')),
    reason text,
    fixed_in text,
    primary key (advisory, component)
  )`,
  `create index match_component on match (component, verdict)`,

  `create table feed (
    name text collate "C" primary key,
    kind text,
    url text,
    stale_after_hours real,
    last_attempt timestamptz,
    last_success timestamptz,
    error text,
    error_at timestamptz,
    newest timestamptz,
    records integer not null default 0,
    etag text,
    last_modified text,
    failures integer not null default 0
  )`,

  `create table ingestion (
    id integer generated always as identity primary key,
    kind text not null,
    origin text not null,
    digest text not null,
    channel text,
    revision text,
    feed text,
    state text not null check (state in ('queued', 'running', 'done', 'failed')),
    claim text,
    claimed_until timestamptz,
    started timestamptz not null,
    finished timestamptz,
    cursor text,
    done integer not null default 0,
    total integer,
    counts jsonb not null default '{}',
    newest timestamptz,
    error text
  )`,
  `create index ingestion_unfinished on ingestion (kind, digest) where state <> 'done'`,

  // Records that could not be read.
  `create table aside (
    id integer generated always as identity primary key,
    origin text not null,
    name text not null,
    error text not null,
    at timestamptz not null,
    unique (origin, name)
  )`,

  // What maintainers decided, shaped like a statement of OpenVEX. Nobody changes or removes one, not even we: a later
  // decision on the same thing counts instead.
  `create table decision (
    id integer generated always as identity primary key,
    vulnerability text collate "C" not null,
    attribute text collate "C" not null,
    versions text,
    channel text collate "C",
    status text not null check (status in ('not_affected', 'affected', 'fixed', 'under_investigation')),
    justification text,
    statement text,
    author text not null,
    created timestamptz not null,
    expires date
  )`,
  `create index decision_attribute on decision (attribute)`,
  `create index decision_vulnerability on decision (vulnerability)`,
  `create function refuse_change() returns trigger language plpgsql as
    $$ begin raise exception 'a decision stays as it was made: add another' using errcode = 'raise_exception'; end $$`,
  `create trigger decision_stays before update or delete or truncate on decision
    for each statement execute function refuse_change()`,

  // The verdicts that decisions change, for each channel they hold in. Derived like matches.
  `create table ruled (
    channel text collate "C" not null,
    component integer not null,
    advisory text collate "C" not null,
    decision integer not null,
    verdict text not null check (verdict in ('affected', 'not_affected', 'patched', 'undetermined')),
    reason text,
    fixed_in text,
    expires date,
    primary key (channel, component, advisory)
  )`,
  `create index ruled_advisory on ruled (advisory)`,
  `create index ruled_component on ruled (component)`,

  // What holds now: the matcher's verdict of each package in each channel that has it, or what a decision made of it.
  `create view finding as
    select presence.channel, presence.attribute, presence.component, match.advisory, match.verdict, match.reason,
      match.fixed_in, null::integer as decision
    from presence join match on match.component = presence.component
    where presence.until is null and not exists (select 1 from ruled
      where ruled.channel = presence.channel and ruled.component = presence.component
        and ruled.advisory = match.advisory and (ruled.expires is null or ruled.expires > current_date))
    union all
    select ruled.channel, presence.attribute, ruled.component, ruled.advisory, ruled.verdict, ruled.reason,
      ruled.fixed_in, ruled.decision
    from ruled join presence on presence.channel = ruled.channel and presence.component = ruled.component
      and presence.until is null
    where ruled.expires is null or ruled.expires > current_date`,

  // All that the page of one vulnerability needs, in one answer whose plans are kept for the session: planning the
  // parts anew costs several times what running them does.
  `create function cve_page(wanted text) returns json language plpgsql stable set plan_cache_mode = force_generic_plan as
    $$ declare body_of text; records json; findings json; facts_of json;
    begin
      select body into body_of from advisory where id = wanted;
      if body_of is null then return null; end if;
      select json_agg(json_build_object('source', source, 'id', id, 'raw', encode(raw, 'base64'), 'imported', imported)
          order by source, id) into records
        from record where (source in ('cve', 'nvd') and id = wanted) or (source = 'osv'
          and id = any (array(select osv_advisory.record from osv_advisory where advisory = wanted)));
      select json_agg(json_build_object('component', component, 'verdict', verdict, 'reason', reason, 'fixed_in',
          fixed_in, 'decision', decision, 'attribute', finding.attribute, 'pname', pname, 'version', version,
          'channel', channel) order by channel, finding.attribute) into findings
        from finding join component on component.id = finding.component where advisory = wanted;
      if findings is not null then
        select json_object_agg(id, facts) into facts_of from component where id in
          (select (each ->> 'component')::integer from json_array_elements(findings) as each);
      end if;
      return json_build_object('body', body_of, 'records', records, 'findings', findings, 'facts', facts_of,
        'kev', (select entry from kev where cve = wanted),
        'epss', (select json_build_object('score', score, 'percentile', percentile, 'date', scored) from epss
          where cve = wanted));
    end $$`,
]

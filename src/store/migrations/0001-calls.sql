-- The ledger: one row a call, in one partition a day (UTC), so that old days are dropped and never deleted row by row.
-- Partitions are made by the program. What a column means is said in src/core/record.ts.

create table illm.calls (
  id uuid not null,
  started_at timestamptz(3) not null,
  -- The transaction that stored the row: tells the live tail what became visible since it looked last.
  tx xid8 not null default pg_current_xact_id(),
  status text not null,
  http_status integer not null,
  error_code text,
  error_message text,
  dialect text not null,
  operation text not null,
  stream boolean not null,
  requested_model text not null,
  provider text,
  model text,
  served_model text,
  attempts integer not null,
  finish_reason text,
  key_id text,
  key_name text,
  team text,
  user_name text,
  session text,
  trace_id text,
  tags jsonb not null,
  input bigint not null,
  cache_read bigint not null,
  cache_write_5m bigint not null,
  cache_write_1h bigint not null,
  output bigint not null,
  reasoning bigint not null,
  input_audio bigint not null,
  input_image bigint not null,
  cache_read_audio bigint not null,
  output_audio bigint not null,
  output_image bigint not null,
  web_searches bigint not null,
  file_searches bigint not null,
  usage_source text,
  service_tier text,
  cost_usd numeric(24, 12),
  unpriced boolean not null,
  unpriced_reason text,
  cost_parts json not null,
  price_version text,
  ttft_ms double precision,
  total_ms double precision not null,
  overhead_ms double precision not null,
  warnings json not null,
  decisions json not null,
  request_body text,
  response_body text,
  primary key (started_at, id)
) partition by range (started_at);

create index calls_id on illm.calls (id);
create index calls_tx on illm.calls (tx);
create index calls_failed on illm.calls (started_at) where error_code is not null;
create index calls_session on illm.calls (session, started_at) where session is not null;

-- Which of the buckets of a latency histogram a duration falls in. A bucket is 8 % wide: bucket b holds
-- [1.08^b, 1.08^(b+1)) milliseconds. Durations under 0.01 ms share the lowest.
create function illm.latency_bucket(ms double precision) returns smallint
  language sql immutable parallel safe
  as $$ select floor(ln(greatest(ms, 0.01)) / ln(1.08::double precision))::smallint $$;

-- Rollups: sums over calls, kept by the statement that inserts the calls. `dims` is a hash of the dimensions, which
-- may be null or too long for an index.

-- The small one, for dashboards. Tags are not in it, whose values can be as many as the calls.
create table illm.spend_daily (
  day date not null,
  dims uuid not null,
  provider text,
  model text,
  team text,
  user_name text,
  -- The virtual key's id, or the name given to a client's own credential.
  key text,
  key_name text,
  calls bigint not null,
  errors bigint not null,
  aborted bigint not null,
  unpriced_calls bigint not null,
  estimated_calls bigint not null,
  input bigint not null,
  cache_read bigint not null,
  cache_write_5m bigint not null,
  cache_write_1h bigint not null,
  output bigint not null,
  reasoning bigint not null,
  input_audio bigint not null,
  input_image bigint not null,
  cache_read_audio bigint not null,
  output_audio bigint not null,
  output_image bigint not null,
  web_searches bigint not null,
  file_searches bigint not null,
  cost_usd numeric(30, 12) not null,
  -- Start of the newest call.
  last_at timestamptz(3) not null,
  primary key (day, dims)
) with (fillfactor = 70);

-- The fine ones, for drilling down: by day, and by hour.
create table illm.spend_daily_fine (
  day date not null,
  dims uuid not null,
  provider text,
  model text,
  requested_model text not null,
  team text,
  user_name text,
  key text,
  key_name text,
  tags jsonb not null,
  dialect text not null,
  operation text not null,
  status text not null,
  error_code text,
  unpriced boolean not null,
  calls bigint not null,
  errors bigint not null,
  aborted bigint not null,
  unpriced_calls bigint not null,
  estimated_calls bigint not null,
  input bigint not null,
  cache_read bigint not null,
  cache_write_5m bigint not null,
  cache_write_1h bigint not null,
  output bigint not null,
  reasoning bigint not null,
  input_audio bigint not null,
  input_image bigint not null,
  cache_read_audio bigint not null,
  output_audio bigint not null,
  output_image bigint not null,
  web_searches bigint not null,
  file_searches bigint not null,
  cost_usd numeric(30, 12) not null,
  primary key (day, dims)
) with (fillfactor = 70);

create table illm.spend_hourly (
  hour timestamptz(0) not null,
  dims uuid not null,
  provider text,
  model text,
  requested_model text not null,
  team text,
  user_name text,
  key text,
  key_name text,
  tags jsonb not null,
  dialect text not null,
  operation text not null,
  status text not null,
  error_code text,
  unpriced boolean not null,
  calls bigint not null,
  errors bigint not null,
  aborted bigint not null,
  unpriced_calls bigint not null,
  estimated_calls bigint not null,
  input bigint not null,
  cache_read bigint not null,
  cache_write_5m bigint not null,
  cache_write_1h bigint not null,
  output bigint not null,
  reasoning bigint not null,
  input_audio bigint not null,
  input_image bigint not null,
  cache_read_audio bigint not null,
  output_audio bigint not null,
  output_image bigint not null,
  web_searches bigint not null,
  file_searches bigint not null,
  cost_usd numeric(30, 12) not null,
  primary key (hour, dims)
) with (fillfactor = 70);

-- Histograms of the three durations; a row counts those that fell in its bucket.
create table illm.latency_daily (
  day date not null,
  dims uuid not null,
  bucket smallint not null,
  provider text,
  model text,
  status text not null,
  ttft bigint not null,
  total bigint not null,
  overhead bigint not null,
  primary key (day, dims, bucket)
) with (fillfactor = 70);

create table illm.latency_hourly (
  hour timestamptz(0) not null,
  dims uuid not null,
  bucket smallint not null,
  provider text,
  model text,
  status text not null,
  ttft bigint not null,
  total bigint not null,
  overhead bigint not null,
  primary key (hour, dims, bucket)
) with (fillfactor = 70);

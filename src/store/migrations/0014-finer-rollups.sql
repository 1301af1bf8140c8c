-- Latency also by team, and how calls failed, from rollups.

alter table illm.latency_hourly add column team text;

-- Beside latency_daily, which stays small for questions without teams.
create table illm.latency_daily_fine (
  day date not null,
  dims uuid not null,
  bucket smallint not null,
  provider text,
  model text,
  status text not null,
  team text,
  ttft bigint not null,
  total bigint not null,
  overhead bigint not null,
  primary key (day, dims, bucket)
) with (fillfactor = 70);

-- Days of which every counted call is still there: their histograms are made anew. Those of older days stay, without teams.
create temporary table whole_days on commit drop as
  select day from (
    select (started_at at time zone 'UTC')::date as day, count(*) as calls from illm.calls group by 1
  ) as stored join (
    select day, sum(calls) as calls from illm.spend_daily group by day
  ) as counted using (day, calls);

delete from illm.latency_hourly where (hour at time zone 'UTC')::date in (select day from whole_days);

insert into illm.latency_hourly (hour, dims, bucket, provider, model, status, team, ttft, total, overhead)
select hour, md5(row(provider, model, status, team)::text)::uuid, bucket, provider, model, status, team, ttft, total, overhead
from (
  select date_trunc('hour', started_at, 'UTC') as hour, provider, model, status, team, illm.latency_bucket(ms) as bucket,
    sum(ttft) as ttft, sum(total) as total, sum(overhead) as overhead
  from illm.calls
    join lateral (values (ttft_ms, 1, 0, 0), (total_ms, 0, 1, 0), (overhead_ms, 0, 0, 1))
      as duration(ms, ttft, total, overhead) on ms is not null
  where service_tier is distinct from 'batch' and (started_at at time zone 'UTC')::date in (select day from whole_days)
  group by 1, 2, 3, 4, 5, 6
) as buckets;

insert into illm.latency_daily_fine (day, dims, bucket, provider, model, status, team, ttft, total, overhead)
select (hour at time zone 'UTC')::date, dims, bucket, provider, model, status, team, sum(ttft), sum(total), sum(overhead)
from illm.latency_hourly
group by 1, 2, 3, 4, 5, 6, 7;

-- How calls failed. Tags are not in it, whose values can be as many as the calls.
create table illm.failures_hourly (
  hour timestamptz(0) not null,
  dims uuid not null,
  error_code text not null,
  http_status integer not null,
  provider text,
  model text,
  team text,
  user_name text,
  key text,
  key_name text,
  requested_model text not null,
  dialect text not null,
  operation text not null,
  status text not null,
  calls bigint not null,
  -- The newest of them; of two at the same time, the one with the higher id.
  last_at timestamptz(3) not null,
  last_id uuid not null,
  last_message text,
  primary key (hour, dims)
) with (fillfactor = 70);

create table illm.failures_daily (like illm.failures_hourly including storage);
alter table illm.failures_daily drop column hour;
alter table illm.failures_daily add column day date not null;
alter table illm.failures_daily add primary key (day, dims);
alter table illm.failures_daily set (fillfactor = 70);

insert into illm.failures_hourly
select hour, md5(row(error_code, http_status, provider, model, team, user_name, key, key_name, requested_model, dialect, operation, status)::text)::uuid,
  error_code, http_status, provider, model, team, user_name, key, key_name, requested_model, dialect, operation, status,
  calls, last_at, last_id, last_message
from (
  select date_trunc('hour', started_at, 'UTC') as hour, error_code, http_status, provider, model, team, user_name,
    coalesce(key_id, key_name) as key, key_name, requested_model, dialect, operation, status,
    count(*) as calls, max(started_at) as last_at,
    (array_agg(id order by started_at desc, id desc))[1] as last_id,
    (array_agg(error_message order by started_at desc, id desc))[1] as last_message
  from illm.calls where error_code is not null
  group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
) as failed;

insert into illm.failures_daily (day, dims, error_code, http_status, provider, model, team, user_name, key, key_name,
  requested_model, dialect, operation, status, calls, last_at, last_id, last_message)
select (hour at time zone 'UTC')::date, dims, error_code, http_status, provider, model, team, user_name, key, key_name,
  requested_model, dialect, operation, status, sum(calls), max(last_at),
  (array_agg(last_id order by last_at desc, last_id desc))[1],
  (array_agg(last_message order by last_at desc, last_id desc))[1]
from illm.failures_hourly
group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14;

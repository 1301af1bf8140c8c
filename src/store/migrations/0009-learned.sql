-- What the levers learnt: a log that all gateways read in one order. Rows that expire hold users' text.

create table illm.learned (
  seq bigint generated always as identity primary key,
  id uuid not null unique,
  topic text not null,
  type text not null,
  at timestamptz(3) not null,
  -- The answer that a row belongs to.
  entry uuid,
  scope text not null,
  expires_at timestamptz(3),
  bytes integer not null,
  data text not null
);
create index learned_topic on illm.learned (topic, seq);
create index learned_entry on illm.learned (entry) where entry is not null;
create index learned_expiry on illm.learned (expires_at) where expires_at is not null;

-- How often beginnings of prompts came again, by hashes, added up by all gateways.
create table illm.prefix_history (
  key text primary key,
  last_at timestamptz(3) not null,
  mean_gap_ms double precision,
  reads_5m double precision not null,
  reads_1h double precision not null,
  writes_5m double precision not null,
  writes_1h double precision not null
) with (fillfactor = 70);
create index prefix_history_last on illm.prefix_history (last_at);

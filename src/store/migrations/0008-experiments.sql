-- Experiments of routing: what their two sides came to, added up by all gateways.

create table illm.experiments (
  key text primary key,
  metric text not null,
  status text not null default 'running',
  started_at timestamptz(3) not null,
  ended_at timestamptz(3),
  a_count bigint not null,
  a_sum double precision not null,
  a_squares double precision not null,
  b_count bigint not null,
  b_sum double precision not null,
  b_squares double precision not null
) with (fillfactor = 70);

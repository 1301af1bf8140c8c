-- Virtual keys, and the number that tells when a gateway's copy of them is out of date.

create table illm.keys (
  id uuid primary key,
  name text not null,
  prefix text not null,
  -- SHA-256 of the secret, in hex. The secret has 238 random bits, so a fast hash is as good as a slow one.
  hash text not null unique,
  scope text not null,
  team text,
  user_name text,
  tags jsonb not null,
  created_at timestamptz(3) not null,
  revoked_at timestamptz(3),
  expires_at timestamptz(3)
);

create table illm.key_version (
  version bigint not null
);

insert into illm.key_version values (1);

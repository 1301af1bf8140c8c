-- Texts that answers may be grounded on, cut in passages. A vector is 32-bit little-endian floats in base64: passages
-- are searched in the gateways, so that no extension of the database is needed.

create table illm.documents (
  id uuid primary key,
  collection text not null,
  name text not null,
  characters integer not null,
  added_at timestamptz(3) not null,
  unique (collection, name)
);

create table illm.passages (
  document_id uuid not null references illm.documents (id) on delete cascade,
  position integer not null,
  text text not null,
  vector text not null,
  primary key (document_id, position)
);

-- The book's tables. Everything here is owned by heyi_ledger; the application reads, and posts through functions.
-- There are no row foreign keys to accounts: the posting function checks accounts set-wise, at a third of the cost.

CREATE TABLE account_class (
    id smallint PRIMARY KEY,
    name text NOT NULL UNIQUE,
    kind text NOT NULL CHECK (kind IN ('asset', 'liability', 'memo')),
    normal_side text NOT NULL CHECK (normal_side IN ('debit', 'credit'))
);

CREATE TABLE entry_kind (
    id smallint PRIMARY KEY,
    name text NOT NULL UNIQUE
);

-- Which classes may face each other in an entry of a kind.
CREATE TABLE entry_rule (
    kind smallint REFERENCES entry_kind,
    debit smallint REFERENCES account_class,
    credit smallint REFERENCES account_class,
    PRIMARY KEY (kind, debit, credit)
);

CREATE TABLE account (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text COLLATE "C" NOT NULL UNIQUE,
    region char(6) NOT NULL,
    class smallint NOT NULL REFERENCES account_class,
    opened_at timestamptz NOT NULL
);
CREATE INDEX account_region ON account (region, class);

-- On the normal side; the balance of an account without moves lies within.
CREATE TABLE account_limit (
    account_id integer PRIMARY KEY REFERENCES account,
    lowest bigint CHECK (lowest <= 0),
    highest bigint CHECK (highest >= 0)
);

-- An account is closed once and for good.
CREATE TABLE account_closing (
    account_id integer PRIMARY KEY REFERENCES account,
    actor text NOT NULL,
    reason text NOT NULL,
    closed_at timestamptz NOT NULL
);

-- Keys and reversals are never partitioned away: uniqueness does not reach across partitions.
CREATE TABLE entry_key (
    key uuid PRIMARY KEY,
    entry_id bigint NOT NULL,
    effective_on date NOT NULL,
    digest bytea NOT NULL CHECK (length(digest) = 32)
);

CREATE TABLE reversal (
    original uuid PRIMARY KEY,
    entry_id bigint NOT NULL
);

-- An entry's number is its batch's number times 8,192 plus its place in the batch (the largest batch has 8,190). Its
-- transfers stand in its own row, since they are written and read with it and are nothing without it: an amount, the
-- account it is taken from and the one it goes to stand at the same place of three arrays.
CREATE TABLE entry (
    id bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    key uuid NOT NULL,
    reverses uuid,
    ends uuid,
    pending_until timestamptz,
    effective_on date NOT NULL,
    kind smallint NOT NULL,
    reference text NOT NULL,
    amounts bigint[] NOT NULL CHECK (0 < ALL (amounts)),
    debits integer[] NOT NULL,
    credits integer[] NOT NULL,
    PRIMARY KEY (id, effective_on)
) PARTITION BY RANGE (effective_on);

-- Where an account's transfers of a day lie: a row for each block of 8,192 entry numbers, and so for each batch, in
-- which it moved, with the first and the last entry. A batch of a hot account adds one row here, where an index of the
-- transfers by account would grow by two entries a transfer.
CREATE TABLE trail (
    account_id integer NOT NULL,
    effective_on date NOT NULL,
    first_entry bigint NOT NULL,
    last_entry bigint NOT NULL,
    PRIMARY KEY (account_id, effective_on, first_entry)
);

-- What was detached from the book's months; read together with them, by verification above all.
CREATE TABLE archived_entry (LIKE entry INCLUDING CONSTRAINTS, PRIMARY KEY (id, effective_on))
    PARTITION BY RANGE (effective_on);
CREATE TABLE archived_month (
    month date PRIMARY KEY,
    archived_at timestamptz NOT NULL
);

-- A hold is an entry whose transfers wait until another entry ends it: whole, in part, or with nothing.
CREATE TABLE hold (
    key uuid PRIMARY KEY,
    entry_id bigint NOT NULL UNIQUE,
    deadline timestamptz NOT NULL
);
CREATE INDEX hold_deadline ON hold (deadline);

CREATE TABLE hold_end (
    hold uuid PRIMARY KEY,
    entry_id bigint NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('posted', 'voided', 'expired'))
);

-- One link per batch; one chain per lane, so that writers side by side do not wait for each other.
CREATE SEQUENCE batch_id;

CREATE TABLE batch (
    id bigint PRIMARY KEY,
    lane smallint NOT NULL,
    seq bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    entries integer NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    UNIQUE (lane, seq)
);
CREATE INDEX batch_recorded ON batch (recorded_at);

-- Counters that only grow; debits minus credits is the balance on the debit side. Each lane has its own, so that
-- writers side by side never wait for each other on an account that all of them move; an account's are their sum.
CREATE TABLE balance (
    account_id integer NOT NULL,
    debits bigint NOT NULL CHECK (debits >= 0),
    credits bigint NOT NULL CHECK (credits >= 0),
    lane smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, lane)
) WITH (fillfactor = 50);

CREATE TABLE day_total (
    account_id integer NOT NULL,
    effective_on date NOT NULL,
    debits bigint NOT NULL CHECK (debits >= 0),
    credits bigint NOT NULL CHECK (credits >= 0),
    lane smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, effective_on, lane)
) WITH (fillfactor = 50);

-- What was ever held and ever released on an account; what is pending is the difference.
CREATE TABLE hold_total (
    account_id integer PRIMARY KEY,
    debits bigint NOT NULL CHECK (debits >= 0),
    credits bigint NOT NULL CHECK (credits >= 0),
    released_debits bigint NOT NULL CHECK (released_debits >= 0),
    released_credits bigint NOT NULL CHECK (released_credits >= 0)
) WITH (fillfactor = 50);

-- Closing and reopening days. Whoever proposes a reopening does not approve it.
CREATE TABLE reopening (
    id uuid PRIMARY KEY,
    region char(6) NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    reason text NOT NULL,
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    CHECK (first_day <= last_day)
);

CREATE TABLE reopening_approval (
    reopening uuid PRIMARY KEY REFERENCES reopening,
    approved_by text NOT NULL,
    approved_at timestamptz NOT NULL
);

-- A day of a region is closed when its newest mark says so.
CREATE TABLE day_mark (
    region char(6) NOT NULL,
    day date NOT NULL,
    no integer NOT NULL,
    closed boolean NOT NULL,
    actor text NOT NULL,
    reopening uuid REFERENCES reopening_approval,
    marked_at timestamptz NOT NULL,
    PRIMARY KEY (region, day, no),
    CHECK (closed = (reopening IS NULL))
);
CREATE INDEX day_mark_day ON day_mark (day);

-- Which batches of each lane a day's head covers, and the head itself: see days.sql.
CREATE TABLE day_cut (
    day date NOT NULL,
    lane smallint NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    PRIMARY KEY (day, lane)
);

CREATE TABLE day_head (
    day date PRIMARY KEY,
    previous bytea NOT NULL,
    entries bigint NOT NULL,
    root bytea NOT NULL,
    head bytea NOT NULL UNIQUE,
    sealed_at timestamptz NOT NULL
);

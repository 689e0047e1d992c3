-- An index of each Kreis: what it is made of, its passages, its vectors. One table holds all Kreise; the policies keep
-- them apart even where a query forgets to: a row is seen and written only while `lotse.kreis` names its Kreis.

CREATE TABLE lotse.indexes (
    kreis text PRIMARY KEY DEFAULT current_setting('lotse.kreis'),
    version bigint NOT NULL,            -- one more with every writing
    format text NOT NULL,
    encoder text NOT NULL,
    dimension int NOT NULL,
    made_at text NOT NULL,
    generation bigint NOT NULL,         -- vectors of one centring can be compared with each other, others cannot
    means bytea NOT NULL,               -- digest of that centring's means
    ids bigint[] NOT NULL               -- the passages in the order of their rows
);

CREATE TABLE lotse.files (              -- means, words, classifier: small, read whole when a process starts
    kreis text NOT NULL DEFAULT current_setting('lotse.kreis'),
    path text NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (kreis, path)
);

CREATE TABLE lotse.passages (
    kreis text NOT NULL DEFAULT current_setting('lotse.kreis'),
    id bigint GENERATED ALWAYS AS IDENTITY,
    digest bytea NOT NULL,
    passage jsonb NOT NULL,
    encoded vector NOT NULL,            -- as the model gave it, so that an unchanged text is never encoded again
    PRIMARY KEY (kreis, id),
    UNIQUE (kreis, digest)
);

CREATE TABLE lotse.vectors (            -- apart from the passages: five to a page, so an exact search reads little
    kreis text NOT NULL DEFAULT current_setting('lotse.kreis'),
    generation bigint NOT NULL,
    row bigint NOT NULL,
    vector vector NOT NULL,
    PRIMARY KEY (kreis, generation, row)
);
ALTER TABLE lotse.vectors ALTER COLUMN vector SET STORAGE PLAIN;  -- never moved out of line

ALTER TABLE lotse.indexes ENABLE ROW LEVEL SECURITY;
ALTER TABLE lotse.files ENABLE ROW LEVEL SECURITY;
ALTER TABLE lotse.passages ENABLE ROW LEVEL SECURITY;
ALTER TABLE lotse.vectors ENABLE ROW LEVEL SECURITY;
-- Without FORCE the tables' owner, as whom we connect, would see everything.
ALTER TABLE lotse.indexes FORCE ROW LEVEL SECURITY;
ALTER TABLE lotse.files FORCE ROW LEVEL SECURITY;
ALTER TABLE lotse.passages FORCE ROW LEVEL SECURITY;
ALTER TABLE lotse.vectors FORCE ROW LEVEL SECURITY;

CREATE POLICY own_kreis ON lotse.indexes USING (kreis = current_setting('lotse.kreis'));
CREATE POLICY own_kreis ON lotse.files USING (kreis = current_setting('lotse.kreis'));
CREATE POLICY own_kreis ON lotse.passages USING (kreis = current_setting('lotse.kreis'));
CREATE POLICY own_kreis ON lotse.vectors USING (kreis = current_setting('lotse.kreis'));

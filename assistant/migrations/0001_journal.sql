-- The journal of each Kreis: sums per day, and the marks of what shall count once. No row has a number or a time. As with
-- the index, one table holds all Kreise and the policies keep them apart.

CREATE TABLE lotse.journal_turns (
    kreis text NOT NULL DEFAULT current_setting('lotse.kreis'),
    day date NOT NULL,
    language text NOT NULL,
    topic text NOT NULL,
    focus text NOT NULL,
    place text NOT NULL,
    outcome text NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (kreis, day, language, topic, focus, place, outcome)
);

CREATE TABLE lotse.journal_events (
    kreis text NOT NULL DEFAULT current_setting('lotse.kreis'),
    day date NOT NULL,
    source text NOT NULL,
    event text NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (kreis, day, source, event)
);

CREATE TABLE lotse.journal_marks (
    kreis text NOT NULL DEFAULT current_setting('lotse.kreis'),
    mark text NOT NULL,
    until date NOT NULL,
    PRIMARY KEY (kreis, mark)
);

ALTER TABLE lotse.journal_turns ENABLE ROW LEVEL SECURITY;
ALTER TABLE lotse.journal_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE lotse.journal_marks ENABLE ROW LEVEL SECURITY;
-- Without FORCE the tables' owner, as whom we connect, would see everything.
ALTER TABLE lotse.journal_turns FORCE ROW LEVEL SECURITY;
ALTER TABLE lotse.journal_events FORCE ROW LEVEL SECURITY;
ALTER TABLE lotse.journal_marks FORCE ROW LEVEL SECURITY;

CREATE POLICY own_kreis ON lotse.journal_turns USING (kreis = current_setting('lotse.kreis'));
CREATE POLICY own_kreis ON lotse.journal_events USING (kreis = current_setting('lotse.kreis'));
CREATE POLICY own_kreis ON lotse.journal_marks USING (kreis = current_setting('lotse.kreis'));

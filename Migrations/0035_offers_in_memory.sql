-- works with: 0027
-- What offers that are kept in memory follow: flags and cards of shoppers, what is used of their limits, prices. They are
-- noted beside what profiles follow from. A program before this one does not know the new kinds: while it runs beside a new
-- one, its audience indexes stop following and PostgreSQL answers its previews. Locks: ACCESS EXCLUSIVE for a moment on
-- `profile_change`, which holds a day.

ALTER TABLE profile_change DROP CONSTRAINT profile_change_kind_check;
ALTER TABLE profile_change ADD CONSTRAINT profile_change_kind_check
    CHECK (kind IN ('shoppers', 'people', 'products', 'categories', 'traits', 'prices', 'limits'));

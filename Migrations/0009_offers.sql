-- Offers: filled by the step that builds them.
SELECT 1;

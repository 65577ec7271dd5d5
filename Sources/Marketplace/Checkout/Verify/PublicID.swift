import Postgres

/// The public form of an id of ours, as a transfer's cause names it, worked out by PostgreSQL from the `uuid`: the prefix and
/// 26 characters of Crockford's base 32, five bits each, after two zero bits.
func publicID(_ prefix: StaticString, _ column: StaticString) -> SQL {
    """
    (
        SELECT '\(raw: prefix)_' || string_agg(
            substr('0123456789abcdefghjkmnpqrstvwxyz',
                substring(B'00' || ('x' || replace(\(raw: column)::text, '-', ''))::bit(128) FROM 5 * place + 1 FOR 5)
                    ::bit(5)::int + 1, 1),
            '' ORDER BY place)
        FROM generate_series(0, 25) AS place
    )
    """
}

/// The `uuid` of a public form: the other way round.
func identifier(ofPublicID column: StaticString) -> SQL {
    """
    (
        SELECT (lpad(to_hex(substring(coded.bits FROM 3 FOR 64)::bit(64)::bigint), 16, '0')
            || lpad(to_hex(substring(coded.bits FROM 67 FOR 64)::bit(64)::bigint), 16, '0'))::uuid
        FROM (
            SELECT string_agg(
                (strpos('0123456789abcdefghjkmnpqrstvwxyz', substr(right(\(raw: column), 26), place + 1, 1)) - 1)
                    ::bit(5)::text,
                '' ORDER BY place)::varbit AS bits
            FROM generate_series(0, 25) AS place
        ) AS coded
    )
    """
}

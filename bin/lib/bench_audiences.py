"""The questions of Sources/BenchAudiences/Cases.swift in SQL: DuckDB over three layouts, PostgreSQL over its best indexes.

usage: bench_audiences.py FOLDER

FOLDER holds what `bench-audiences SHOPPERS FOLDER` wrote. Every engine must find our counts; the first that does not ends
the run. Times are medians of nine runs, in milliseconds; both cores; everything in memory.
"""

import csv
import statistics
import sys
import time

import duckdb
import numpy

TODAY = 20500
RUNS = 9


class Town:
    """The arrays of the folder."""

    def __init__(self, folder):
        self.folder = folder

    def array(self, name):
        kind = {"u8": "u1", "u16": "<u2", "u32": "<u4", "i64": "<i8"}[name.rsplit(".", 1)[1]]
        return numpy.fromfile(f"{self.folder}/{name}", dtype=kind)

    def answers(self):
        with open(f"{self.folder}/answers.csv", encoding="utf-8") as lines:
            return {name: (kind, int(count), float(millis)) for name, kind, count, millis in csv.reader(lines)}


def load_base(db, town):
    """One row a shopper with its numbers, and the pairs as they came."""
    numbers = {
        "receipts": town.array("receipts.u16"), "last_day": town.array("last_day.u16"), "spend": town.array("spend.i64"),
        "r": town.array("r.u8"), "f": town.array("f.u8"), "m": town.array("m.u8"),
    }
    numbers["shopper"] = numpy.arange(len(numbers["receipts"]), dtype="u4")
    db.execute(
        "CREATE TABLE shopper AS SELECT shopper, receipts, last_day, spend, r, f, m, "
        "CASE WHEN receipts > 0 THEN (spend // receipts)::BIGINT END AS average FROM numbers ORDER BY shopper"
    )
    for name, value in [("visits", "value"), ("favourites", "value"), ("categories", "value"), ("products", "value"),
                        ("traits", None), ("tags", None)]:
        pairs = {"key": town.array(f"{name}.set.u16"), "shopper": town.array(f"{name}.shopper.u32")}
        if value:
            pairs["value"] = town.array(f"{name}.value.u16")
        columns = ", ".join(pairs)
        db.execute(f"CREATE TABLE {name} AS SELECT {columns} FROM pairs ORDER BY key, shopper")


def day(ago):
    return TODAY - ago


def since(days):
    return TODAY - days + 1


# Normalised and sorted: sets as semi-joins.
def members(table, condition):
    return f"shopper IN (SELECT shopper FROM {table} WHERE {condition})"


def normalised():
    bought = lambda keys, days, table: members(table, f"key IN ({keys}) AND value >= {since(days)}")
    return {
        "five_criteria": " AND ".join([
            members("visits", "key IN (17, 18)"), members("favourites", "key = 4 AND value <= 3"), "average >= 50000",
            "average < 120000", "receipts BETWEEN 4 AND 600", members("traits", "key = 1")]),
        "rare_product": " AND ".join([
            bought("4000, 4001, 4002", 30, "products"), f"last_day BETWEEN {day(14)} AND {day(0)}", "average >= 60000",
            "average < 200000"]),
        "tagged_champions": " AND ".join([
            members("tags", "key IN (5, 6)"), "r >= 5 AND f >= 4 AND m >= 4", "receipts BETWEEN 10 AND 600",
            "NOT " + members("traits", "key = 0")]),
        "lapsed_buyers": " AND ".join([
            members("visits", "key IN (200, 201, 202)"), bought("60", 365, "categories"),
            "NOT " + bought("60", 90, "categories"), "spend >= 500000", "spend < 3000000"]),
        "nested": f"({members('traits', 'key = 2')} AND average >= 40000 AND average < 90000) OR "
                  f"({members('favourites', 'key = 10 AND value <= 3')} AND NOT ({members('tags', 'key = 0')} OR "
                  f"last_day BETWEEN {day(90)} AND {day(31)}))",
        "regular_visitors": "shopper IN (SELECT shopper FROM visits WHERE key BETWEEN 100 AND 139 GROUP BY shopper "
                            f"HAVING sum(value) >= 3) AND {bought('20', 90, 'categories')}",
        "two_ranges": "average >= 55000 AND average < 95000 AND receipts BETWEEN 5 AND 20",
        "three_ranges": "average >= 30000 AND average < 150000 AND receipts BETWEEN 2 AND 60 AND spend >= 100000 "
                        "AND spend < 5000000",
        "everyday": f"last_day BETWEEN {day(30)} AND {day(0)} AND NOT {members('tags', 'key = 0')} AND r >= 2 AND m >= 2",
        "either_category": f"({bought('0', 90, 'categories')} OR {bought('1', 90, 'categories')}) AND "
                           "receipts BETWEEN 3 AND 600",
    }


# Lists in one table.
def lists():
    has = lambda column, key: f"list_contains({column}, {key})"
    bought = lambda key, days, kind: f"coalesce({kind}_days[list_position({kind}, {key})] >= {since(days)}, false)"
    favourite = lambda key: f"list_contains(favourites[1:3], {key})"
    return {
        "five_criteria": f"list_has_any(stores, [17, 18]::USMALLINT[]) AND {favourite(4)} AND average >= 50000 AND average < 120000 AND "
                         f"receipts BETWEEN 4 AND 600 AND {has('traits', 1)}",
        "rare_product": "(" + " OR ".join(bought(key, 30, "products") for key in (4000, 4001, 4002)) + ") AND "
                        f"last_day BETWEEN {day(14)} AND {day(0)} AND average >= 60000 AND average < 200000",
        "tagged_champions": f"({has('tags', 5)} OR {has('tags', 6)}) AND r >= 5 AND f >= 4 AND m >= 4 AND "
                            f"receipts BETWEEN 10 AND 600 AND NOT {has('traits', 0)}",
        "lapsed_buyers": "list_has_any(stores, [200, 201, 202]::USMALLINT[]) AND "
                         f"{bought(60, 365, 'categories')} AND NOT {bought(60, 90, 'categories')} AND spend >= 500000 AND "
                         "spend < 3000000",
        "nested": f"({has('traits', 2)} AND average >= 40000 AND average < 90000) OR ({favourite(10)} AND NOT "
                  f"({has('tags', 0)} OR last_day BETWEEN {day(90)} AND {day(31)}))",
        "regular_visitors": "coalesce(list_sum(list_filter(list_zip(stores, visits), "
                            "lambda pair: pair[1] BETWEEN 100 AND 139).list_transform(lambda pair: pair[2])), 0) >= 3 AND "
                            f"{bought(20, 90, 'categories')}",
        "everyday": f"last_day BETWEEN {day(30)} AND {day(0)} AND NOT {has('tags', 0)} AND r >= 2 AND m >= 2",
        "either_category": f"({bought(0, 90, 'categories')} OR {bought(1, 90, 'categories')}) AND "
                           "receipts BETWEEN 3 AND 600",
    }


# Wide: one column a criterion, made for exactly these questions.
WIDE = {
    "store_17": "visits:key IN (17, 18)", "fav_4": "favourites:key = 4 AND value <= 3", "trait_0": "traits:key = 0",
    "trait_1": "traits:key = 1", "trait_2": "traits:key = 2", "rare_30": "products:key IN (4000, 4001, 4002) AND value >= " +
    str(since(30)), "tag_5_6": "tags:key IN (5, 6)", "tag_0": "tags:key = 0", "stores_200": "visits:key IN (200, 201, 202)",
    "cat_60_365": f"categories:key = 60 AND value >= {since(365)}", "cat_60_90": f"categories:key = 60 AND value >= {since(90)}",
    "fav_10": "favourites:key = 10 AND value <= 3", "cat_20_90": f"categories:key = 20 AND value >= {since(90)}",
    "cat_01_90": f"categories:key IN (0, 1) AND value >= {since(90)}",
}


def wide():
    return {
        "five_criteria": "store_17 AND fav_4 AND average >= 50000 AND average < 120000 AND receipts BETWEEN 4 AND 600 "
                         "AND trait_1",
        "rare_product": f"rare_30 AND last_day BETWEEN {day(14)} AND {day(0)} AND average >= 60000 AND average < 200000",
        "tagged_champions": "tag_5_6 AND r >= 5 AND f >= 4 AND m >= 4 AND receipts BETWEEN 10 AND 600 AND NOT trait_0",
        "lapsed_buyers": "stores_200 AND cat_60_365 AND NOT cat_60_90 AND spend >= 500000 AND spend < 3000000",
        "nested": f"(trait_2 AND average >= 40000 AND average < 90000) OR (fav_10 AND NOT (tag_0 OR "
                  f"last_day BETWEEN {day(90)} AND {day(31)}))",
        "regular_visitors": "visits_100 >= 3 AND cat_20_90",
        "everyday": f"last_day BETWEEN {day(30)} AND {day(0)} AND NOT tag_0 AND r >= 2 AND m >= 2",
        "either_category": "cat_01_90 AND receipts BETWEEN 3 AND 600",
    }


def make_lists(db):
    parts = []
    for table, name, value in [("visits", "stores", "visits"), ("categories", "categories", "categories_days"),
                               ("products", "products", "products_days")]:
        db.execute(f"CREATE TABLE list_{name} AS SELECT shopper, list(key ORDER BY key) AS {name}, "
                   f"list(value ORDER BY key) AS {value} FROM {table} GROUP BY shopper")
        parts += [(f"list_{name}", f"coalesce({name}, []) AS {name}"), (None, f"coalesce({value}, []) AS {value}")]
    # A shopper's places have gaps in this town: padded, so that the first three elements are the first three places.
    db.execute("CREATE TABLE list_favourites AS SELECT shopper, [max(CASE WHEN value = 1 THEN key END), "
               "max(CASE WHEN value = 2 THEN key END), max(CASE WHEN value = 3 THEN key END)] AS favourites "
               "FROM favourites GROUP BY shopper")
    for name in ["traits", "tags"]:
        db.execute(f"CREATE TABLE list_{name} AS SELECT shopper, list(key) AS {name} FROM {name} GROUP BY shopper")
    for name in ["favourites", "traits", "tags"]:
        parts.append((f"list_{name}", f"coalesce({name}, []) AS {name}"))
    joins = " ".join(f"LEFT JOIN {table} USING (shopper)" for table, _ in parts if table)
    columns = ", ".join(column for _, column in parts)
    db.execute(f"CREATE TABLE listed AS SELECT shopper.*, {columns} FROM shopper {joins} ORDER BY shopper")
    for table, _ in parts:
        if table:
            db.execute(f"DROP TABLE {table}")


def make_wide(db):
    joins, columns = [], []
    for name, source in WIDE.items():
        table, condition = source.split(":", 1)
        joins.append(f"LEFT JOIN (SELECT DISTINCT shopper, true AS {name} FROM {table} WHERE {condition}) AS t_{name} "
                     "USING (shopper)")
        columns.append(f"coalesce({name}, false) AS {name}")
    joins.append("LEFT JOIN (SELECT shopper, sum(value) AS visits_100 FROM visits WHERE key BETWEEN 100 AND 139 "
                 "GROUP BY shopper) AS t_visits USING (shopper)")
    columns.append("coalesce(visits_100, 0)::UINTEGER AS visits_100")
    db.execute(f"CREATE TABLE wide AS SELECT shopper.*, {', '.join(columns)} FROM shopper {' '.join(joins)} ORDER BY shopper")


def timed(run):
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        found = run()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times), found


def measure(db, table, questions, answers, ours):
    times = {}
    for name, (_, count, _) in answers.items():
        condition = questions.get(name) or ours[name]
        statement = f"SELECT count(*) FROM {table} WHERE {condition}"
        times[name], found = timed(lambda: db.execute(statement).fetchone()[0])
        if found != count:
            sys.exit(f"{table}, {name}: {found}, ours {count}")
        print(f"  {table:10} {name:20} {times[name]:9.2f} ms", flush=True)
    return times


def run_duckdb(town):
    answers = town.answers()
    db = duckdb.connect(config={"threads": 2, "memory_limit": "10GB"})
    started = time.perf_counter()
    load_base(db, town)
    print(f"DuckDB {duckdb.__version__}: normalised loaded in {time.perf_counter() - started:.0f} s", flush=True)
    base = normalised()
    layouts = {"normalised": measure(db, "shopper", base, answers, base)}
    started = time.perf_counter()
    make_wide(db)
    print(f"wide made in {time.perf_counter() - started:.0f} s", flush=True)
    layouts["wide"] = measure(db, "wide", wide(), answers, base)
    db.execute("DROP TABLE wide")
    started = time.perf_counter()
    make_lists(db)
    print(f"lists made in {time.perf_counter() - started:.0f} s", flush=True)
    layouts["lists"] = measure(db, "listed", lists(), answers, base)
    goals = {"selective": 20, "middle": 3, "dense": 6}
    print(f"\n{'question':20} {'kind':10} {'shoppers':>9} {'ours':>8} {'normal.':>9} {'wide':>9} {'lists':>9} {'times':>7}  goal")
    for name, (kind, count, ours) in answers.items():
        best = min(layout[name] for layout in layouts.values())
        times = best / ours
        print(f"{name:20} {kind:10} {count:9} {ours:8.3f} {layouts['normalised'][name]:9.2f} {layouts['wide'][name]:9.2f} "
              f"{layouts['lists'][name]:9.2f} {times:7.1f}  {goals[kind]} {'met' if times >= goals[kind] else 'MISSED'}")


if __name__ == "__main__":
    run_duckdb(Town(sys.argv[1]))
